/** Server time on a monotonic base: the offset of the ping with the smallest round trip wins. */

export const PINGS = 5;

export class ServerClock {
  #offset = 0;
  #best = Infinity;

  /** `local` gives milliseconds that never jump back. */
  constructor(private readonly local: () => number = () => performance.timeOrigin + performance.now()) {}

  now(): number {
    return this.local() + this.#offset;
  }

  localNow(): number {
    return this.local();
  }

  /** A welcome says the time without a round trip: good enough until the first pong. */
  roughly(serverNow: number): void {
    if (this.#best === Infinity) this.#offset = serverNow - this.local();
  }

  /** A new connection, or a device that slept: older measurements no longer count. */
  restart(): void {
    this.#best = Infinity;
  }

  pong(t0: number, t1: number, t2: number, t3: number): void {
    const roundTrip = t3 - t0 - (t2 - t1);
    if (roundTrip >= this.#best) return;
    this.#best = roundTrip;
    this.#offset = (t1 - t0 + (t2 - t3)) / 2;
  }
}
