/** A signature in the cloud: the key lies with an accredited centre, the person confirms on the telephone. A port: no centre is connected yet. */
import { SignError, type Certificate, type Paper, type SignProvider } from './provider';

/** What a centre has to offer; to be filled by its adapter. Not tried against any real centre. */
export interface SigningCentre {
  certificates(): Promise<Certificate[]>;
  /** Begins a signature and names it; the centre asks the person to confirm. */
  begin(bytes: Uint8Array, certificate: Certificate): Promise<string>;
  /** The detached CMS when it is there, null while the person has not confirmed; throws SignError `remote_refused`. */
  result(operation: string): Promise<Uint8Array | null>;
  forget(operation: string): Promise<void>;
}

const ASK_MS = 2_000;
const PATIENCE_MS = 300_000;

export class RemoteSignProvider implements SignProvider {
  readonly way = 'remote_sign';
  readonly atOnce = false;

  constructor(
    private readonly centre: SigningCentre,
    private readonly askMs = ASK_MS,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  async detect(): Promise<void> {
    await this.centre.certificates();
  }

  certificates(): Promise<Certificate[]> {
    return this.centre.certificates();
  }

  async sign({ bytes }: Paper, certificate: Certificate | null, stop: AbortSignal): Promise<Uint8Array> {
    if (!certificate) throw new SignError('certificate_gone');
    const operation = await this.centre.begin(bytes, certificate);
    const until = Date.now() + this.patienceMs;
    while (!stop.aborted && Date.now() < until) {
      const signature = await this.centre.result(operation);
      if (signature) return signature;
      await new Promise((resolve) => setTimeout(resolve, this.askMs));
    }
    await this.centre.forget(operation);
    throw new SignError(stop.aborted ? 'cancelled' : 'remote_late');
  }
}
