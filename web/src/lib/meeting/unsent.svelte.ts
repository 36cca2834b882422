/** Ballots that are made and not yet accepted, kept over reloads: a signature must not be asked of a person twice. */
import { hex, unhex } from '../live/frames';
import type { Keeper } from '../live/outbox';
import type { Mark } from './ballot';
import { canonicalBytes, newNonce } from './ballot';
import type { BallotContent } from './types';

export interface Prepared {
  voting: number;
  creditor: string;
  mark: Mark;
  /** What is signed: never made anew from anything. */
  bytes: Uint8Array;
  signature: Uint8Array | null;
  /** The name of the key's container, where the way of signing knows it. */
  carrier: string | null;
}

interface Stored extends Omit<Prepared, 'bytes' | 'signature'> {
  bytes: string;
  signature: string | null;
}

export class Unsent {
  all: Prepared[] = $state.raw([]);

  constructor(
    private readonly keeper: Keeper,
    private readonly key: string,
  ) {
    this.all = this.#read();
  }

  of(voting: number): Prepared[] {
    return this.all.filter((one) => one.voting === voting);
  }

  /** The kept one while it says the same, else a new one in its place. */
  prepare(mark: Mark, contentOf: (nonce: string) => BallotContent): Prepared {
    const { voting, creditor } = contentOf('');
    const kept = this.#find(voting, creditor);
    if (kept && saysTheSame(kept.bytes, contentOf)) return kept;
    const made = { voting, creditor, mark, bytes: canonicalBytes(contentOf(newNonce())), signature: null, carrier: null };
    this.#put(made);
    return made;
  }

  keepSignature(prepared: Prepared, signature: Uint8Array, carrier: string | null): Prepared {
    const signed = { ...prepared, signature, carrier };
    this.#put(signed);
    return signed;
  }

  /** Bytes of the same ballot that were taken away as a file earlier; they differ in the nonce alone. */
  adopt(prepared: Prepared, bytes: Uint8Array, contentOf: (nonce: string) => BallotContent): Prepared | null {
    if (!saysTheSame(bytes, contentOf)) return null;
    const adopted = { ...prepared, bytes, signature: null };
    this.#put(adopted);
    return adopted;
  }

  /** The server refused this very ballot: the next signature may be another person's. */
  dropSignature(voting: number, creditor: string): void {
    const kept = this.#find(voting, creditor);
    if (kept) this.#put({ ...kept, signature: null });
  }

  remove(voting: number, creditors: string[]): void {
    this.#set(this.all.filter((one) => one.voting !== voting || !creditors.includes(one.creditor)));
  }

  forget(): void {
    this.#set([]);
  }

  #find(voting: number, creditor: string): Prepared | undefined {
    return this.all.find((one) => one.voting === voting && one.creditor === creditor);
  }

  #put(prepared: Prepared): void {
    const { voting, creditor } = prepared;
    this.#set([...this.all.filter((one) => one.voting !== voting || one.creditor !== creditor), prepared]);
  }

  #set(all: Prepared[]): void {
    this.all = all;
    const stored = all.map((one) => ({ ...one, bytes: hex(one.bytes), signature: one.signature && hex(one.signature) }));
    try {
      if (all.length === 0) this.keeper.removeItem(this.key);
      else this.keeper.setItem(this.key, JSON.stringify(stored));
    } catch {
      // storage is full or switched off: the page still works, only a reload would forget
    }
  }

  #read(): Prepared[] {
    try {
      const stored = JSON.parse(this.keeper.getItem(this.key) ?? '[]') as Stored[];
      return stored.map((one) => ({ ...one, bytes: unhex(one.bytes), signature: one.signature === null ? null : unhex(one.signature) }));
    } catch {
      return []; // written by hand or by another version
    }
  }
}

function saysTheSame(bytes: Uint8Array, contentOf: (nonce: string) => BallotContent): boolean {
  try {
    const { nonce } = JSON.parse(new TextDecoder().decode(bytes)) as { nonce: unknown };
    if (typeof nonce !== 'string' || !/^[0-9a-f]{32}$/.test(nonce)) return false;
    return hex(canonicalBytes(contentOf(nonce))) === hex(bytes);
  } catch {
    return false; // not a ballot at all
  }
}
