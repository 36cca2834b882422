/** The computer's end of a handoff: open the letter by its code, sign each paper, send the signatures back. */
import { fromBase64, toBase64 } from './base64';
import { opened, sealed, secretOf, type Secret } from './handoff_code';
import type { Letter } from './handoff.svelte';
import { SignError, type Certificate, type Paper, type SignProvider } from './provider';

export interface DeskNeeds {
  letterIn: (box: string) => Promise<string>;
  answerTo: (box: string, answer: string) => Promise<void>;
}

export class Desk {
  about: string | null = $state(null);
  papers: Paper[] = $state.raw([]);
  signatures: (Uint8Array | null)[] = $state.raw([]);
  fault: SignError | null = $state.raw(null);
  isSigning = $state(false);
  isSent = $state(false);
  readonly signed = $derived.by(() => this.signatures.filter((signature) => signature !== null).length);

  #secret: Secret | null = null;
  #stop = new AbortController();

  constructor(private readonly needs: DeskNeeds) {}

  /** Throws SignError `handoff_unknown` or `handoff_damaged`. */
  async open(code: string): Promise<void> {
    const secret = await secretOf(code);
    const hidden = await this.needs.letterIn(secret.box);
    const letter = await read(secret, hidden);
    this.#secret = secret;
    this.about = letter.about;
    this.papers = letter.papers.map(({ title, file, bytes }) => ({ title, file, bytes: fromBase64(bytes) }));
    this.signatures = this.papers.map(() => null);
  }

  /** Sign what is not signed yet and send; the first fault ends it and is shown. */
  async sign(provider: SignProvider, certificate: Certificate | null): Promise<void> {
    this.#stop = new AbortController();
    this.fault = null;
    this.isSigning = true;
    const left = this.papers.map((_, index) => index).filter((index) => this.signatures[index] === null);
    if (provider.atOnce) await Promise.all(left.map((index) => this.#signOne(provider, certificate, index)));
    else for (const index of left) if (!this.fault) await this.#signOne(provider, certificate, index);
    this.isSigning = false;
    if (this.signed === this.papers.length) await this.send();
  }

  stop(): void {
    this.#stop.abort();
  }

  /** What is signed goes back; the telephone keeps the rest. */
  async send(): Promise<void> {
    if (!this.#secret) return;
    const signatures = this.signatures.map((signature) => signature && toBase64(signature));
    try {
      await this.needs.answerTo(this.#secret.box, toBase64(await sealed(this.#secret.key, 'answer', { signatures })));
      this.isSent = true;
    } catch (error) {
      this.#fault(error);
    }
  }

  async #signOne(provider: SignProvider, certificate: Certificate | null, index: number): Promise<void> {
    const paper = this.papers[index];
    if (!paper) return;
    try {
      const signature = await provider.sign(paper, certificate, this.#stop.signal);
      this.signatures = this.signatures.map((kept, at) => (at === index ? signature : kept));
    } catch (error) {
      this.#fault(error);
    }
  }

  #fault(error: unknown): void {
    this.fault = error instanceof SignError ? error : new SignError('unknown', String(error));
  }
}

async function read({ key }: Secret, hidden: string): Promise<Letter> {
  try {
    const letter = (await opened(key, 'letter', fromBase64(hidden))) as Letter;
    if (Array.isArray(letter.papers) && letter.papers.length > 0) return letter;
  } catch {
    // another key or changed bytes: said below
  }
  throw new SignError('handoff_damaged');
}
