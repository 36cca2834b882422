/** The live connection of one page to one topic: hello, patches, commands that are never lost, and coming back. */
import { retryDelay } from './backoff';
import { PINGS, ServerClock } from './clock';
import {
  decodeFrame,
  encodeFrame,
  hex,
  PROTOCOL,
  unhex,
  unpack,
  type Answer,
  type Have,
  type ServerFrame,
  type Sync,
  type Values,
} from './frames';
import { Outbox, type Unsettled } from './outbox';
import { Part } from './part';
import type { Receipts } from './receipts';
import { afterClose, LOST, type Transport, type Wire } from './transport';

export type Phase = 'connecting' | 'online' | 'waiting' | 'sign_in' | 'stopped';

export interface Link {
  phase: Phase;
  kind: 'websocket' | 'http' | null;
  code: number | null;
  /** Server time up to which the shown state was certain; null while online. */
  staleSince: number | null;
}

export interface Settled extends Answer {
  id: string;
  op: string;
  note: unknown;
}

export interface Options {
  topic: string;
  /** Called before each attempt: the websocket, or HTTP where websockets are blocked. */
  transport: () => Transport;
  outbox: Outbox;
  receipts: Receipts;
  clock: ServerClock;
  /** Something that a page shows has changed. */
  changed: () => void;
  settled: (settled: Settled) => void;
  random?: () => number;
}

const SILENCE_MS = 35_000;
const GREETING_MS = 30_000; // a ticket and a handshake at 50 kbit/s and 2 s delay take ten
const PING_EVERY_MS = 15_000;
const ANSWER_MS = 10_000;
const CHECK_AT_ONCE = 64;
const RECEIPTS_AT_ONCE = 16;
/** An organizer's act that could not be sent within a minute is not sent later, behind his back. */
const STILL_MEANT_MS = 60_000;
/** Refusals that are not final and that sending again would not mend. */
const HOPELESS = new Set(['malformed', 'too_large', 'not_found', 'forbidden', 'unknown_op', 'bad_signature', 'too_many_trials', 'too_many_entries']);

export class LiveClient {
  readonly view = new Part();
  readonly me = new Part();
  soft: Values = {};
  link: Link = { phase: 'connecting', kind: null, code: null, staleSince: null };

  #wire: Wire | null = null;
  #attempt = 0;
  #queue: Promise<void> | null = null;
  #softCount = 0;
  #heardAt = 0;
  #repairing = false;
  #timers = new Set<ReturnType<typeof setTimeout>>();
  #waiting = new Map<string, (settled: Settled) => void>();
  #tries = new Map<string, number>();
  #random: () => number;

  constructor(private readonly options: Options) {
    this.#random = options.random ?? Math.random;
  }

  get clock(): ServerClock {
    return this.options.clock;
  }

  get unsettled(): Unsettled[] {
    return this.options.outbox.all;
  }

  start(): void {
    this.#connect();
  }

  stop(): void {
    this.#clearTimers();
    this.#wire?.close();
    this.#wire = null;
  }

  /** The device woke up or the network came back: do not wait for the timer. */
  hurry(): void {
    if (this.link.phase === 'waiting') this.#connect();
    else if (this.link.phase === 'online') this.#measureClock();
  }

