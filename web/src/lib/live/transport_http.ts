/** The same frames where websockets are blocked: a stream read by fetch, or polling when even the stream is held back. */
import { decode, encode } from '@msgpack/msgpack';

import { arrayOfFrames } from './frames';
import { closeCodeOf, LOST, type Ends, type Transport } from './transport';
import type { Address } from './transport_ws';

const SILENCE_MS = 8_000; // a stream that says nothing for so long is held back by a proxy
const POLL_MS = 2_000;

export function http(where: Address, fetcher: typeof fetch = fetch.bind(globalThis)): Transport {
  return (ends) => {
    const line = new Line(where, ends, fetcher);
    void line.listen();
    return { kind: 'http', send: (frame) => line.send(frame), close: () => line.close() };
  };
}

class Line {
  #stop = new AbortController();
  #closed = false;
  #opened = false;

  constructor(
    private readonly where: Address,
    private readonly ends: Ends,
    private readonly fetcher: typeof fetch,
  ) {}

  async listen(): Promise<void> {
    try {
      const heard = await this.#stream();
      if (heard) return this.#finish(LOST);
      while (!this.#closed) {
        await this.#exchange('/live/poll', [this.ends.hello(null)]);
        await pause(POLL_MS);
      }
    } catch {
      this.#finish(LOST);
    }
  }

  /** A repair (`hello`) reopens the listening; commands and checks are requests of their own. */
  send(frame: Uint8Array): void {
    const { t } = decode(frame) as { t: string };
    if (t === 'hello') this.#relisten();
    else if (t === 'cmd') this.#post('/live/command', [this.ends.hello(null), frame]);
    else if (t === 'check') this.#post('/live/poll', [this.ends.hello(null), frame]);
  }

  close(): void {
    this.#closed = true;
    this.#stop.abort();
  }

  #relisten(): void {
    this.#stop.abort();
    this.#finish(LOST);
  }

  #post(path: string, frames: Uint8Array[]): void {
    this.#exchange(path, frames).catch(() => this.#finish(LOST));
  }

  /** One request, an array of frames back. */
  async #exchange(path: string, frames: Uint8Array[]): Promise<void> {
    const answer = await this.#request(path, frames, AbortSignal.timeout(30_000));
    if (!answer.ok) return this.#finish(closeCodeOf(answer.status));
    const list = decode(new Uint8Array(await answer.arrayBuffer())) as unknown[];
    this.#open();
    for (const frame of list) this.ends.received(encode(frame));
  }

  /** True if the stream brought anything; false when it was silent and polling should take over. */
  async #stream(): Promise<boolean> {
    const silence = setTimeout(() => this.#stop.abort(), SILENCE_MS);
    let heard = false;
    try {
      const answer = await this.#request('/live/stream', [this.ends.hello(null)], this.#stop.signal);
      if (!answer.ok || answer.body === null) {
        this.#finish(closeCodeOf(answer.status));
        return true;
      }
      for await (const frame of eventFrames(answer.body)) {
        clearTimeout(silence);
        heard = true;
        this.#open();
        if (frame) this.ends.received(frame);
      }
      return true;
    } catch (error) {
      if (heard || !(error instanceof DOMException && error.name === 'AbortError')) throw error;
      this.#stop = new AbortController();
      return false;
    } finally {
      clearTimeout(silence);
    }
  }

  #request(path: string, frames: Uint8Array[], signal: AbortSignal): Promise<Response> {
    return this.fetcher(path, {
      method: 'POST',
      headers: { 'content-type': 'application/msgpack', 'kvorum-person': this.where.person },
      body: arrayOfFrames(frames) as Uint8Array<ArrayBuffer>,
      signal,
    });
  }

  #open(): void {
    if (this.#opened || this.#closed) return;
    this.#opened = true;
    this.ends.opened();
  }

  #finish(code: number): void {
    if (this.#closed) return;
    this.close();
    this.ends.closed(code, 0);
  }
}

/** Base64 frames of a text/event-stream; null for a comment that only keeps the line warm. */
export async function* eventFrames(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array | null> {
  const reader = body.getReader();
  const text = new TextDecoder();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += text.decode(value, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) yield fromBase64(line.slice(5).trim());
      else if (line.startsWith(':')) yield null;
    }
  }
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
