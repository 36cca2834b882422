/** Signing on the person's computer what was chosen on his telephone: the bytes go and the signatures come through a box of ciphertext. */
import { fromBase64, toBase64 } from './base64';
import { newCode, opened, sealed, secretOf, type Secret } from './handoff_code';
import { SignError, type Certificate, type Paper, type SignProvider } from './provider';
import { signatureIn } from './signature_file';

/** The server's boxes, see app/signatures/handoff_api.py. */
export interface Mailbox {
  put(box: string, letter: string): Promise<{ expires_at_ms: number }>;
  /** Null while the computer has not answered; throws SignError when the box is gone. */
  answer(box: string): Promise<string | null>;
  remove(box: string): Promise<void>;
}

export interface HandoffNeeds {
  mailbox: Mailbox;
  /** Whom and what it is about, for the page on the computer. */
  about: () => string;
  now: () => number;
  askMs?: number;
}

/** What travels to the computer, before encryption. */
export interface Letter {
  about: string;
  papers: { title: string; file: string; bytes: string }[];
}

/** Base64 signatures in the order of the letter's papers; null for those that were not signed. */
export interface Reply {
  signatures: (string | null)[];
}

interface Asked {
  paper: Paper;
  resolve: (signature: Uint8Array) => void;
  reject: (error: SignError) => void;
}

const ASK_MS = 1_500;
/** A letter is 96 KiB at most. */
const MAX_PAPERS = 64;

export class HandoffProvider implements SignProvider {
  readonly way = 'handoff';
  readonly atOnce = true;
  /** What the person types on the computer; null until the box is filled. */
  code: string | null = $state(null);
  expiresAt: number | null = $state(null);
  #asked: Asked[] = [];

  constructor(private readonly needs: HandoffNeeds) {}

  async detect(): Promise<void> {
    if (!globalThis.crypto?.subtle) throw new SignError('insecure_page');
  }

  async certificates(): Promise<Certificate[]> {
    return [];
  }

  /** All papers asked for in one go travel in one letter. */
  sign(paper: Paper, _certificate: Certificate | null, stop: AbortSignal): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ paper, resolve, reject });
      if (this.#asked.length === 1) queueMicrotask(() => void this.#exchange(stop));
    });
  }

  async #exchange(stop: AbortSignal): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    const code = newCode();
    let box: string | null = null;
    try {
      if (asked.length > MAX_PAPERS) throw new SignError('handoff_too_many');
      const secret = await secretOf(code);
      box = secret.box;
      await this.#send(secret, asked);
      this.code = code;
      this.#settle(asked, await this.#reply(secret, stop));
    } catch (error) {
      const reason = error instanceof SignError ? error : new SignError('server', String(error));
      for (const { reject } of asked) reject(reason);
    } finally {
      this.code = this.expiresAt = null;
      if (box) void this.needs.mailbox.remove(box).catch(() => {}); // it ends by itself in ten minutes
    }
  }

  async #send({ box, key }: Secret, asked: Asked[]): Promise<void> {
    const papers = asked.map(({ paper: { title, file, bytes } }) => ({ title, file, bytes: toBase64(bytes) }));
    const letter: Letter = { about: this.needs.about(), papers };
    this.expiresAt = (await this.needs.mailbox.put(box, toBase64(await sealed(key, 'letter', letter)))).expires_at_ms;
  }

  async #reply({ box, key }: Secret, stop: AbortSignal): Promise<Reply> {
    while (!stop.aborted) {
      if (this.expiresAt !== null && this.needs.now() > this.expiresAt) throw new SignError('handoff_expired');
      const answer = await this.needs.mailbox.answer(box).catch(orLater);
      if (answer !== null) return replyIn(key, answer);
      await pause(this.needs.askMs ?? ASK_MS, stop);
    }
    throw new SignError('cancelled');
  }

  #settle(asked: Asked[], { signatures }: Reply): void {
    asked.forEach(({ resolve, reject }, index) => {
      const signature = signatures[index];
      if (typeof signature !== 'string') return reject(new SignError('cancelled'));
      try {
        resolve(signatureIn(fromBase64(signature)));
      } catch {
        reject(new SignError('not_a_signature'));
      }
    });
  }
}

/** A line that is lost for a moment does not end a handoff. */
function orLater(error: unknown): null {
  if (error instanceof SignError && error.code === 'server') return null;
  throw error;
}

async function replyIn(key: CryptoKey, answer: string): Promise<Reply> {
  try {
    const reply = (await opened(key, 'answer', fromBase64(answer))) as Reply;
    if (Array.isArray(reply.signatures)) return reply;
  } catch {
    // another key or changed bytes: said below
  }
  throw new SignError('handoff_damaged');
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stop.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
