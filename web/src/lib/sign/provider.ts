/** What every way of signing offers to the pages; how a way does it stays in its own module. */

export type Way = 'cryptopro' | 'file' | 'handoff' | 'remote_sign' | 'soft';

/** Why a signature did not come about; lib/i18n says each of them in Russian. */
export type SignCode =
  | 'plugin_absent'
  | 'plugin_silent'
  | 'plugin_not_served'
  | 'program_absent'
  | 'no_certificates'
  | 'cancelled'
  | 'wrong_pin'
  | 'pin_locked'
  | 'carrier_away'
  | 'key_away'
  | 'certificate_gone'
  | 'certificate_expired'
  | 'chain_unknown'
  | 'licence'
  | 'not_permitted'
  | 'not_a_signature'
  | 'other_file'
  | 'insecure_page'
  | 'storage_closed'
  | 'handoff_expired'
  | 'handoff_unknown'
  | 'handoff_damaged'
  | 'handoff_taken'
  | 'handoff_too_many'
  | 'remote_refused'
  | 'remote_late'
  | 'server'
  | 'unknown';

export class SignError extends Error {
  constructor(
    readonly code: SignCode,
    /** What the program below said, for support; never shown instead of a sentence. */
    readonly detail: string | null = null,
  ) {
    super(code);
  }
}

export type Trouble = 'expired' | 'not_yet_valid' | 'key_away';

/** A certificate to choose from. All of it is only what the user's own machine says: the server trusts the signature alone. */
export interface Certificate {
  /** By what its way finds it again. */
  id: string;
  /** The person who signs, or the organisation where the certificate names no person. */
  owner: string;
  organization: string | null;
  title: string | null;
  inn: string | null;
  snils: string | null;
  issuer: string;
  notBefore: number;
  notAfter: number;
  trouble: Trouble | null;
}

/** What is signed, with the words to show and the name of its file. */
export interface Paper {
  bytes: Uint8Array;
  title: string;
  file: string;
  /** Take these bytes in place of ours, if they say the same; they were carried away before. */
  adopt?: (bytes: Uint8Array) => boolean;
}

export interface SignProvider {
  readonly way: Way;
  /** All papers may be asked for together: they are one step of the person. Else one after the other. */
  readonly atOnce: boolean;
  /** Ends when the way is known to work here; throws SignError with the reason why not. */
  detect(): Promise<void>;
  /** Empty where there is nothing to choose here: the program that signs asks by itself. */
  certificates(): Promise<Certificate[]>;
  /** The certificate itself (DER), where it can be read: a stamp is drawn of it before the signing. */
  der?(certificate: Certificate): Promise<Uint8Array>;
  /** A detached CMS in DER over exactly these bytes. Throws SignError; `cancelled` also when the signal says so. */
  sign(paper: Paper, certificate: Certificate | null, stop: AbortSignal): Promise<Uint8Array>;
  /** The name of the container of the key, where this way knows one: the server binds its carrier to the person. */
  carrier?(certificate: Certificate): Promise<string | null>;
}

/** What comes first: the promise, the end of the time, or the person's «stop», which leaves the promise to itself. */
export function within<T>(promise: PromiseLike<T>, ms: number, late: SignCode, stop?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new SignError(late)), ms);
    const stopped = (): void => reject(new SignError('cancelled'));
    if (stop?.aborted) stopped();
    stop?.addEventListener('abort', stopped, { once: true });
    Promise.resolve(promise)
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        stop?.removeEventListener('abort', stopped);
      });
  });
}
