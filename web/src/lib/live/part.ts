/** One map of the view protocol (`view` or `me`) and the rules R1 and R2 by which patches change it. */
import { hex, type Sync, type Values } from './frames';

export type Outcome = 'applied' | 'ignored' | 'gap';

export class Part {
  map: ReadonlyMap<string, unknown> = new Map();
  at = 0;
  mark: Uint8Array = new Uint8Array(8);
  epoch: Uint8Array | null = null;
  view = '';

  /** Set and del are applied in one step: readers see the old map or the new one, never one between. */
  receive(sync: Sync, set: Values): Outcome {
    if (sync.full) return this.#store(sync, new Map(Object.entries(set)));
    if (this.epoch === null || hex(this.epoch) !== hex(sync.epoch) || this.view !== sync.view) return 'gap';
    if (sync.at <= this.at) return 'ignored';
    if (sync.since > this.at) return 'gap';
    const map = new Map(this.map);
    for (const key of sync.del) map.delete(key);
    for (const [key, value] of Object.entries(set)) map.set(key, value);
    return this.#store(sync, map);
  }

  #store(sync: Sync, map: Map<string, unknown>): Outcome {
    this.map = map;
    this.at = sync.at;
    this.mark = sync.mark;
    this.epoch = sync.epoch;
    this.view = sync.view;
    return 'applied';
  }
}
