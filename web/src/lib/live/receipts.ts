/** Receipts that the server signed for us, kept over a reload: if its history is ever lost, they prove what it accepted. */
import type { Keeper } from './outbox';

export interface Receipt {
  topic: string;
  /** Hex, like `hash`: the lineage in which it was given. */
  epoch: string;
  pos: number;
  hash: string;
  key: string;
  signature: string;
}

const KEPT = 64;

export class Receipts {
  #kept: Receipt[];
  #shown = new Set<string>();

  constructor(
    private readonly keeper: Keeper,
    private readonly key: string,
  ) {
    this.#kept = this.#read();
  }

  /** Of an answer or of a value of `me`; whatever has no receipt is left alone. */
  keepOf(value: unknown): void {
    const receipt = (value as { receipt?: unknown } | null | undefined)?.receipt;
    if (!isReceipt(receipt) || this.#kept.some(({ hash }) => hash === receipt.hash)) return;
    this.#kept = [...this.#kept, receipt].slice(-KEPT);
    try {
      this.keeper.setItem(this.key, JSON.stringify(this.#kept));
    } catch {
      // storage is full or switched off: this page still remembers them
    }
  }

  /** Those of other lineages that were not shown yet; asking counts as showing. */
  toShow(epoch: string): Receipt[] {
    const others = this.#kept.filter((receipt) => receipt.epoch !== epoch && !this.#shown.has(receipt.hash));
    others.forEach(({ hash }) => this.#shown.add(hash));
    return others;
  }

  #read(): Receipt[] {
    try {
      const stored: unknown = JSON.parse(this.keeper.getItem(this.key) ?? '[]');
      return Array.isArray(stored) ? stored.filter(isReceipt) : [];
    } catch {
      return []; // written by hand, or cut off
    }
  }
}

function isReceipt(value: unknown): value is Receipt {
  const { epoch, hash, signature } = (value ?? {}) as Partial<Receipt>;
  return [epoch, hash, signature].every((field) => typeof field === 'string');
}
