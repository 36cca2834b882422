/** One signing step: which way, which certificate, n of N, what failed and is tried again; the ballots go when all are signed. */
import type { Casting } from '../meeting/casting.svelte';
import type { Question, Voting } from '../meeting/types';
import type { Prepared } from '../meeting/unsent.svelte';
import { SignError, type Certificate, type Paper, type SignCode, type SignProvider, type Way } from './provider';
import type { Remembered } from './remembered';

export type Stage = 'way' | 'looking' | 'certificate' | 'signing' | 'halted';

export interface SigningNeeds {
  casting: Casting;
  /** The provider of a way, the same one for the whole visit. */
  provider: (way: Way) => Promise<SignProvider>;
  remembered: Remembered;
  /** Tell the organizer that somebody is signing, before the provider is called. */
  hint: (voting: number, isOn: boolean) => void;
  /** A new test ballot, and where it goes when it is signed. */
  trial: () => Prepared;
  tried: (trial: Prepared, way: Way) => Promise<void>;
  /** What stands above a ballot of this creditor, and the name of its file. */
  titles: (prepared: Prepared) => { title: string; file: string };
}

export interface Failed {
  creditor: string;
  code: SignCode;
  detail: string | null;
}

/** After these no other ballot would fare better. */
const STOPS_ALL = new Set<SignCode>([
  'cancelled', 'wrong_pin', 'pin_locked', 'carrier_away', 'key_away', 'certificate_gone', 'certificate_expired', 'chain_unknown', 'licence', 'not_permitted', 'plugin_absent', 'plugin_silent', 'program_absent', 'insecure_page', 'storage_closed', 'handoff_expired', 'handoff_too_many', 'remote_refused', 'remote_late', 'server',
]);

/** What the server takes (`SignedBallot.carrier`). */
const LONGEST_CARRIER = 400;

export class Signing {
  /** Null while no signing step is open. */
  stage: Stage | null = $state(null);
  way: Way | null = $state(null);
  certificates: Certificate[] = $state.raw([]);
  certificate: Certificate | null = $state.raw(null);
  ballots: Prepared[] = $state.raw([]);
  failed: Failed[] = $state.raw([]);
  /** Why a way or its certificates cannot be had. */
  fault: SignError | null = $state.raw(null);
  provider: SignProvider | null = $state.raw(null);
  /** Since when the provider has been asked for the present signature; ms of this machine. */
  askedAt: number | null = $state(null);
  voting: Voting | null = $state.raw(null);
  question: Question | null = $state.raw(null);

  readonly signed = $derived.by(() => this.ballots.filter(({ signature }) => signature !== null).length);

  #stop = new AbortController();
  /** Asked for once a step, after its first signature. */
  #carrier: Promise<string | null> | null = null;

  constructor(private readonly needs: SigningNeeds) {}

  /** Open the step for these creditors' drafts; what was chosen last time stands chosen, not signed. */
  async begin(question: Question, voting: Voting, creditors: string[]): Promise<void> {
    this.question = question;
    this.voting = voting;
    this.ballots = this.needs.casting.prepare(question, voting, creditors);
    if (this.ballots.every(({ signature }) => signature !== null)) return this.send();
    await this.#open();
  }

  /** The same step over a test ballot, before the meeting: it is sent as a trial and counts for nothing. */
  async tryOut(): Promise<void> {
    this.question = this.voting = null;
    this.ballots = [this.needs.trial()];
    this.stage = 'way';
    this.failed = [];
    this.fault = null;
  }

  get isTrial(): boolean {
    return this.voting === null;
  }

