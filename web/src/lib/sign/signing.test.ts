import { decode } from '@msgpack/msgpack';
import { beforeEach, expect, test } from 'vitest';

import { EPOCH, FakeServer, memoryKeeper, patch } from '../live/fake_server';
import { unhex } from '../live/frames';
import type { Keeper } from '../live/outbox';
import { Topic } from '../live/topic.svelte';
import { Casting } from '../meeting/casting.svelte';
import { MeetingModel } from '../meeting/meeting.svelte';
import type { Question, Voting } from '../meeting/types';
import { SignError, type Certificate, type Paper, type SignCode, type SignProvider } from './provider';
import { Remembered } from './remembered';
import { Signing } from './signing.svelte';
import { trialOf } from './trial';

const question = { id: 'q1', kind: 'yes_no', wording_sha256: 'aa', seats: 0, options: [] } as unknown as Question;
const voting = { voting: 3, question: 'q1', state: 'open', register_sha256: 'bb', electorate_sha256: 'cc' } as Voting;
const own = { id: 'A1', owner: 'Иванов', trouble: null } as Certificate;
const expired = { id: 'B2', owner: 'Иванов', trouble: 'expired' } as Certificate;

let server: FakeServer;
let keeper: Keeper;
let hints: boolean[];
let tried: unknown[];

beforeEach(() => {
  server = new FakeServer();
  keeper = memoryKeeper();
  hints = [];
  tried = [];
});

/** Signs with the ballot's own bytes; the n-th call fails with the code given for it. */
class Script implements SignProvider {
  readonly way = 'cryptopro';
  atOnce = false;
  asked: Uint8Array[] = [];
  isHinted = true;
  constructor(
    private readonly codes: Record<number, SignCode> = {},
    private readonly listed: Certificate[] = [own],
  ) {}
  async detect(): Promise<void> {}
  async certificates(): Promise<Certificate[]> {
    return this.listed;
  }
  async sign({ bytes }: Paper): Promise<Uint8Array> {
    if (this.isHinted) expect(hints.at(-1)).toBe(true);
    this.asked.push(bytes);
    const code = this.codes[this.asked.length];
    if (code) throw new SignError(code);
    return bytes;
  }
}

function aSigning(provider: SignProvider, creditors = ['c1']): { signing: Signing; casting: Casting; topic: Topic } {
  const topic = new Topic('meeting:m_1', keeper, 'outbox', server.transport);
  const casting = new Casting(new MeetingModel(topic), 'm_1', keeper, 'votes');
  topic.client.start();
  server.line.welcome();
  server.line.say(patch(0, 5, { 'voting/3': voting }, { full: true }));
  const rights = creditors.map((creditor) => [`right/3/${creditor}`, { voting: 3, creditor, may_vote: true, weight_kopecks: '100', pool_kopecks: '0' }]);
  server.line.say(patch(0, 5, Object.fromEntries(rights), { full: true, part: 'me' }));
  for (const creditor of creditors) casting.setDraft(3, creditor, { choices: ['for'], distribution: {} });
  const signing = new Signing({
    casting,
    provider: async () => provider,
    remembered: new Remembered(keeper, 'sign', ['cryptopro']),
    hint: (_voting, isOn) => void hints.push(isOn),
    trial: () => trialOf('m_1', 'p_1'),
    tried: async (trial, way) => void tried.push([JSON.parse(new TextDecoder().decode(trial.bytes)), way]),
    titles: ({ creditor }) => ({ title: creditor, file: `${creditor}.json` }),
  });
  return { signing, casting, topic };
}

/** Creditors of the ballots that were sent, each checked to be signed over its own bytes. */
function sent(): string[] {
  const ballots = server.line.bytesOf('cmd').flatMap((bytes) => (decode(bytes) as { body: { ballots: { bytes: Uint8Array; signature: Uint8Array }[] } }).body.ballots);
  return ballots.map(({ bytes, signature }) => {
    expect(signature).toEqual(bytes);
    return (JSON.parse(new TextDecoder().decode(bytes)) as { creditor: string }).creditor;
  });
}

function carriers(): (string | null)[] {
  return server.line.bytesOf('cmd').flatMap((bytes) => (decode(bytes) as { body: { ballots: { carrier: string | null }[] } }).body.ballots.map(({ carrier }) => carrier));
}

