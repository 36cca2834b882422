/** Commands without a final answer, kept over a reload: the same id and the same bytes are sent again. */
import { hex, unhex } from './frames';

export interface Keeper {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** `waiting`: never sent yet; `sending`: on its way; `unknown`: sent, and nobody said what became of it. */
export type Progress = 'waiting' | 'sending' | 'unknown';

export interface Unsettled {
  id: string;
  op: string;
  /** The whole encoded frame. */
  frame: Uint8Array;
  /** What the page wants to remember of it. */
  note: unknown;
  progress: Progress;
  madeAt: number;
}

interface Stored {
  id: string;
  op: string;
  frame: string;
  note: unknown;
  madeAt: number;
}

export class Outbox {
  #entries = new Map<string, Unsettled>();

  constructor(
    private readonly keeper: Keeper,
    private readonly key: string,
  ) {
    for (const stored of this.#read())
      this.#entries.set(stored.id, { ...stored, frame: unhex(stored.frame), progress: 'unknown' });
  }

  get all(): Unsettled[] {
    return [...this.#entries.values()];
  }

  get(id: string): Unsettled | undefined {
    return this.#entries.get(id);
  }

  add(entry: Unsettled): void {
    this.#entries.set(entry.id, entry);
    this.#write(entry.id);
  }

  mark(id: string, progress: Progress): void {
    const entry = this.#entries.get(id);
    if (entry) this.#entries.set(id, { ...entry, progress });
  }

  settle(id: string): Unsettled | undefined {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    this.#write(id);
    return entry;
  }

  #read(): Stored[] {
    try {
      return JSON.parse(this.keeper.getItem(this.key) ?? '[]') as Stored[];
    } catch {
      return []; // written by another version, or by hand: nothing that could be sent again
    }
  }

  /** Only this entry: another tab of the same person keeps its own in the same place. */
  #write(id: string): void {
    const others = this.#read().filter((stored) => stored.id !== id);
    const entry = this.#entries.get(id);
    const stored = entry ? [...others, kept(entry)] : others;
    try {
      if (stored.length === 0) this.keeper.removeItem(this.key);
      else this.keeper.setItem(this.key, JSON.stringify(stored));
    } catch {
      // storage is full or switched off: the command still goes out, only a reload would forget it
    }
  }
}

function kept({ id, op, frame, note, madeAt }: Unsettled): Stored {
  return { id, op, frame: hex(frame), note, madeAt };
}