  async #open(): Promise<void> {
    this.failed = [];
    this.fault = null;
    const way = this.needs.remembered.way;
    if (way) await this.choose(way);
    else this.stage = 'way';
  }

  /** Take this way: find whether it works here, and what it has to choose from. */
  async choose(way: Way): Promise<void> {
    this.#renewStop();
    this.way = way;
    this.stage = 'looking';
    this.fault = null;
    this.certificate = null;
    try {
      const provider = await this.needs.provider(way);
      const certificates = await this.look(way);
      if (this.stage !== 'looking' || this.way !== way) return; // the person went on meanwhile
      this.provider = provider;
      this.#offer(certificates);
    } catch (error) {
      if (this.stage === 'looking' && this.way === way) this.#fault(error);
    }
  }

  /** What a way has to choose from, also before any voting. Throws SignError. */
  async look(way: Way): Promise<Certificate[]> {
    const provider = await this.needs.provider(way);
    await provider.detect();
    return provider.certificates();
  }

  /** The one of last time, or the only one that can be used. */
  preferred(certificates: Certificate[]): Certificate | null {
    const usable = certificates.filter(({ trouble }) => trouble === null);
    const [only, ...others] = usable;
    return usable.find(({ id }) => id === this.needs.remembered.certificate) ?? (others.length === 0 ? (only ?? null) : null);
  }

  remember(way: Way, certificate: Certificate | null): void {
    this.needs.remembered.keep(way, certificate);
  }

  /** Sign all that has no signature yet; then everything goes. */
  async sign(certificate: Certificate | null): Promise<void> {
    const { provider } = this;
    if (!provider) return;
    this.certificate = certificate;
    this.remember(provider.way, certificate);
    this.#renewStop();
    this.#carrier = null;
    this.failed = [];
    this.stage = 'signing';
    this.#hint(true);
    await this.#signAll(provider);
    this.#hint(false);
    this.askedAt = null;
    if (this.stage !== 'signing') return; // closed meanwhile
    if (this.signed === this.ballots.length) await this.send();
    else this.stage = 'halted';
  }

  retry(): Promise<void> {
    return this.sign(this.certificate);
  }

  /** What is signed goes; the others stay with their drafts. */
  async send(): Promise<void> {
    const signed = this.ballots.filter(({ signature }) => signature !== null);
    this.close();
    const [trial] = signed;
    if (!this.isTrial) await this.needs.casting.send(signed);
    else if (trial && this.way) await this.needs.tried(trial, this.way);
  }

  /** Stop after the present ballot; what is signed stays so. */
  stop(): void {
    this.#stop.abort();
  }

  otherWay(): void {
    this.stop();
    this.fault = null;
    this.stage = 'way';
  }

  close(): void {
    this.stop();
    this.stage = null;
    this.fault = null;
  }

  #hint(isOn: boolean): void {
    if (this.voting) this.needs.hint(this.voting.voting, isOn);
  }

  #offer(certificates: Certificate[]): void {
    this.certificates = certificates;
    this.certificate = this.preferred(certificates);
    if (this.provider?.atOnce) void this.sign(null);
    else if (certificates.length === 0) this.#fault(new SignError('no_certificates'));
    else this.stage = 'certificate';
  }

  #fault(error: unknown): void {
    this.fault = error instanceof SignError ? error : new SignError('unknown', String(error));
    this.stage = 'way';
  }

  async #signAll(provider: SignProvider): Promise<void> {
    const left = this.ballots.filter(({ signature }) => signature === null);
    if (provider.atOnce) await Promise.all(left.map((one) => this.#signOne(provider, one)));
    else for (const one of left) if (!this.#mustStop()) await this.#signOne(provider, one);
  }

  #mustStop(): boolean {
    return this.#stop.signal.aborted || this.failed.some(({ code }) => STOPS_ALL.has(code));
  }

  async #signOne(provider: SignProvider, one: Prepared): Promise<void> {
    this.askedAt = Date.now();
    const asked = this.#paper(one);
    try {
      const signature = await provider.sign(asked.paper, this.certificate, this.#stop.signal);
      const carrier = await (this.#carrier ??= carrierOf(provider, this.certificate));
      const signed = asked.prepared();
      this.#put(this.isTrial ? { ...signed, signature, carrier } : this.needs.casting.unsent.keepSignature(signed, signature, carrier));
    } catch (error) {
      const { code, detail } = error instanceof SignError ? error : new SignError('unknown', String(error));
      this.failed = [...this.failed, { creditor: one.creditor, code, detail }];
    }
  }

  /** The ballot as something to sign; other bytes may take its place while it waits. */
  #paper(one: Prepared): { paper: Paper; prepared: () => Prepared } {
    let prepared = one;
    const paper: Paper = { ...this.needs.titles(one), bytes: one.bytes };
    paper.adopt = (bytes) => {
      if (!this.question || !this.voting) return false;
      const adopted = this.needs.casting.adopt(this.question, this.voting, prepared, bytes);
      if (adopted) [prepared, paper.bytes] = [adopted, adopted.bytes];
      return adopted !== null;
    };
    return { paper, prepared: () => prepared };
  }

  #put(signed: Prepared): void {
    this.ballots = this.ballots.map((one) => (one.creditor === signed.creditor ? signed : one));
  }

  #renewStop(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
  }
}

/** What the plug-in tells of it; a carrier that cannot be told stops no vote. */
async function carrierOf(provider: SignProvider, certificate: Certificate | null): Promise<string | null> {
  if (!certificate) return null;
  const named = await provider.carrier?.(certificate).catch(() => null);
  return named?.slice(0, LONGEST_CARRIER) ?? null;
}
