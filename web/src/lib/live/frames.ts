/** The wire vocabulary of realtime/envelope.py in TypeScript, where bytes are Uint8Array, and its codec. */
import { decode, encode } from '@msgpack/msgpack';

export const PROTOCOL = 1;

export type Values = Record<string, unknown>;

export interface Have {
  view: string;
  epoch: Uint8Array;
  at: number;
  mark: Uint8Array;
  me_at: number;
  me_mark: Uint8Array;
}

export type ClientFrame =
  | { t: 'hello'; v: number; topic: string; ticket: string | null; have: Have | null }
  | { t: 'cmd'; id: Uint8Array; op: string; body: unknown }
  | { t: 'check'; ids: Uint8Array[]; receipts?: unknown[] }
  | { t: 'hint'; op: 'signing'; about: string; on: boolean }
  | { t: 'ping'; t0: number };

export interface Sync {
  t: 'sync';
  part: 'view' | 'me';
  view: string;
  epoch: Uint8Array;
  since: number;
  at: number;
  mark: Uint8Array;
  set: Values | Uint8Array;
  del: string[];
  full: boolean;
  packed: boolean;
}

export interface Answer {
  ok: boolean;
  final: boolean;
  code: string | null;
  answer: Values;
}

export type ServerFrame =
  | { t: 'welcome'; v: number; epoch: Uint8Array; view: string; now: number; clock_error: number; head: number }
  | Sync
  | { t: 'soft'; n: number; set: Values; full: boolean }
  | ({ t: 'ack'; id: Uint8Array; pos: number; epoch: Uint8Array } & Answer)
  | { t: 'status'; id: Uint8Array; known: boolean; ok: boolean | null; answer: Values | null; code: string | null }
  | { t: 'pong'; t0: number; t1: number; t2: number }
  | { t: 'bye'; code: number; reason: string; spread_ms: number };

export function encodeFrame(frame: ClientFrame): Uint8Array {
  return encode(frame);
}

/** What the server sent; throws on anything that is not a frame. */
export function decodeFrame(bytes: Uint8Array): ServerFrame {
  const frame = decode(bytes);
  if (typeof frame !== 'object' || frame === null || !('t' in frame)) throw new TypeError('not a frame');
  return frame as ServerFrame;
}

/** Frames that are already encoded, as one MessagePack array (at most 15: more never wait here). */
export function arrayOfFrames(frames: Uint8Array[]): Uint8Array {
  const size = frames.reduce((sum, frame) => sum + frame.length, 1);
  const bytes = new Uint8Array(size);
  bytes[0] = 0x90 | frames.length;
  let offset = 1;
  for (const frame of frames) {
    bytes.set(frame, offset);
    offset += frame.length;
  }
  return bytes;
}

/** The map of a sync frame; `packed` ones are raw deflate of MessagePack. */
export async function unpack(sync: Sync): Promise<Values> {
  if (!sync.packed) return sync.set as Values;
  const stream = new Blob([sync.set as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream('deflate-raw'));
  return decode(new Uint8Array(await new Response(stream).arrayBuffer())) as Values;
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function unhex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
