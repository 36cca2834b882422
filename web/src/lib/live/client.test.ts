import { encode } from '@msgpack/msgpack';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { LiveClient, type Settled } from './client';
import { ServerClock } from './clock';
import { EPOCH, FakeServer, memoryKeeper, OTHER_EPOCH, patch } from './fake_server';
import { hex, unhex } from './frames';
import { Outbox, type Keeper } from './outbox';
import { Receipts } from './receipts';

let server: FakeServer;
let keeper: Keeper;
let settled: Settled[];

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  keeper = memoryKeeper();
  settled = [];
});
afterEach(() => vi.useRealTimers());

function aClient(): LiveClient {
  const client = new LiveClient({
    topic: 'meeting:m_1',
    transport: server.transport,
    outbox: new Outbox(keeper, 'outbox'),
    receipts: new Receipts(keeper, 'receipts'),
    clock: new ServerClock(() => Date.now()),
    changed: () => {},
    settled: (one) => settled.push(one),
    random: () => 0.5,
  });
  client.start();
  return client;
}

function ack(id: string, more: object = {}): Parameters<FakeServer['line']['say']>[0] {
  return { t: 'ack', id: unhex(id), ok: true, final: true, pos: 9, epoch: EPOCH, answer: { receipt: 'r' }, code: null, ...more };
}

test('the first hello has the ticket and no position', () => {
  aClient();
  server.line.welcome();

  expect(server.line.frames('hello')).toEqual([{ t: 'hello', v: 1, topic: 'meeting:m_1', ticket: 'ticket', have: null }]);
});

test('a reconnect resumes from the position of both parts', () => {
  const client = aClient();
  server.line.welcome();
  server.line.say(patch(0, 7, { a: 1 }, { full: true }));
  server.line.say(patch(0, 4, { mine: 1 }, { full: true, part: 'me' }));
  server.line.lose();
  vi.advanceTimersByTime(1_000);
  server.line.welcome();

  const have = server.line.frames('hello')[0]?.have;
  expect(have).toMatchObject({ at: 7, me_at: 4, view: 'participant/1' });
  expect(client.view.map.get('a')).toBe(1);
});

test('a gap is repaired on the same socket, once', () => {
  aClient();
  server.line.welcome();
  server.line.say(patch(0, 5, { a: 1 }, { full: true }));
  server.line.say(patch(7, 8, { a: 2 }));
  server.line.say(patch(8, 9, { a: 3 }));

  expect(server.lines).toHaveLength(1);
  expect(server.line.frames('hello').map((hello) => [hello.ticket, hello.have?.at])).toEqual([
    ['ticket', undefined],
    [null, 5],
  ]);
});

test('while the connection is away the state is known to be stale since then', () => {
  vi.setSystemTime(5_000);
  const client = aClient();
  server.line.welcome(9_000);
  server.line.say(patch(0, 5, { a: 1 }, { full: true }));
  expect(client.link.staleSince).toBeNull();

  vi.advanceTimersByTime(100);
  server.line.lose();
  vi.advanceTimersByTime(400);

  expect(client.link).toMatchObject({ phase: 'waiting', staleSince: 9_100 });
  vi.advanceTimersByTime(600);
  server.line.welcome();
  expect(client.link).toMatchObject({ phase: 'online', staleSince: null });
});

test('retries come with full jitter: half of 2 s, of 4 s, of 8 s, at most of 30 s', () => {
  aClient();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 6; attempt++) {
    const before = server.lines.length;
    const start = Date.now();
    server.line.lose();
    while (server.lines.length === before) vi.advanceTimersByTime(100);
    waits.push(Date.now() - start);
  }

  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
});

test.each([
  [4401, 'sign_in'],
  [4402, 'sign_in'],
  [4503, 'stopped'],
  [4510, 'stopped'],
])('close code %i ends in %s without another attempt', (code, phase) => {
  const client = aClient();
  server.line.welcome();
  server.line.lose(code);
  vi.advanceTimersByTime(120_000);

  expect(client.link.phase).toBe(phase);
  expect(server.lines).toHaveLength(1);
});

test('a restart spreads its clients', () => {
  aClient();
  server.line.welcome();
  server.line.lose(4600, 4_000);

  vi.advanceTimersByTime(2_900);
  expect(server.lines).toHaveLength(1);
  vi.advanceTimersByTime(200);
  expect(server.lines).toHaveLength(2);
});

