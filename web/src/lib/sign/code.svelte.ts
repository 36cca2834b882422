/** Signing by a code from an SMS: ask for one over the hashes of the ballots, take it from the person, send the vote with it. */
import { Problem } from '../http';
import type { Settled } from '../live/client';
import { sha256 } from '../meeting/ballot';
import { inChunks, type Casting } from '../meeting/casting.svelte';
import type { Question, Voting } from '../meeting/types';
import type { Prepared } from '../meeting/unsent.svelte';

export type Stage = 'asking' | 'code' | 'sending' | 'failed';

/** Times are the server's, milliseconds. */
export interface SentCode {
  phone: string;
  expires_at_ms: number;
  again_at_ms: number;
}

export interface CodeNeeds {
  casting: Casting;
  /** Only hashes go: what was chosen stays here until the vote is sent. Throws Problem. */
  ask: (voting: number, hashes: string[]) => Promise<SentCode>;
  /** Tell the organizer that somebody is signing. */
  hint: (voting: number, isOn: boolean) => void;
}

export interface Fault {
  code: string;
  left: number | null;
}

/** After these the ballots are as good as before: another code, or the same one typed better, signs them. */
const OF_CODE = new Set(['wrong_code', 'code_expired', 'code_spent', 'code_unknown']);

export class CodeSigning {
  /** Null while no signing step is open. */
  stage: Stage | null = $state(null);
  question: Question | null = $state.raw(null);
  voting: Voting | null = $state.raw(null);
  sent: SentCode | null = $state.raw(null);
  fault: Fault | null = $state.raw(null);
  /** Why no code came. */
  problem: Problem | null = $state.raw(null);
  againAt = $state(0);
  parts: Prepared[][] = $state.raw([]);
  part = $state(0);

  readonly all = $derived.by(() => this.parts.reduce((sum, part) => sum + part.length, 0));

  constructor(private readonly needs: CodeNeeds) {}

  /** Open the step for these creditors' drafts; every part of them has a code of its own. */
  async begin(question: Question, voting: Voting, creditors: string[]): Promise<void> {
    this.question = question;
    this.voting = voting;
    this.parts = inChunks(this.needs.casting.prepare(question, voting, creditors));
    this.part = 0;
    this.needs.hint(voting.voting, true);
    await this.ask();
  }

  /** Have a code sent for the present part. */
  async ask(): Promise<void> {
    const { voting } = this;
    const part = this.parts[this.part];
    if (!voting || !part) return;
    this.stage = 'asking';
    this.fault = this.problem = null;
    try {
      const hashes = await Promise.all(part.map(({ bytes }) => sha256(bytes)));
      if (!hashes.every((hash) => hash !== null)) throw new Problem('no_digest', 0, null);
      this.sent = await this.needs.ask(voting.voting, hashes);
      this.againAt = this.sent.again_at_ms;
      this.#go('code');
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Send the present part under this code; after it comes the next one. */
  async confirm(code: string): Promise<void> {
    const part = this.parts[this.part];
    if (!part) return;
    this.stage = 'sending';
    this.fault = null;
    const answer = await this.needs.casting.confirm(part, code);
    this.fault = faultOf(answer);
    if (this.fault) return this.#go('code');
    if (!answer.ok || this.part + 1 === this.parts.length) return this.close();
    this.part += 1;
    if (this.stage !== null) await this.ask();
  }

  close(): void {
    if (this.voting) this.needs.hint(this.voting.voting, false);
    this.stage = null;
  }

  /** Unless the person has closed the step meanwhile. */
  #go(stage: Stage): void {
    if (this.stage !== null) this.stage = stage;
  }

  #failed(error: unknown): void {
    if (!(error instanceof Problem)) throw error;
    this.problem = error;
    const { again_at_ms: at } = (error.details ?? {}) as { again_at_ms?: number };
    if (at !== undefined) this.againAt = at;
    this.#go(error.code === 'code_too_often' && this.sent ? 'code' : 'failed');
  }
}

/** What was wrong with the code; of several ballots each says the same. */
function faultOf({ ok, code, answer }: Settled): Fault | null {
  if (ok) return null;
  const details = (answer['details'] ?? {}) as { ballots?: Record<string, string | null>; left?: number };
  const own = code === 'ballots_refused' ? (Object.values(details.ballots ?? {}).find((each) => each !== null) ?? null) : code;
  return own !== null && OF_CODE.has(own) ? { code: own, left: details.left ?? null } : null;
}
