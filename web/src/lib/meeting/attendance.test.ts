import { expect, test } from 'vitest';

import type { Settled } from '../live/client';
import { inParts } from './attendance';

const OK = { ok: true, code: null } as Settled;
const REFUSED = { ok: false, code: 'not_running' } as Settled;
const creditors = Array.from({ length: 450 }, (_, index) => `c${index}`);

test('450 creditors come in three commands of the size that the server takes', async () => {
  const sent: string[][] = [];
  const answer = await inParts(creditors, async (part) => (sent.push(part), OK));

  expect(answer).toEqual(OK);
  expect(sent.map((part) => part.length)).toEqual([200, 200, 50]);
  expect(sent.flat()).toEqual(creditors);
});

test('after a refusal nothing more is sent', async () => {
  let count = 0;
  const answer = await inParts(creditors, async () => (++count === 2 ? REFUSED : OK));

  expect([answer, count]).toEqual([REFUSED, 2]);
});
