import { decode, encode } from '@msgpack/msgpack';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { patch } from './fake_server';
import { encodeFrame, type ServerFrame } from './frames';
import type { Ends } from './transport';
import { http } from './transport_http';

interface Call {
  path: string;
  frames: { t: string }[];
  person: string | null;
}

let calls: Call[];
let received: ServerFrame[];
let closed: number[];

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  received = [];
  closed = [];
});
afterEach(() => vi.useRealTimers());

const ends: Ends = {
  hello: () => encodeFrame({ t: 'hello', v: 1, topic: 'meeting:m_1', ticket: null, have: null }),
  opened: () => {},
  received: (bytes) => void received.push(decode(bytes) as ServerFrame),
  closed: (code) => void closed.push(code),
};

function aServer(answer: (path: string, signal: AbortSignal) => Promise<Response>): typeof fetch {
  return async (input, init) => {
    const path = String(input);
    const frames = decode(init?.body as Uint8Array) as { t: string }[];
    calls.push({ path, frames, person: new Headers(init?.headers).get('kvorum-person') });
    return answer(path, init?.signal ?? new AbortController().signal);
  };
}

function events(...frames: ServerFrame[]): Response {
  const base64 = frames.map((frame) => `data: ${btoa(String.fromCharCode(...encode(frame)))}\n\n`);
  return new Response([': warm\n\n', ...base64].join(''));
}

function never(signal: AbortSignal): Promise<Response> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError'))));
}

test('a stream brings the same frames in base64, and its end is a lost connection', async () => {
  http({ meeting: 'm_1', person: 'p_1' }, aServer(async () => events(patch(0, 5, { a: 1 }), patch(5, 6, { a: 2 }))))(ends);
  await vi.waitFor(() => expect(closed).toEqual([1006]));

  expect(received).toMatchObject([{ at: 5 }, { at: 6, set: { a: 2 } }]);
  expect(calls).toEqual([{ path: '/live/stream', frames: [expect.objectContaining({ t: 'hello' })], person: 'p_1' }]);
});

test('a stream that a proxy holds back gives way to polling', async () => {
  const wire = http({ meeting: 'm_1', person: 'p_1' }, aServer(async (path, signal) => (path === '/live/stream' ? never(signal) : new Response(encode([patch(0, 5, { a: 1 })])))))(ends);
  await vi.advanceTimersByTimeAsync(8_100);
  await vi.advanceTimersByTimeAsync(2_100);
  wire.close();

  expect(calls.map(({ path }) => path)).toEqual(['/live/stream', '/live/poll', '/live/poll']);
  expect(received).toMatchObject([{ at: 5 }, { at: 5 }]);
});

test('a command goes by its own request, after a hello that names the topic', async () => {
  const wire = http({ meeting: 'm_1', person: 'p_1' }, aServer(async (path, signal) => (path === '/live/stream' ? never(signal) : new Response(encode([])))))(ends);
  wire.send(encodeFrame({ t: 'cmd', id: new Uint8Array(16), op: 'cast', body: {} }));
  await vi.waitFor(() => expect(calls).toHaveLength(2));
  wire.close();

  expect(calls[1]).toMatchObject({ path: '/live/command', frames: [{ t: 'hello' }, { t: 'cmd', op: 'cast' }] });
});

test.each([
  [401, 4401],
  [403, 4503],
  [503, 1006],
])('status %i closes with %i', async (status, code) => {
  http({ meeting: 'm_1', person: 'p_1' }, aServer(async () => new Response('', { status })))(ends);
  await vi.waitFor(() => expect(closed).toEqual([code]));
});
