/** A small certificate authority of the `openssl` program, for tests: an outside judge of what we make. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { fromBase64, toBase64 } from './base64';
import type { Issued } from './soft';

const USAGE = 'keyUsage=critical,digitalSignature,nonRepudiation';

export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), 'kvorum-sign-'));

  constructor() {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', this.#in('ca.key')];
    this.#openssl('req', '-x509', ...key, '-subj', '/CN=Учебный УЦ', '-utf8', '-days', '30', '-out', this.#in('ca.pem'));
  }

  /** A certificate for the key of the request; the name is ours, as the server's is. */
  issue(csr: string, subject = '/CN=Иванов Иван Иванович', days = 30): Issued {
    writeFileSync(this.#in('request.der'), fromBase64(csr));
    const signed = ['-CA', this.#in('ca.pem'), '-CAkey', this.#in('ca.key'), '-addext', USAGE];
    const named = ['-subj', subject, '-utf8', '-days', String(days)];
    this.#openssl('req', '-x509', '-inform', 'DER', '-in', this.#in('request.der'), ...signed, ...named, '-out', this.#in('leaf.pem'));
    return { certificate: this.#base64('leaf.pem'), chain: [this.#base64('ca.pem')] };
  }

  /** What `openssl cms -verify -cades` says of a detached signature; throws when it says no. */
  verify(bytes: Uint8Array, signature: Uint8Array): string {
    writeFileSync(this.#in('content'), bytes);
    writeFileSync(this.#in('signature'), signature);
    const given = ['-inform', 'DER', '-in', this.#in('signature'), '-content', this.#in('content'), '-binary'];
    return this.#openssl('cms', '-verify', '-cades', ...given, '-CAfile', this.#in('ca.pem'), '-out', this.#in('out'));
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  #base64(file: string): string {
    return toBase64(new Uint8Array(Buffer.from(this.#openssl('x509', '-in', this.#in(file), '-outform', 'PEM').replace(/-----[^-]+-----|\s/g, ''), 'base64')));
  }

  #in(file: string): string {
    return join(this.folder, file);
  }

  #openssl(...args: string[]): string {
    return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }
}