async function begun(signing: Signing, creditors = ['c1']): Promise<void> {
  await signing.begin(question, voting, creditors);
  await signing.choose('cryptopro');
}

test('a ballot is signed with the chosen certificate and sent; the organizer was told before', async () => {
  const { signing } = aSigning(new Script());
  await begun(signing);
  expect(signing.stage).toBe('certificate');
  expect(signing.certificate).toEqual(own);
  await signing.sign(own);

  expect(sent()).toEqual(['c1']);
  expect(hints).toEqual([true, false]);
  expect(signing.stage).toBeNull();
});

test('a representative retries only what failed, and then all go', async () => {
  const provider = new Script({ 2: 'unknown' });
  const creditors = ['c1', 'c2', 'c3'];
  const { signing } = aSigning(provider, creditors);
  await begun(signing, creditors);
  await signing.sign(own);
  expect([signing.stage, signing.signed, signing.failed.map(({ creditor }) => creditor)]).toEqual(['halted', 2, ['c2']]);
  expect(sent()).toEqual([]);
  await signing.retry();

  expect(provider.asked).toHaveLength(4);
  expect(sent().sort()).toEqual(creditors);
});

test('the carrier is asked for once, after the first signature, and goes with every ballot', async () => {
  const provider = new Script() as Script & Pick<SignProvider, 'carrier'>;
  const askedAfter: number[] = [];
  provider.carrier = async () => (askedAfter.push(provider.asked.length), `SCARD\\rutoken_lt_39445e29\\${'0'.repeat(500)}`);
  const creditors = ['c1', 'c2'];
  const { signing } = aSigning(provider, creditors);
  await begun(signing, creditors);
  await signing.sign(own);

  expect(askedAfter).toEqual([1]);
  expect(carriers().map((name) => name?.length)).toEqual([400, 400]);
});

test('a carrier that cannot be told stops no vote', async () => {
  const provider = new Script() as Script & Pick<SignProvider, 'carrier'>;
  provider.carrier = async () => Promise.reject(new SignError('plugin_silent'));
  const { signing } = aSigning(provider);
  await begun(signing);
  await signing.sign(own);

  expect(sent()).toEqual(['c1']);
  expect(carriers()).toEqual([null]);
});

test('another person has the carrier: its number stands in the refusal', async () => {
  const { signing, casting, topic } = aSigning(new Script());
  await begun(signing);
  await signing.sign(own);
  const id = unhex(topic.client.unsettled[0]?.id ?? '');
  const details = { verdict: 'carrier_other_person', carrier: '1a2b3c4d' };
  server.line.say({ t: 'ack', id, ok: false, final: true, pos: 9, epoch: EPOCH, answer: { details }, code: 'bad_signature' });

  expect(casting.standing(3, 'c1')).toEqual({ kind: 'refused', code: 'bad_signature/carrier_other_person/1a2b3c4d' });
});

test('a server that lacks the algorithm is not asked again: the person chooses anew', async () => {
  const { signing, casting, topic } = aSigning(new Script());
  await begun(signing);
  await signing.sign(own);
  const id = unhex(topic.client.unsettled[0]?.id ?? '');
  const details = { verdict: 'unsupported_algorithm', algorithm: 'gost2012_256' };
  server.line.say({ t: 'ack', id, ok: false, final: false, pos: 9, epoch: EPOCH, answer: { details }, code: 'bad_signature' });

  expect(topic.client.unsettled).toEqual([]);
  expect(casting.standing(3, 'c1')).toEqual({ kind: 'refused', code: 'bad_signature/unsupported_algorithm' });
});

test('a cancelled window stops the rest; what is signed stays signed and may go alone', async () => {
  const provider = new Script({ 2: 'cancelled' });
  const creditors = ['c1', 'c2', 'c3'];
  const { signing, casting } = aSigning(provider, creditors);
  await begun(signing, creditors);
  await signing.sign(own);
  expect([signing.stage, signing.signed, provider.asked.length]).toEqual(['halted', 1, 2]);
  await signing.send();

  expect(sent()).toEqual(['c1']);
  expect(casting.standing(3, 'c2')).toEqual({ kind: 'free' });
});

