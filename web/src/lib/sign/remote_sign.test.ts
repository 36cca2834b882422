import { afterAll, beforeAll, expect, test } from 'vitest';

import { canonicalBytes } from '../meeting/ballot';
import { signDetached } from './cms';
import { Authority } from './fake_authority';
import { holderOf } from './fake_holder';
import { certificateFrom } from './names';
import { SignError, type Certificate } from './provider';
import { RemoteSignProvider, type SigningCentre } from './remote_sign';

const paper = { bytes: canonicalBytes({ meeting: 'm_1', choices: ['for'] }), title: 'Бюллетень', file: 'ballot.json' };
const never = new AbortController().signal;
const ivanov: Certificate = certificateFrom('1', { subject: [['CN', 'Иванов Иван']], issuer: [], notBefore: 0, notAfter: 9e15 }, 0);

let authority: Authority;
beforeAll(() => {
  authority = new Authority();
});
afterAll(() => authority.close());

/** A centre where the person confirms when asked for the n-th time; -1 refuses, 0 never answers. */
async function aCentre(confirmsAt: number): Promise<SigningCentre & { forgotten: string[] }> {
  const holder = await holderOf(authority, 'Иванов Иван');
  const begun = new Map<string, Uint8Array>();
  const forgotten: string[] = [];
  let asked = 0;
  return {
    forgotten,
    certificates: async () => [ivanov],
    begin: async (bytes) => (begun.set('1', bytes), '1'),
    result: async (operation) => {
      if (confirmsAt < 0) throw new SignError('remote_refused');
      return ++asked === confirmsAt ? signDetached(begun.get(operation) ?? new Uint8Array(), { ...holder, key: await holder.key }, Date.now()) : null;
    },
    forget: async (operation) => void forgotten.push(operation),
  };
}

test('a confirmed signature of the centre is one that openssl accepts', async () => {
  const signature = await new RemoteSignProvider(await aCentre(3), 1).sign(paper, ivanov, never);

  expect(() => authority.verify(paper.bytes, signature)).not.toThrow();
});

test('a refusal on the telephone is said as such', async () => {
  await expect(new RemoteSignProvider(await aCentre(-1), 1).sign(paper, ivanov, never)).rejects.toMatchObject({ code: 'remote_refused' });
});

test('nobody confirms: the operation is forgotten, and the person told', async () => {
  const centre = await aCentre(0);

  await expect(new RemoteSignProvider(centre, 1, 20).sign(paper, ivanov, never)).rejects.toMatchObject({ code: 'remote_late' });
  expect(centre.forgotten).toEqual(['1']);
});
