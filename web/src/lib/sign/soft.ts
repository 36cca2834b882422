/** A demonstration signature by the browser itself: a key that never leaves it and a certificate of the server's demo CA. */
import { fromBase64, toBase64 } from './base64';
import { SignError, type Certificate, type Paper, type SignProvider } from './provider';
import type { Safe } from './safe';

/** What is kept in the browser's database: WebCrypto lets the private key be used, never read. */
export interface SoftKey {
  keys: CryptoKeyPair;
  /** DER, its own first. */
  certificates: Uint8Array[];
}

export interface Issued {
  certificate: string;
  chain: string[];
}

export interface SoftNeeds {
  safe: Safe<SoftKey>;
  /** Base64 of a certification request → what the demo CA issued; throws Problem. */
  issue: (csr: string) => Promise<Issued>;
  /** Server time: a signature must not come from the future. */
  now: () => number;
}

export class SoftProvider implements SignProvider {
  readonly way = 'soft';
  readonly atOnce = false;
  #key: SoftKey | null = null;

  constructor(private readonly needs: SoftNeeds) {}

  async detect(): Promise<void> {
    if (!globalThis.crypto?.subtle) throw new SignError('insecure_page');
  }

  async certificates(): Promise<Certificate[]> {
    return [await this.#certificate(await this.#keyAtHand())];
  }

  async der(): Promise<Uint8Array> {
    return (await this.#keyAtHand()).certificates[0] ?? new Uint8Array();
  }

  async sign({ bytes }: Paper, _certificate: Certificate | null, stop: AbortSignal): Promise<Uint8Array> {
    const { keys, certificates } = await this.#keyAtHand();
    if (stop.aborted) throw new SignError('cancelled');
    const { signDetached } = await import('./cms');
    return signDetached(bytes, { key: keys.privateKey, certificates }, this.needs.now());
  }

  /** Kept from before while its certificate is valid; else a new key with a new certificate. */
  async #keyAtHand(): Promise<SoftKey> {
    this.#key ??= (await this.needs.safe.read()) ?? null;
    if (this.#key && (await this.#certificate(this.#key)).notAfter > this.needs.now()) return this.#key;
    this.#key = await this.#newKey();
    await this.needs.safe.write(this.#key);
    return this.#key;
  }

  async #newKey(): Promise<SoftKey> {
    const { KEY, requestFor } = await import('./cms');
    const keys = await crypto.subtle.generateKey(KEY, false, ['sign', 'verify']);
    const { certificate, chain } = await this.needs.issue(toBase64(await requestFor(keys)));
    return { keys, certificates: [certificate, ...chain].map(fromBase64) };
  }

  async #certificate({ certificates }: SoftKey): Promise<Certificate> {
    const { factsOf } = await import('./cms');
    const { certificateFrom } = await import('./names');
    return certificateFrom('soft', factsOf(certificates[0] ?? new Uint8Array()), this.needs.now());
  }
}
