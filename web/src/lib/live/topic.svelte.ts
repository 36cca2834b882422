/** What a page shows of one topic, as runes over the live client. */
import { LiveClient, type Link, type Settled } from './client';
import { ServerClock } from './clock';
import type { Values } from './frames';
import { Outbox, type Keeper, type Unsettled } from './outbox';
import { Receipts } from './receipts';
import { LOST, type Transport, type Wire } from './transport';
import { websocket, type Address } from './transport_ws';

export class Topic {
  view: ReadonlyMap<string, unknown> = $state.raw(new Map());
  me: ReadonlyMap<string, unknown> = $state.raw(new Map());
  soft: Values = $state.raw({});
  link: Link = $state.raw({ phase: 'connecting', kind: null, code: null, staleSince: null });
  unsettled: Unsettled[] = $state.raw([]);
  /** Server time, moved once a quarter of a second: countdowns read it. */
  now = $state(0);

  readonly client: LiveClient;
  #listeners = new Set<(settled: Settled) => void>();

  constructor(topic: string, keeper: Keeper, keyOfOutbox: string, transport: () => Transport) {
    this.client = new LiveClient({
      topic,
      transport,
      outbox: new Outbox(keeper, keyOfOutbox),
      receipts: new Receipts(keeper, `${keyOfOutbox}/receipts`),
      clock: new ServerClock(),
      changed: () => this.#show(),
      settled: (settled) => this.#listeners.forEach((listener) => listener(settled)),
    });
    this.unsettled = this.client.unsettled;
  }

  /** Connect and keep connected; returns how to end it. */
  start(): () => void {
    const tick = setInterval(() => (this.now = this.client.clock.now()), 250);
    const hurry = (): void => this.client.hurry();
    addEventListener('online', hurry);
    document.addEventListener('visibilitychange', hurry);
    this.client.start();
    return () => {
      clearInterval(tick);
      removeEventListener('online', hurry);
      document.removeEventListener('visibilitychange', hurry);
      this.client.stop();
    };
  }

  onSettled(listener: (settled: Settled) => void): void {
    this.#listeners.add(listener);
  }

  #show(): void {
    const { client } = this;
    this.view = client.view.map;
    this.me = client.me.map;
    this.soft = client.soft;
    this.link = client.link;
    this.unsettled = client.unsettled;
    this.now = client.clock.now();
  }
}

const BLOCKED = 'kvorum/websockets-blocked';

/** The websocket first; after two that did not open in a row, HTTP. A failure of HTTP lets the websocket try once more. */
export function eitherTransport(address: Address): () => Transport {
  let blocked = Number(sessionStorage.getItem(BLOCKED) ?? 0);
  const unblocked = (): void => {
    blocked = 0;
    sessionStorage.removeItem(BLOCKED);
  };
  return () => {
    if (blocked < 2) return watched(websocket({ ...address, blocked: () => (blocked += 1) }), unblocked);
    sessionStorage.setItem(BLOCKED, '2'); // the next page of this tab need not find it out again
    return watchedClose(later(() => import('./transport_http').then(({ http }) => http(address))), () => (blocked = 1));
  };
}

/** A transport that is fetched only when it is needed. */
function later(load: () => Promise<Transport>): Transport {
  return (ends) => {
    const line: { wire?: Wire; isClosed: boolean } = { isClosed: false };
    load()
      .then((transport) => {
        if (!line.isClosed) line.wire = transport(ends);
      })
      .catch(() => ends.closed(LOST, 0));
    return {
      kind: 'http',
      send: (frame) => line.wire?.send(frame),
      close: () => {
        line.isClosed = true;
        line.wire?.close();
      },
    };
  };
}

function watchedClose(transport: Transport, closed: () => void): Transport {
  return (ends) =>
    transport({
      ...ends,
      closed: (code, spread) => {
        closed();
        ends.closed(code, spread);
      },
    });
}

function watched(transport: Transport, opened: () => void): Transport {
  return (ends) =>
    transport({
      ...ends,
      opened: () => {
        opened();
        ends.opened();
      },
    });
}
