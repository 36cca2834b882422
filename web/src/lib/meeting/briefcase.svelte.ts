/** A representative's instructions, kept in this browser only. */
import type { Keeper } from '../live/outbox';
import type { Instruction } from './instructions';

export class Briefcase {
  instructions: Instruction[] = $state.raw([]);

  constructor(
    private readonly keeper: Keeper,
    private readonly key: string,
  ) {
    try {
      this.instructions = JSON.parse(keeper.getItem(key) ?? '[]') as Instruction[];
    } catch {
      this.instructions = []; // written by hand or by another version
    }
  }

  /** New ones replace older ones for the same creditor and question. */
  add(more: Instruction[]): void {
    const keyOf = (item: Instruction): string => `${item.creditor}/${item.question}`;
    const merged = new Map([...this.instructions, ...more].map((item) => [keyOf(item), item]));
    this.instructions = [...merged.values()];
    this.keeper.setItem(this.key, JSON.stringify(this.instructions));
  }

  instructed(creditor: string, question: string): string | null {
    return this.instructions.find((item) => item.creditor === creditor && item.question === question)?.option ?? null;
  }

  forget(): void {
    this.instructions = [];
    this.keeper.removeItem(this.key);
  }
}
