import { decode } from '@msgpack/msgpack';
import { beforeEach, expect, test } from 'vitest';

import { EPOCH, FakeServer, memoryKeeper, patch } from '../live/fake_server';
import { unhex } from '../live/frames';
import type { Keeper } from '../live/outbox';
import { Topic } from '../live/topic.svelte';
import { Casting } from './casting.svelte';
import { MeetingModel } from './meeting.svelte';
import type { Question, Voting } from './types';

const question = { id: 'q1', kind: 'yes_no', wording_sha256: 'aa', seats: 0, options: [] } as unknown as Question;
const voting = { voting: 3, question: 'q1', state: 'open', register_sha256: 'bb', electorate_sha256: 'cc' } as Voting;

let server: FakeServer;
let keeper: Keeper;

beforeEach(() => {
  server = new FakeServer();
  keeper = memoryKeeper();
});

function aCasting(creditors = ['c1']): { casting: Casting; topic: Topic } {
  const topic = new Topic('meeting:m_1', keeper, 'outbox', server.transport);
  const casting = new Casting(new MeetingModel(topic), 'm_1', keeper, 'votes');
  topic.client.start();
  server.line.welcome();
  server.line.say(patch(0, 5, { 'voting/3': voting }, { full: true }));
  const rights = creditors.map((creditor) => [`right/3/${creditor}`, { voting: 3, creditor, may_vote: true, weight_kopecks: '100', pool_kopecks: '0' }]);
  server.line.say(patch(0, 5, Object.fromEntries(rights), { full: true, part: 'me' }));
  return { casting, topic };
}

function answer(topic: Topic, more: object): void {
  const id = unhex(topic.client.unsettled[0]?.id ?? '');
  server.line.say({ t: 'ack', id, ok: true, final: true, pos: 9, epoch: EPOCH, answer: {}, code: null, ...more });
}

test('a push does not reset what was chosen, and a reload finds it', () => {
  const { casting } = aCasting();
  casting.setDraft(3, 'c1', { choices: ['for'], distribution: {} });
  server.line.say(patch(5, 6, { 'voting/3': { ...voting, voted: 1 } }));

  expect(casting.draft(3, 'c1').choices).toEqual(['for']);
  expect(aCasting().casting.draft(3, 'c1').choices).toEqual(['for']);
});

test('a ballot is on its way until the answer, then accepted with the choice and the receipt kept', async () => {
  const { casting, topic } = aCasting();
  casting.setDraft(3, 'c1', { choices: ['for'], distribution: {} });
  await casting.cast(question, voting, ['c1']);
  expect(casting.standing(3, 'c1')).toEqual({ kind: 'sending' });

  answer(topic, { answer: { receipt: { pos: 9 } } });

  expect(casting.standing(3, 'c1')).toMatchObject({ kind: 'accepted', kept: { mark: { choices: ['for'] }, receipt: { pos: 9 } } });
  expect(aCasting().casting.standing(3, 'c1')).toMatchObject({ kind: 'accepted', kept: { receipt: { pos: 9 } } });
});

test('a lost connection makes it unknown, also after a reload', async () => {
  const { casting } = aCasting();
  casting.setDraft(3, 'c1', { choices: ['for'], distribution: {} });
  await casting.cast(question, voting, ['c1']);
  server.line.lose();
  expect(casting.standing(3, 'c1')).toEqual({ kind: 'unknown' });

  expect(aCasting().casting.standing(3, 'c1')).toEqual({ kind: 'unknown' });
});

test('one obstacle refuses all of a command and is named at its creditor', async () => {
  const { casting, topic } = aCasting(['c1', 'c2']);
  casting.setDraft(3, 'c1', { choices: ['for'], distribution: {} });
  casting.setDraft(3, 'c2', { choices: ['for'], distribution: {} });
  await casting.cast(question, voting, ['c1', 'c2']);
  answer(topic, { ok: false, code: 'ballots_refused', answer: { details: { ballots: { c1: null, c2: 'late' } } } });

  expect(casting.standing(3, 'c1')).toEqual({ kind: 'refused', code: 'ballots_refused' });
  expect(casting.standing(3, 'c2')).toEqual({ kind: 'refused', code: 'late' });
});

test('ballots go 32 to a command, each a canonical one', async () => {
  const creditors = Array.from({ length: 70 }, (_, index) => `c${index}`);
  const { casting } = aCasting(creditors);
  for (const creditor of creditors) casting.setDraft(3, creditor, { choices: ['against'], distribution: {} });
  await casting.cast(question, voting, creditors);

  const sizes = server.line.bytesOf('cmd').map((bytes) => (decode(bytes) as { body: { ballots: unknown[] } }).body.ballots.length);
  expect(sizes).toEqual([32, 32, 6]);
});

test('an annulled ballot frees the place', () => {
  const { casting } = aCasting();
  server.line.say(patch(5, 6, { 'ballot/3/c1': { voting: 3, creditor: 'c1', annulled: true } }, { part: 'me' }));

  expect(casting.standing(3, 'c1')).toEqual({ kind: 'free' });
});

test('the ballot after an annulled one is accepted at its answer already', async () => {
  const { casting, topic } = aCasting();
  server.line.say(patch(5, 6, { 'ballot/3/c1': { voting: 3, creditor: 'c1', annulled: true, receipt: { pos: 7 } } }, { part: 'me' }));
  casting.setDraft(3, 'c1', { choices: ['against'], distribution: {} });
  await casting.cast(question, voting, ['c1']);
  answer(topic, { answer: { receipt: { pos: 9 } } });

  expect(casting.standing(3, 'c1')).toMatchObject({ kind: 'accepted', kept: { receipt: { pos: 9 } } });
});

test('a ballot that the server shows is accepted, whatever this browser remembers', () => {
  const { casting } = aCasting();
  server.line.say(patch(5, 6, { 'ballot/3/c1': { voting: 3, creditor: 'c1', annulled: false, channel: 'paper' } }, { part: 'me' }));

  expect(casting.standing(3, 'c1')).toMatchObject({ kind: 'accepted', kept: null, ballot: { channel: 'paper' } });
});
