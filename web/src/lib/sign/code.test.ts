import { expect, test } from 'vitest';

import { Problem } from '../http';
import type { Settled } from '../live/client';
import { sha256 } from '../meeting/ballot';
import type { Casting } from '../meeting/casting.svelte';
import type { Question, Voting } from '../meeting/types';
import type { Prepared } from '../meeting/unsent.svelte';
import { CodeSigning, type SentCode } from './code.svelte';

const question = { id: 'q1' } as unknown as Question;
const voting = { voting: 3 } as Voting;
const SENT: SentCode = { phone: '+7 ··· ··· 12 34', expires_at_ms: 300_000, again_at_ms: 30_000 };

interface Desk {
  signing: CodeSigning;
  asked: string[][];
  confirmed: [string[], string][];
  hints: boolean[];
}

/** Says what it is told to, one answer after the other; the last for ever. */
function aSigning(answers: Partial<Settled>[], count = 1, ask: () => SentCode = () => SENT): Desk {
  const ballots: Prepared[] = Array.from({ length: count }, (_, n) => ({
    voting: 3, creditor: `c${n}`, mark: { choices: ['for'], distribution: null }, bytes: new TextEncoder().encode(`ballot ${n}`), signature: null, carrier: null,
  }));
  const desk: Omit<Desk, 'signing'> = { asked: [], confirmed: [], hints: [] };
  const casting = {
    prepare: () => ballots,
    confirm: async (part: Prepared[], code: string) => {
      desk.confirmed.push([part.map(({ creditor }) => creditor), code]);
      return { ok: true, code: null, answer: {}, ...(answers.length > 1 ? answers.shift() : answers[0]) } as Settled;
    },
  } as unknown as Casting;
  const signing = new CodeSigning({
    casting,
    ask: async (_voting, hashes) => {
      desk.asked.push(hashes);
      return ask();
    },
    hint: (_voting, isOn) => desk.hints.push(isOn),
  });
  return { ...desk, signing };
}

test('a code is asked for by hashes alone, and the vote goes with it', async () => {
  const { signing, asked, confirmed, hints } = aSigning([{}]);

  await signing.begin(question, voting, ['c0']);
  expect(signing.stage).toBe('code');
  expect(asked).toEqual([[await sha256(new TextEncoder().encode('ballot 0'))]]);
  await signing.confirm('123456');

  expect(confirmed).toEqual([[['c0'], '123456']]);
  expect(signing.stage).toBeNull();
  expect(hints).toEqual([true, false]);
});

test('after a wrong code the same one may be typed better; of several ballots each says so', async () => {
  const wrong = { ok: false, code: 'wrong_code', answer: { details: { left: 4 } } };
  const all = { ok: false, code: 'ballots_refused', answer: { details: { ballots: { c0: 'code_spent', c1: 'code_spent' } } } };
  const { signing } = aSigning([wrong, all, {}], 2);

  await signing.begin(question, voting, []);
  await signing.confirm('000000');
  expect([signing.stage, signing.fault]).toEqual(['code', { code: 'wrong_code', left: 4 }]);
  await signing.confirm('111111');
  expect([signing.stage, signing.fault]).toEqual(['code', { code: 'code_spent', left: null }]);
  await signing.confirm('123456');

  expect(signing.stage).toBeNull();
});

test('what is not about the code ends the step: the room shows it', async () => {
  const { signing } = aSigning([{ ok: false, code: 'late', answer: {} }]);

  await signing.begin(question, voting, []);
  await signing.confirm('123456');

  expect([signing.stage, signing.fault]).toEqual([null, null]);
});

test('over 32 ballots every part has a code of its own', async () => {
  const { signing, asked, confirmed } = aSigning([{}], 40);

  await signing.begin(question, voting, []);
  expect([signing.all, signing.parts.length]).toEqual([40, 2]);
  await signing.confirm('111111');
  expect([signing.stage, signing.part]).toEqual(['code', 1]);
  await signing.confirm('222222');

  expect(asked.map((hashes) => hashes.length)).toEqual([32, 8]);
  expect(confirmed.map(([part, code]) => [part.length, code])).toEqual([[32, '111111'], [8, '222222']]);
  expect(signing.stage).toBeNull();
});

test('no code: why, and when another may be asked for', async () => {
  const { signing } = aSigning([{}], 1, () => {
    throw new Problem('code_too_often', 429, null, null, { again_at_ms: 77 });
  });

  await signing.begin(question, voting, []);

  expect([signing.stage, signing.problem?.code, signing.againAt]).toEqual(['failed', 'code_too_often', 77]);
});

test('a step that was closed while the code was on its way stays closed', async () => {
  const { signing } = aSigning([{}], 1, () => {
    signing.close();
    return SENT;
  });

  await signing.begin(question, voting, []);

  expect(signing.stage).toBeNull();
});
