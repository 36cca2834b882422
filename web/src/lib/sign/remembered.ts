/** What this browser's person signed with last time. */
import type { Keeper } from '../live/outbox';
import type { Certificate, Way } from './provider';

interface Choice {
  way: Way;
  certificate: string | null;
}

export class Remembered {
  #choice: Choice | null;

  constructor(
    private readonly keeper: Keeper,
    private readonly key: string,
    ways: Way[],
  ) {
    const choice = this.#read();
    this.#choice = choice && ways.includes(choice.way) ? choice : null;
  }

  get way(): Way | null {
    return this.#choice?.way ?? null;
  }

  /** The id of the certificate. */
  get certificate(): string | null {
    return this.#choice?.certificate ?? null;
  }

  keep(way: Way, certificate: Certificate | null): void {
    this.#choice = { way, certificate: certificate?.id ?? null };
    try {
      this.keeper.setItem(this.key, JSON.stringify(this.#choice));
    } catch {
      // storage is full or switched off: the choice is asked for again
    }
  }

  #read(): Choice | null {
    try {
      return JSON.parse(this.keeper.getItem(this.key) ?? 'null') as Choice | null;
    } catch {
      return null; // written by hand or by another version
    }
  }
}