test('a silent socket is given up', () => {
  aClient();
  server.line.welcome();
  vi.advanceTimersByTime(50_000);

  expect(server.lines[0]?.isClosed).toBe(true);
  expect(server.lines.length).toBeGreaterThan(1);
});

test('an accepted command settles with its answer', async () => {
  const client = aClient();
  server.line.welcome();
  const answer = client.command('cast', { voting: 1 }, { creditor: 'c1' });
  const id = client.unsettled[0]?.id ?? '';
  expect(client.unsettled[0]?.progress).toBe('sending');

  server.line.say(ack(id));

  await expect(answer).resolves.toMatchObject({ ok: true, answer: { receipt: 'r' }, note: { creditor: 'c1' } });
  expect(client.unsettled).toEqual([]);
});

test('a command cut off is unknown, is asked about, and goes again with the same id and bytes', () => {
  const client = aClient();
  server.line.welcome();
  void client.command('cast', { voting: 1, ballots: [{ bytes: new Uint8Array([1, 2]), signature: null }] });
  const [sent] = server.line.bytesOf('cmd');
  const id = client.unsettled[0]?.id ?? '';

  server.line.lose();
  expect(client.unsettled[0]?.progress).toBe('unknown');
  vi.advanceTimersByTime(1_000);
  server.line.welcome();
  expect(server.line.frames('check').map((check) => check.ids.map(hex))).toEqual([[id]]);
  server.line.say({ t: 'status', id: unhex(id), known: false, ok: null, answer: null, code: null });

  expect(server.line.bytesOf('cmd')).toEqual([sent]);
  expect(client.unsettled[0]?.progress).toBe('sending');
});

test('a known command is settled by its status, not sent again', () => {
  const client = aClient();
  server.line.welcome();
  void client.command('cast', { voting: 1 });
  const id = client.unsettled[0]?.id ?? '';
  server.line.lose();
  vi.advanceTimersByTime(1_000);
  server.line.welcome();
  server.line.say({ t: 'status', id: unhex(id), known: true, ok: true, answer: { receipt: 'r' }, code: null });

  expect(server.line.frames('cmd')).toEqual([]);
  expect(settled).toMatchObject([{ id, ok: true, final: true }]);
});

test('a reload keeps the command, its bytes and its note', () => {
  const before = aClient();
  server.line.welcome();
  void before.command('cast', { voting: 1 }, { creditor: 'c1' });
  const [sent] = server.line.bytesOf('cmd');
  before.stop();

  const after = aClient();
  expect(after.unsettled).toMatchObject([{ progress: 'unknown', note: { creditor: 'c1' } }]);
  server.line.welcome();
  server.line.say({ t: 'status', id: unhex(after.unsettled[0]?.id ?? ''), known: false, ok: null, answer: null, code: null });

  expect(server.line.bytesOf('cmd')).toEqual([sent]);
});

test('a refusal that decided nothing is sent again and never settles', () => {
  const client = aClient();
  server.line.welcome();
  void client.command('cast', { voting: 1 });
  const id = client.unsettled[0]?.id ?? '';
  server.line.say(ack(id, { ok: false, final: false, code: 'overloaded' }));

  expect(client.unsettled[0]?.progress).toBe('unknown');
  vi.advanceTimersByTime(5_000);
  expect(server.line.bytesOf('cmd')).toHaveLength(2);
  expect(settled).toEqual([]);
});

test.each(['malformed', 'forbidden'])('%s would not mend by itself: the person is told', (code) => {
  const client = aClient();
  server.line.welcome();
  void client.command('start_voting', { question: 'q1' });
  server.line.say(ack(client.unsettled[0]?.id ?? '', { ok: false, final: false, code }));

  expect(settled).toMatchObject([{ ok: false, code }]);
});

test('no answer within ten seconds is unknown and asked about on the same socket', () => {
  const client = aClient();
  server.line.welcome();
  void client.command('cast', { voting: 1 });
  vi.advanceTimersByTime(10_100);

  expect(client.unsettled[0]?.progress).toBe('unknown');
  expect(server.line.frames('check')).toHaveLength(1);
});

test('a ballot waits for the connection, however long', () => {
  const client = aClient();
  void client.command('cast', { voting: 1 });
  expect(client.unsettled[0]?.progress).toBe('waiting');
  vi.advanceTimersByTime(300_000);
  client.hurry();
  server.line.welcome();
  server.line.say({ t: 'status', id: unhex(client.unsettled[0]?.id ?? ''), known: false, ok: null, answer: null, code: null });

  expect(server.line.frames('cmd')).toHaveLength(1);
});