  /** Send a command; the promise ends with its answer, also when that comes over a later connection. */
  command(op: string, body: unknown, note: unknown = null): Promise<Settled> {
    const raw = crypto.getRandomValues(new Uint8Array(16));
    const id = hex(raw);
    const frame = encodeFrame({ t: 'cmd', id: raw, op, body });
    const online = this.link.phase === 'online';
    this.options.outbox.add({ id, op, frame, note, progress: online ? 'sending' : 'waiting', madeAt: Date.now() });
    if (online) this.#send(id, frame);
    this.options.changed();
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  /** Say what the person is doing now; nobody answers, and a lost one is not said again. */
  hint(voting: number, on: boolean): void {
    if (this.link.phase === 'online') this.#wire?.send(encodeFrame({ t: 'hint', op: 'signing', about: String(voting), on }));
  }

  /** Ask what became of the commands that have no answer yet. */
  checkUnsettled(): void {
    const ids = this.unsettled.map((entry) => entry.id);
    for (let start = 0; start < ids.length; start += CHECK_AT_ONCE)
      this.#wire?.send(encodeFrame({ t: 'check', ids: ids.slice(start, start + CHECK_AT_ONCE).map(unhex) }));
  }

  // --- connecting ---

  #connect(): void {
    this.#clearTimers();
    this.#setLink({ phase: 'connecting' });
    const attempt: { current: Wire | null } = { current: null };
    const isCurrent = (): boolean => attempt.current === null || attempt.current === this.#wire;
    this.#wire = attempt.current = this.options.transport()({
      hello: (ticket) => this.#hello(ticket),
      opened: () => (this.#heardAt = Date.now()),
      received: (bytes) => isCurrent() && this.#received(bytes),
      closed: (code, spreadMs) => isCurrent() && this.#closed(code, spreadMs),
    });
    this.#giveUpWithoutWelcome(attempt.current);
  }

  /** A proxy that swallows the handshake says nothing at all: try again, then by the next way. */
  #giveUpWithoutWelcome(wire: Wire): void {
    this.#after(GREETING_MS, () => {
      if (this.link.phase !== 'connecting' || this.#wire !== wire) return;
      wire.close();
      this.#closed(LOST, 0);
    });
  }

  #hello(ticket: string | null): Uint8Array {
    return encodeFrame({ t: 'hello', v: PROTOCOL, topic: this.options.topic, ticket, have: this.#have() });
  }

  #have(): Have | null {
    const { view, me } = this;
    if (view.epoch === null) return null;
    return { view: view.view, epoch: view.epoch, at: view.at, mark: view.mark, me_at: me.at, me_mark: me.mark };
  }

  #closed(code: number, spreadMs: number): void {
    this.#wire = null;
    this.#repairing = false;
    this.#clearTimers();
    for (const entry of this.unsettled)
      if (entry.progress === 'sending') this.options.outbox.mark(entry.id, 'unknown');
    const move = afterClose(code);
    if (move !== 'reconnect') return this.#setLink({ phase: move === 'stop' ? 'stopped' : 'sign_in', code });
    this.#setLink({ phase: 'waiting', code });
    this.#after(retryDelay(this.#attempt++, this.#random()) + this.#random() * spreadMs, () => this.#connect());
  }

  #setLink(change: Partial<Link>): void {
    const link = { ...this.link, ...change, kind: this.#wire?.kind ?? null };
    if (link.phase === 'online') link.staleSince = null;
    else link.staleSince ??= this.view.epoch === null ? null : this.clock.now();
    this.link = link;
    this.options.changed();
  }

  // --- frames, strictly in the order they came ---

  #received(bytes: Uint8Array): void {
    this.#heardAt = Date.now();
    const at = this.clock.localNow();
    const frame = decodeFrame(bytes);
    if (this.#queue === null && !(frame.t === 'sync' && frame.packed)) return this.#handle(frame, at);
    const last = (this.#queue = (this.#queue ?? Promise.resolve())
      .then(() => this.#handleUnpacked(frame, at))
      .catch(() => this.#wire?.close() ?? this.#closed(LOST, 0))
      .finally(() => {
        if (this.#queue === last) this.#queue = null;
      }));
  }

  async #handleUnpacked(frame: ServerFrame, at: number): Promise<void> {
    if (frame.t === 'sync') this.#sync(frame, await unpack(frame));
    else this.#handle(frame, at);
  }

  #handle(frame: ServerFrame, at: number): void {
    switch (frame.t) {
      case 'welcome':
        return this.#welcome(frame.now, hex(frame.epoch));
      case 'sync':
        return this.#sync(frame, frame.set as Values);
      case 'soft':
        return this.#softly(frame.n, frame.set, frame.full);
      case 'ack':
        return this.#answered(hex(frame.id), frame);
      case 'status':
        return this.#status(frame);
      case 'pong':
        return this.clock.pong(frame.t0, frame.t1, frame.t2, at);
      case 'bye':
        this.#wire?.close();
        return this.#closed(frame.code, frame.spread_ms);
    }
  }

  /** After a repair the server says welcome again: commands are checked on a new connection only. */
  #welcome(now: number, epoch: string): void {
    this.#repairing = false;
    if (this.link.phase === 'online') return;
    this.#attempt = 0;
    this.#softCount = 0;
    this.clock.restart();
    this.clock.roughly(now);
    this.#setLink({ phase: 'online', code: null });
    this.#measureClock();
    this.#watchSilence();
    this.checkUnsettled();
    this.#showReceipts(epoch);
  }

  /** Another lineage: what the server signed in the old one it may have lost. */
  #showReceipts(epoch: string): void {
    const receipts = this.options.receipts.toShow(epoch);
    for (let start = 0; start < receipts.length; start += RECEIPTS_AT_ONCE)
      this.#wire?.send(encodeFrame({ t: 'check', ids: [], receipts: receipts.slice(start, start + RECEIPTS_AT_ONCE) }));
  }

  /** R2: a gap is repaired on the same socket by saying again what we have. */
  #sync(frame: Sync, set: Values): void {
    const outcome = this[frame.part].receive(frame, set);
    if (outcome === 'applied') this.options.changed();
    if (frame.part === 'me') Object.values(set).forEach((value) => this.options.receipts.keepOf(value));
    if (frame.full) this.#showReceipts(hex(frame.epoch));
    if (outcome !== 'gap' || this.#repairing) return;
    this.#repairing = true;
    this.#wire?.send(this.#hello(null));
  }

  #softly(count: number, set: Values, full: boolean): void {
    if (!full && count <= this.#softCount) return;
    this.#softCount = count;
    this.soft = full ? set : { ...this.soft, ...set };
    this.options.changed();
  }

  #measureClock(): void {
    if (this.#wire?.kind !== 'websocket') return;
    this.clock.restart();
    for (let i = 0; i < PINGS; i++) this.#after(i * 200, () => this.#ping());
  }

  #ping(): void {
    this.#wire?.send(encodeFrame({ t: 'ping', t0: this.clock.localNow() }));
  }

  /** A connection can die without a word: ask, and give up on silence. */
  #watchSilence(): void {
    if (this.#wire?.kind !== 'websocket') return;
    this.#after(PING_EVERY_MS, () => {
      if (Date.now() - this.#heardAt > SILENCE_MS) {
        this.#wire?.close();
        return this.#closed(LOST, 0);
      }
      this.#ping();
      this.#watchSilence();
    });
  }

  // --- commands ---

  #send(id: string, frame: Uint8Array): void {
    this.options.outbox.mark(id, 'sending');
    this.#wire?.send(frame);
    this.#after(ANSWER_MS, () => this.#isLate(id));
  }

  #isLate(id: string): void {
    if (this.options.outbox.get(id)?.progress !== 'sending') return;
    this.options.outbox.mark(id, 'unknown');
    this.checkUnsettled();
    this.options.changed();
  }

  #answered(id: string, answer: Answer): void {
    if (answer.ok || answer.final || HOPELESS.has(answer.code ?? '')) return this.#settle(id, answer);
    const entry = this.options.outbox.get(id);
    if (!entry) return;
    const tries = (this.#tries.get(id) ?? 0) + 1;
    this.#tries.set(id, tries);
    this.options.outbox.mark(id, 'unknown');
    this.#after(500 + retryDelay(Math.min(tries, 3), this.#random()), () => this.#sendAgain(id));
    this.options.changed();
  }

  #status(frame: Extract<ServerFrame, { t: 'status' }>): void {
    const id = hex(frame.id);
    if (frame.known)
      this.#settle(id, { ok: frame.ok ?? false, final: true, code: frame.code, answer: frame.answer ?? {} });
    else this.#sendAgain(id);
  }

  #sendAgain(id: string): void {
    const entry = this.options.outbox.get(id);
    if (!entry) return;
    const isStale = entry.op !== 'cast' && Date.now() - entry.madeAt > STILL_MEANT_MS;
    if (isStale) this.#settle(id, { ok: false, final: false, code: 'not_sent', answer: {} });
    else this.#send(id, entry.frame);
  }

  #settle(id: string, { ok, final, code, answer }: Answer): void {
    const entry = this.options.outbox.settle(id);
    if (!entry) return;
    this.#tries.delete(id);
    this.options.receipts.keepOf(answer);
    const settled = { id, op: entry.op, note: entry.note, ok, final, code, answer: answer ?? {} };
    this.options.settled(settled);
    this.#waiting.get(id)?.(settled);
    this.#waiting.delete(id);
    this.options.changed();
  }

  // --- timers belong to one connection ---

  #after(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
