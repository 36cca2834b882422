/** Signing by any program: the person takes the exact bytes away as a file and brings a signature back. */
import { SignError, type Certificate, type Paper, type SignProvider } from './provider';
import { MAX_SIGNATURE_BYTES, signatureIn } from './signature_file';

export interface Asked {
  paper: Paper;
  resolve: (signature: Uint8Array) => void;
}

/** A file that could not be used, and why. */
export interface Unfit {
  name: string;
  code: 'not_a_signature' | 'other_file';
}

/** Twice base64, and what a mail program adds. */
const MAX_FILE_BYTES = 2 * MAX_SIGNATURE_BYTES;

export class FileProvider implements SignProvider {
  readonly way = 'file';
  readonly atOnce = true;
  /** What still wants a signature. */
  asked: Asked[] = $state.raw([]);

  async detect(): Promise<void> {}

  async certificates(): Promise<Certificate[]> {
    return [];
  }

  sign(paper: Paper, _certificate: Certificate | null, stop: AbortSignal): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (stop.aborted) return reject(new SignError('cancelled'));
      const asked: Asked = { paper, resolve: (signature) => (this.#done(asked), resolve(signature)) };
      this.asked = [...this.asked, asked];
      const stopped = (): void => (this.#done(asked), reject(new SignError('cancelled')));
      stop.addEventListener('abort', stopped, { once: true });
    });
  }

  /** Signatures find their ballots by name; the ballots' own files may lie among them and are looked at first. */
  async give(files: File[]): Promise<Unfit[]> {
    const unfit: Unfit[] = [];
    for (const file of [...files].sort(ballotsFirst)) {
      const code = await this.#take(file);
      if (code) unfit.push({ name: file.name, code });
    }
    return unfit;
  }

  async #take(file: File): Promise<Unfit['code'] | null> {
    if (file.size > MAX_FILE_BYTES) return 'not_a_signature';
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (this.asked.some(({ paper }) => isSame(paper.bytes, bytes) || paper.adopt?.(bytes))) return null;
    const asked = this.#ofName(file.name);
    if (!asked) return 'other_file';
    try {
      asked.resolve(signatureIn(bytes));
      return null;
    } catch {
      return 'not_a_signature';
    }
  }

  /** «ballot-3-c0001.json.sig» belongs to «ballot-3-c0001.json»; a single ballot takes any name. */
  #ofName(name: string): Asked | null {
    const [only, ...others] = this.asked;
    if (only && others.length === 0) return only;
    return this.asked.find(({ paper }) => name.startsWith(stem(paper.file) + '.') || name.startsWith(stem(paper.file) + ' ')) ?? null;
  }

  #done(asked: Asked): void {
    this.asked = this.asked.filter((one) => one !== asked);
  }
}

function ballotsFirst(a: File, b: File): number {
  return Number(b.name.endsWith('.json')) - Number(a.name.endsWith('.json'));
}

function stem(file: string): string {
  return file.replace(/\.[^.]*$/, '');
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
