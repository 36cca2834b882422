/** A server for tests of the live client: records what it is sent and says what it is told to. */
import { decode, encode } from '@msgpack/msgpack';

import { unhex, type ClientFrame, type ServerFrame, type Sync, type Values } from './frames';
import type { Keeper } from './outbox';
import type { Ends, Transport } from './transport';

export const EPOCH = unhex('0011223344556677');
export const OTHER_EPOCH = unhex('ffffffffffffffff');

export class FakeServer {
  /** One entry a connection, newest last. */
  readonly lines: Line[] = [];

  readonly transport = (): Transport => (ends) => {
    const line = new Line(ends);
    this.lines.push(line);
    return {
      kind: 'websocket',
      send: (frame) => void line.heard.push(frame.slice()),
      close: () => (line.isClosed = true),
    };
  };

  get line(): Line {
    const last = this.lines.at(-1);
    if (!last) throw new Error('nobody connected');
    return last;
  }
}

export class Line {
  readonly heard: Uint8Array[] = [];
  isClosed = false;

  constructor(private readonly ends: Ends) {}

  /** The socket opens: the hello is heard, and answered with a welcome. */
  welcome(now = 1_000_000): void {
    this.heard.push(this.ends.hello('ticket'));
    this.ends.opened();
    this.say({ t: 'welcome', v: 1, epoch: EPOCH, view: 'participant/1', now, clock_error: 0, head: 0 });
  }

  say(frame: ServerFrame): void {
    this.ends.received(encode(frame));
  }

  lose(code = 1006, spreadMs = 0): void {
    this.ends.closed(code, spreadMs);
  }

  frames<T extends ClientFrame['t']>(kind: T): Extract<ClientFrame, { t: T }>[] {
    return this.heard.map((bytes) => decode(bytes) as ClientFrame).filter((frame) => frame.t === kind) as Extract<ClientFrame, { t: T }>[];
  }

  bytesOf(kind: ClientFrame['t']): Uint8Array[] {
    return this.heard.filter((bytes) => (decode(bytes) as ClientFrame).t === kind);
  }
}

export function patch(since: number, at: number, set: Values, more: Partial<Sync> = {}): Sync {
  const mark = unhex(at.toString(16).padStart(16, '0'));
  return { t: 'sync', part: 'view', view: 'participant/1', epoch: EPOCH, since, at, mark, set, del: [], full: false, packed: false, ...more };
}

export function memoryKeeper(): Keeper {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}