test('after a reload the signed ones keep their bytes and signatures', async () => {
  const creditors = ['c1', 'c2'];
  const first = aSigning(new Script({ 2: 'cancelled' }), creditors);
  await begun(first.signing, creditors);
  await first.signing.sign(own);
  const [before] = first.casting.unsent.of(3).filter(({ signature }) => signature);
  const provider = new Script();
  const { signing } = aSigning(provider, creditors);
  await begun(signing, creditors);
  await signing.sign(own);

  expect(provider.asked).toHaveLength(1);
  expect(sent()).toEqual(creditors);
  expect(signing.ballots[0]).toEqual(before);
});

test('a test ballot is signed the same way, goes as a trial, and tells nobody that somebody votes', async () => {
  const provider = new Script();
  provider.isHinted = false;
  const { signing } = aSigning(provider);
  await signing.tryOut();
  await signing.choose('cryptopro');
  await signing.sign(own);

  expect(tried).toEqual([[{ kind: 'test', meeting: 'm_1', person: 'p_1', nonce: expect.stringMatching(/^[0-9a-f]{32}$/) }, 'cryptopro']]);
  expect([sent(), hints]).toEqual([[], []]);
});

test('a changed mark asks for a new signature', async () => {
  const provider = new Script();
  const { signing, casting } = aSigning(provider);
  await begun(signing);
  await signing.sign(own);
  casting.setDraft(3, 'c1', { choices: ['against'], distribution: {} });
  await begun(signing);
  await signing.sign(own);

  expect(provider.asked).toHaveLength(2);
});

test('of ballots refused together those without a fault are sent again as signed', async () => {
  const creditors = ['c1', 'c2'];
  const provider = new Script();
  const { signing, topic } = aSigning(provider, creditors);
  await begun(signing, creditors);
  await signing.sign(own);
  const id = unhex(topic.client.unsettled[0]?.id ?? '');
  const details = { ballots: { c1: null, c2: 'signature_refused' } };
  server.line.say({ t: 'ack', id, ok: false, final: true, pos: 9, epoch: EPOCH, answer: { details }, code: 'ballots_refused' });
  await begun(signing, creditors);
  await signing.sign(own);

  const asked = provider.asked.map((bytes) => (JSON.parse(new TextDecoder().decode(bytes)) as { creditor: string }).creditor);
  expect(asked).toEqual(['c1', 'c2', 'c2']);
});

test('the way and the certificate of last time stand chosen, but an expired one is not', async () => {
  const first = aSigning(new Script());
  await begun(first.signing);
  await first.signing.sign(own);
  const { signing } = aSigning(new Script({}, [expired, own, { ...own, id: 'C3' }]));
  await signing.begin(question, { ...voting, voting: 4 }, []);
  expect(signing.stage).toBeNull();
  await signing.choose('cryptopro');
  expect(signing.certificate?.id).toBe('A1');

  const later = aSigning(new Script({}, [{ ...own, trouble: 'expired' }, { ...own, id: 'C3' }, { ...own, id: 'D4' }]));
  await later.signing.choose('cryptopro');
  expect(later.signing.certificate).toBeNull();
});

test('a way without certificates says so and lets choose another', async () => {
  const { signing } = aSigning(new Script({}, []));
  await begun(signing);

  expect([signing.stage, signing.fault?.code]).toEqual(['way', 'no_certificates']);
});

test('bytes that were taken away before the storage was lost are taken back, other bytes are not', async () => {
  const first = aSigning(new Script({ 1: 'cancelled' }));
  await begun(first.signing);
  await first.signing.sign(own);
  const earlier = first.signing.ballots[0]?.bytes ?? new Uint8Array();
  keeper = memoryKeeper();
  const provider = new Script();
  provider.sign = async (paper: Paper) => {
    expect(paper.adopt?.(new TextEncoder().encode('{"nonce":"x"}'))).toBe(false);
    expect(paper.adopt?.(earlier)).toBe(true);
    return paper.bytes;
  };
  const { signing } = aSigning(provider);
  await begun(signing);
  await signing.sign(own);

  expect(signing.ballots[0]?.bytes).toEqual(earlier);
  expect(sent()).toEqual(['c1']);
});
