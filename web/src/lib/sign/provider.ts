/** What every way of signing offers to the pages; how a way does it stays in its own module. */

export type Way = 'cryptopro' | 'file' | 'handoff' | 'remote_sign' | 'soft';

/** Why a signature did not come about; lib/i18n says each of them in Russian. */
export type SignCode =
  | 'plugin_absent'
  | 'plugin_silent'
  | 'plugin_not_served'
  | 'no_certificates'
  | 'cancelled'
  | 'wrong_pin'
  | 'pin_locked'
  | 'carrier_away'
  | 'certificate_gone'
  | 'certificate_expired'
  | 'key_away'
  | 'licence'
  | 'not_permitted'
  | 'not_a_signature'
  | 'other_ballot'
  | 'file_too_large'
  | 'insecure_page'
  | 'storage_closed'
  | 'demo_only'
  | 'box_expired'
  | 'box_unknown'
  | 'box_wrong_code'
  | 'remote_refused'
  | 'remote_late'
  | 'no_connection'
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
  /** The key's container as the plug-in names it (B-SIG-02); null where there is no such thing. */
  carrier: string | null;
  trouble: Trouble | null;
}

/** What is signed, with the words to show and the name of its file. */
export interface Paper {
  bytes: Uint8Array;
  title: string;
  file: string;
}

export interface SignProvider {
  readonly way: Way;
  /** Ends when the way is known to work here; throws SignError with the reason why not. */
  detect(): Promise<void>;
  /** Empty where there is nothing to choose: the certificate is in the program that signs. */
  certificates(): Promise<Certificate[]>;
  /** A detached CMS in DER over exactly these bytes. Throws SignError; `cancelled` when the signal says so too. */
  sign(paper: Paper, certificate: Certificate | null, stop: AbortSignal): Promise<Uint8Array>;
}

/** Throws `cancelled` instead of whatever the aborted operation says. */
export function throwIfStopped(stop: AbortSignal): void {
  if (stop.aborted) throw new SignError('cancelled');
}
