import { afterAll, beforeAll, expect, test } from 'vitest';

import { canonicalBytes } from '../meeting/ballot';
import { Authority } from './fake_authority';
import { SoftProvider, type SoftKey, type SoftNeeds } from './soft';
import type { Safe } from './safe';

const paper = { bytes: canonicalBytes({ meeting: 'm_1', choices: ['for'] }), title: 'Бюллетень', file: 'ballot.json' };
const never = new AbortController().signal;

let authority: Authority;

beforeAll(() => {
  authority = new Authority();
});
afterAll(() => authority.close());

function aSafe(): Safe<SoftKey> & { kept?: SoftKey } {
  const safe: Safe<SoftKey> & { kept?: SoftKey } = {
    read: async () => safe.kept,
    write: async (value) => void (safe.kept = value),
  };
  return safe;
}

function aProvider(more: Partial<SoftNeeds> = {}): SoftProvider {
  return new SoftProvider({ safe: aSafe(), issue: async (csr) => authority.issue(csr), now: Date.now, ...more });
}

test('openssl accepts a signature made by the browser kit, as CAdES', async () => {
  const signature = await aProvider().sign(paper, null, never);

  expect(() => authority.verify(paper.bytes, signature)).not.toThrow();
});

test('openssl refuses it over other bytes', async () => {
  const signature = await aProvider().sign(paper, null, never);

  expect(() => authority.verify(canonicalBytes({ meeting: 'm_2' }), signature)).toThrow();
});

test('the certificate is the one of the authority, with the name that it wrote', async () => {
  const [certificate] = await aProvider().certificates();

  expect(certificate).toMatchObject({ owner: 'Иванов Иван Иванович', issuer: 'Учебный УЦ', trouble: null });
});

test('the key cannot be read out, and a second visit signs with the same one', async () => {
  const safe = aSafe();
  let issued = 0;
  const issue = async (csr: string) => (issued++, authority.issue(csr));
  await aProvider({ safe, issue }).sign(paper, null, never);
  await aProvider({ safe, issue }).sign(paper, null, never);

  expect(issued).toBe(1);
  expect(safe.kept?.keys.privateKey.extractable).toBe(false);
});

test('an expired certificate is replaced, with its key', async () => {
  const safe = aSafe();
  const provider = aProvider({ safe });
  await provider.certificates();
  const first = safe.kept;
  const later = Date.now() + 40 * 86_400_000;
  await aProvider({ safe, now: () => later }).certificates();

  expect(safe.kept?.keys).not.toBe(first?.keys);
});