test('an organizer’s act that could not be sent for a minute is not sent behind his back', () => {
  const client = aClient();
  void client.command('start_voting', { question: 'q1' });
  vi.advanceTimersByTime(61_000);
  client.hurry();
  server.line.welcome();
  server.line.say({ t: 'status', id: unhex(client.unsettled[0]?.id ?? ''), known: false, ok: null, answer: null, code: null });

  expect(server.line.frames('cmd')).toEqual([]);
  expect(settled).toMatchObject([{ ok: false, code: 'not_sent' }]);
});

test('a handshake that nobody answers is given up and tried anew', () => {
  aClient();
  vi.advanceTimersByTime(31_000);
  expect(server.lines[0]?.isClosed).toBe(true);
  vi.advanceTimersByTime(2_500);

  expect(server.lines).toHaveLength(2);
});

test('two tabs of one person keep their unsettled commands apart', () => {
  const entry = { op: 'cast', frame: new Uint8Array([1]), note: null, progress: 'waiting' as const, madeAt: 0 };
  const one = new Outbox(keeper, 'k');
  const other = new Outbox(keeper, 'k');

  one.add({ ...entry, id: 'aa' });
  other.add({ ...entry, id: 'bb' });
  other.settle('bb');

  expect(new Outbox(keeper, 'k').all.map(({ id }) => id)).toEqual(['aa']);
});

test('packed maps are inflated, and what comes after them waits its turn', async () => {
  vi.useRealTimers();
  const client = aClient();
  server.line.welcome();
  const packed = await deflated(encode({ a: 1, b: 2 }));
  server.line.say({ ...patch(0, 5, {}, { full: true, packed: true }), set: packed });
  server.line.say(patch(5, 6, { a: 3 }));

  await vi.waitFor(() => expect([...client.view.map]).toEqual([['a', 3], ['b', 2]]));
  expect(client.view.at).toBe(6);
  expect(server.line.frames('hello')).toHaveLength(1);
  client.stop();
});

test('soft facts are absolute, and old ones are dropped', () => {
  const client = aClient();
  server.line.welcome();
  server.line.say({ t: 'soft', n: 3, set: { online: 5, degraded: false }, full: true });
  server.line.say({ t: 'soft', n: 4, set: { online: 6 }, full: false });
  server.line.say({ t: 'soft', n: 2, set: { online: 1 }, full: false });

  expect(client.soft).toEqual({ online: 6, degraded: false });
});

test('frames of a connection that was given up change nothing', () => {
  const client = aClient();
  const [old] = server.lines;
  old?.welcome();
  old?.lose();
  vi.advanceTimersByTime(1_000);
  server.line.welcome();
  old?.say(patch(0, 99, { ghost: 1 }, { full: true }));

  expect(client.view.map.has('ghost')).toBe(false);
});

async function deflated(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function receiptOf(pos: number): object {
  return { topic: 'meeting:m_1', epoch: hex(EPOCH), pos, hash: `hash-${pos}`, key: 'receipt-1', signature: 'ab' };
}

function shown(): unknown[] {
  return server.line.frames('check').flatMap((check) => check.receipts ?? []);
}

test('receipts of answers and of the own part are shown once when the lineage has changed', async () => {
  const client = aClient();
  server.line.welcome();
  const answer = client.command('attend', { creditors: ['c1'] });
  const id = client.unsettled[0]?.id ?? '';
  server.line.say(ack(id, { answer: { receipt: receiptOf(5) } }));
  await answer;
  server.line.say(patch(0, 6, { 'ballot/1/c1': { receipt: receiptOf(6) } }, { full: true, part: 'me' }));
  expect(shown()).toEqual([]);

  server.line.say(patch(0, 4, {}, { full: true, epoch: OTHER_EPOCH }));
  server.line.say(patch(0, 4, {}, { full: true, part: 'me', epoch: OTHER_EPOCH }));

  expect(shown()).toEqual([receiptOf(5), receiptOf(6)]);
});

test('receipts outlive a reload, and many are shown in several frames', () => {
  aClient();
  server.line.welcome();
  const mine = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`ballot/1/c${n}`, { receipt: receiptOf(n) }]));
  server.line.say(patch(0, 6, mine, { full: true, part: 'me' }));

  aClient();
  server.line.welcome();
  server.line.say(patch(0, 4, {}, { full: true, epoch: OTHER_EPOCH }));

  expect(server.line.frames('check').map(({ receipts }) => receipts?.length)).toEqual([16, 16, 8]);
});
