/** A sole signer's minutes: the chosen certificate's stamp is drawn by the server, those very bytes are signed and issued. */
import { post, postForFile } from '../lib/http';
import type { MinutesFile } from '../lib/meeting/types';
import { SignError, type Certificate, type SignProvider, type Way } from '../lib/sign/provider';

export interface StampingNeeds {
  /** Of the minutes in the API, and the query that names the person. */
  base: string;
  query: URLSearchParams;
  provider: (way: Way) => Promise<SignProvider>;
  title: string;
}

export class Stamping {
  stage: 'way' | 'looking' | 'certificate' | 'signing' = $state('way');
  certificates: Certificate[] = $state.raw([]);
  certificate: Certificate | null = $state.raw(null);

  #provider: SignProvider | null = null;
  #stop = new AbortController();

  constructor(private readonly needs: StampingNeeds) {}

  /** Throws SignError. */
  async look(way: Way): Promise<void> {
    this.stage = 'looking';
    try {
      this.#provider = await this.needs.provider(way);
      await this.#provider.detect();
      this.certificates = await this.#provider.certificates();
      if (this.certificates.length === 0) throw new SignError('no_certificates');
      const usable = this.certificates.filter(({ trouble }) => trouble === null);
      this.certificate = usable.length === 1 ? (usable[0] ?? null) : null;
      this.stage = 'certificate';
    } catch (error) {
      this.stage = 'way';
      throw error;
    }
  }

  /** The file as it is going to look, with the watermark. Throws SignError, Problem. */
  async preview(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#drawn({ preview: 'true' });
  }

  /** Throws SignError, Problem; then nothing has been issued. */
  async sign(): Promise<MinutesFile['signatures'][number]> {
    this.stage = 'signing';
    this.#stop = new AbortController();
    try {
      const bytes = await this.#drawn();
      const paper = { bytes, title: this.needs.title, file: 'minutes.pdf' };
      const { provider, certificate } = this.#chosen();
      const signature = await provider.sign(paper, certificate, this.#stop.signal);
      return await post(`${this.needs.base}/stamped/signature?${this.needs.query}`, file(signature));
    } finally {
      this.stage = 'certificate';
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  otherWay(): void {
    this.stop();
    this.stage = 'way';
  }

  async #drawn(more: Record<string, string> = {}): Promise<Uint8Array<ArrayBuffer>> {
    const { provider, certificate } = this.#chosen();
    if (!provider.der) throw new SignError('certificate_gone');
    const query = new URLSearchParams([...this.needs.query, ...Object.entries(more)]);
    return postForFile(`${this.needs.base}/stamped?${query}`, file(await provider.der(certificate)));
  }

  #chosen(): { provider: SignProvider; certificate: Certificate } {
    if (!this.#provider || !this.certificate) throw new SignError('certificate_gone');
    return { provider: this.#provider, certificate: this.certificate };
  }
}

function file(bytes: Uint8Array): FormData {
  const form = new FormData();
  form.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>]));
  return form;
}
