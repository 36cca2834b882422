import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { ballotContent, canonicalBytes, newNonce, sha256 } from './ballot';
import type { Question, Right, Voting } from './types';

const text = (value: unknown): string => new TextDecoder().decode(canonicalBytes(value));

interface Vector {
  name: string;
  value: unknown;
  canonical: string;
  sha256: string;
}

/** The same file as tests/app/meetings/test_ballot_vectors.py runs. */
const vectors = JSON.parse(readFileSync(new URL('../../../../tests/vectors/ballots.json', import.meta.url), 'utf8')) as Record<'ballots' | 'values', Vector[]>;

test.each([...vectors.ballots, ...vectors.values])('the bytes of the shared vector: $name', async ({ value, canonical, sha256: print }) => {
  expect(text(value)).toBe(canonical);
  expect(await sha256(canonicalBytes(value))).toBe(print);
});

test('a fraction has no place in a ballot', () => {
  expect(() => canonicalBytes({ weight: 0.5 })).toThrow(TypeError);
});

test('a ballot names all that it is about, and omits nothing', () => {
  const question = { id: 'q1', wording_sha256: 'aa' } as Question;
  const voting = { voting: 3, register_sha256: 'bb', electorate_sha256: 'cc' } as Voting;
  const right = { creditor: 'c0001', weight_kopecks: '100' } as Right;

  const content = ballotContent('m_1', question, voting, right, { choices: ['for'], distribution: null }, '0f');

  expect(text(content)).toBe(
    '{"choices":["for"],"creditor":"c0001","distribution":null,"electorate_sha256":"cc","meeting":"m_1","nonce":"0f",' +
      '"question":"q1","register_sha256":"bb","voting":3,"weight_kopecks":"100","wording_sha256":"aa"}',
  );
});

test('a nonce is 32 hex digits and never the same', () => {
  expect(newNonce()).toMatch(/^[0-9a-f]{32}$/);
  expect(newNonce()).not.toBe(newNonce());
});

test('the print of a ballot is the SHA-256 of its bytes', async () => {
  expect(await sha256(new TextEncoder().encode('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
