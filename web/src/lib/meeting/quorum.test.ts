import { expect, test } from 'vitest';

import type { Topic } from '../live/topic.svelte';
import { MeetingModel } from './meeting.svelte';

const best = { share_percent: '70,00' };
const poor = { share_percent: '40,00' };
const frozen = { share_percent: '55,00' };

/** Two electorates; the first has the better quorum. */
function aModel(state: string): MeetingModel {
  const view = new Map<string, unknown>([
    ['attendance', { electorate: 'q1' }],
    ['quorum/q1', best],
    ['quorum/q2', poor],
    ['question/q1', { id: 'q1', number: '1', electorate: 'q1', quorum: null }],
    ['question/q2', { id: 'q2', number: '2', electorate: 'q2', quorum: state === 'open' ? frozen : null }],
    ['voting/1', { voting: 1, question: 'q2', state }],
  ]);
  return new MeetingModel({ view, me: new Map() } as unknown as Topic);
}

test('while a question is voted on, every page shows its quorum and names it', () => {
  const model = aModel('open');

  expect([model.quorum, model.quorumQuestion?.number]).toEqual([frozen, '2']);
});

test('while nothing runs, every page shows the meeting\'s: the best of the electorates', () => {
  const model = aModel('cancelled');

  expect([model.quorum, model.quorumQuestion, model.hasElectorates]).toEqual([best, undefined, true]);
});
