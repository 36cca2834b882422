/** Drafts, sent ballots and receipts of one person: what was typed survives pushes and reloads. */
import type { Settled } from '../live/client';
import type { Keeper, Progress } from '../live/outbox';
import { ballotContent, canonicalBytes, newNonce, sha256, type Mark } from './ballot';
import { given } from './cumulative';
import type { MeetingModel } from './meeting.svelte';
import type { BallotContent, Distribution, MyBallot, Question, Receipt, Voting } from './types';
import { Unsent, type Prepared } from './unsent.svelte';

export interface Draft {
  choices: string[];
  distribution: Distribution;
}

/** What this browser remembers of an accepted ballot. */
export interface Kept {
  mark: Mark;
  sha256: string | null;
  receipt: Receipt | null;
  at: number;
}

/** What a page does when the person has confirmed: sends at once, or has it signed first. */
export type Cast = (question: Question, voting: Voting, creditors: string[]) => Promise<void>;

export type Standing =
  | { kind: 'free' }
  | { kind: Progress }
  | { kind: 'refused'; code: string | null }
  | { kind: 'accepted'; kept: Kept | null; ballot: MyBallot | null };

interface Note {
  voting: number;
  marks: Record<string, Mark>;
  prints: Record<string, string | null>;
}

const CHUNK = 32;
/** Of ballots and signatures in one command: over 64 KiB a frame is not taken. */
const CHUNK_BYTES = 48_000;
const EMPTY: Draft = { choices: [], distribution: {} };

export class Casting {
  drafts: Record<string, Draft> = $state.raw({});
  kept: Record<string, Kept> = $state.raw({});
  refused: Record<string, string | null> = $state.raw({});
  /** Ballots that wait for their signatures, or for the answer to them. */
  readonly unsent: Unsent;

  constructor(
    private readonly model: MeetingModel,
    private readonly meeting: string,
    private readonly keeper: Keeper,
    private readonly key: string,
  ) {
    this.drafts = this.#read('drafts', {});
    this.kept = this.#read('kept', {});
    this.unsent = new Unsent(keeper, `${key}/unsent`);
    model.topic.onSettled((settled) => this.#settled(settled));
  }

  draft(voting: number, creditor: string): Draft {
    return this.drafts[place(voting, creditor)] ?? EMPTY;
  }

  setDraft(voting: number, creditor: string, draft: Draft): void {
    this.drafts = { ...this.drafts, [place(voting, creditor)]: draft };
    this.#write('drafts', this.drafts);
    const { [place(voting, creditor)]: _gone, ...rest } = this.refused;
    this.refused = rest;
  }

  isAnswered(question: Question, voting: number, creditor: string): boolean {
    const draft = this.draft(voting, creditor);
    if (question.kind === 'cumulative') return Object.keys(given(draft.distribution)).length > 0;
    return draft.choices.length > 0;
  }

  standing(voting: number, creditor: string): Standing {
    const ballot = this.model.ballot(voting, creditor) ?? null;
    const kept = this.kept[place(voting, creditor)] ?? null;
    if (ballot && !ballot.annulled) return { kind: 'accepted', kept, ballot };
    const progress = this.#progress(voting, creditor);
    if (progress) return { kind: progress };
    if (kept && !isOf(kept, ballot)) return { kind: 'accepted', kept, ballot: null };
    const code = this.refused[place(voting, creditor)];
    return code === undefined ? { kind: 'free' } : { kind: 'refused', code };
  }

  /** Send the drafts of these creditors without signatures, for a meeting whose policy asks for none. */
  async cast(question: Question, voting: Voting, creditors: string[]): Promise<void> {
    const made = this.#marked(question, voting, creditors).map(([creditor, mark, contentOf]) => {
      return { voting: voting.voting, creditor, mark, bytes: canonicalBytes(contentOf(newNonce())), signature: null, carrier: null };
    });
    await this.send(made);
  }

  /** The ballots to sign; one that was made before and says the same keeps its bytes and its signature. */
  prepare(question: Question, voting: Voting, creditors: string[]): Prepared[] {
    return this.#marked(question, voting, creditors).map(([, mark, contentOf]) => this.unsent.prepare(mark, contentOf));
  }

  /** These bytes instead, if they are the same ballot with another nonce. */
  adopt(question: Question, voting: Voting, prepared: Prepared, bytes: Uint8Array): Prepared | null {
    const [marked] = this.#marked(question, voting, [prepared.creditor]);
    return marked ? this.unsent.adopt(prepared, bytes, marked[2]) : null;
  }

  /** Send ballots of one voting, at most 32 to a command; each command is accepted or refused as one. */
  async send(prepared: Prepared[]): Promise<void> {
    for (const chunk of inChunks(prepared)) void this.#command(chunk, await noteOf(chunk));
  }

  /** Send these ballots, signed together by a code from an SMS. */
  async confirm(prepared: Prepared[], code: string): Promise<Settled> {
    return this.#command(prepared, await noteOf(prepared), code);
  }

  /** Nothing of the person's choices stays in this browser. */
  forget(): void {
    this.drafts = {};
    this.kept = {};
    this.keeper.removeItem(`${this.key}/drafts`);
    this.keeper.removeItem(`${this.key}/kept`);
    this.unsent.forget();
  }

  #command(chunk: Prepared[], note: Note, code: string | null = null): Promise<Settled> {
    const ballots = chunk.map(({ bytes, signature, carrier }) => ({ bytes, signature, carrier }));
    return this.model.topic.client.command('cast', { voting: note.voting, ballots, code }, note);
  }

  /** What each creditor's draft says, and the ballot of it but for the nonce. */
  #marked(question: Question, voting: Voting, creditors: string[]): [string, Mark, (nonce: string) => BallotContent][] {
    return creditors.flatMap((creditor) => {
      const right = this.model.right(voting.voting, creditor);
      if (!right) return [];
      const mark = markOf(question, this.draft(voting.voting, creditor));
      return [[creditor, mark, (nonce: string) => ballotContent(this.meeting, question, voting, right, mark, nonce)]];
    });
  }

  #progress(voting: number, creditor: string): Progress | null {
    const entry = this.model.topic.unsettled.find(({ op, note }) => {
      const of = note as Note | null;
      return op === 'cast' && of?.voting === voting && creditor in of.marks;
    });
    return entry?.progress ?? null;
  }

  #settled({ op, note, ok, code, answer }: Settled): void {
    if (op !== 'cast') return;
    const of = note as Note;
    const creditors = Object.keys(of.marks);
    if (ok) return this.#keep(of, creditors, (answer['receipt'] ?? null) as Receipt | null);
    const details = (answer['details'] ?? {}) as { ballots?: Record<string, string | null>; verdict?: string; carrier?: string };
    const own = [code, details.verdict, details.carrier].filter(Boolean).join('/') || null;
    for (const creditor of creditors)
      if (!details.ballots || details.ballots[creditor]) this.unsent.dropSignature(of.voting, creditor);
    const refused = creditors.map((creditor) => [place(of.voting, creditor), details.ballots?.[creditor] ?? own]);
    this.refused = { ...this.refused, ...Object.fromEntries(refused) };
  }

  #keep(of: Note, creditors: string[], receipt: Receipt | null): void {
    const at = this.model.topic.client.clock.now();
    const kept = { ...this.kept };
    const drafts = { ...this.drafts };
    for (const creditor of creditors) {
      const mark = of.marks[creditor] ?? { choices: null, distribution: null };
      kept[place(of.voting, creditor)] = { mark, sha256: of.prints[creditor] ?? null, receipt, at };
      delete drafts[place(of.voting, creditor)];
    }
    this.kept = kept;
    this.drafts = drafts;
    this.unsent.remove(of.voting, creditors);
    this.#write('kept', kept);
    this.#write('drafts', drafts);
  }

  #read<T>(what: string, fallback: T): T {
    try {
      return JSON.parse(this.keeper.getItem(`${this.key}/${what}`) ?? 'null') ?? fallback;
    } catch {
      return fallback; // written by hand or by another version
    }
  }

  #write(what: string, value: unknown): void {
    try {
      this.keeper.setItem(`${this.key}/${what}`, JSON.stringify(value));
    } catch {
      // storage is full or switched off: the page still works, only a reload would forget
    }
  }
}

export function markOf(question: Question, draft: Draft): Mark {
  if (question.kind === 'cumulative') return { choices: null, distribution: given(draft.distribution) };
  return { choices: draft.choices, distribution: null };
}

async function noteOf(chunk: Prepared[]): Promise<Note> {
  const note: Note = { voting: chunk[0]?.voting ?? 0, marks: {}, prints: {} };
  for (const { creditor, mark, bytes } of chunk) {
    note.marks[creditor] = mark;
    note.prints[creditor] = await sha256(bytes);
  }
  return note;
}

export function inChunks(prepared: Prepared[]): Prepared[][] {
  const chunks: Prepared[][] = [];
  let size = 0;
  for (const one of prepared) {
    const last = chunks.at(-1);
    size += one.bytes.length + (one.signature?.length ?? 0);
    if (last && last.length < CHUNK && size <= CHUNK_BYTES) last.push(one);
    else {
      chunks.push([one]);
      size = one.bytes.length + (one.signature?.length ?? 0);
    }
  }
  return chunks;
}

/** Is what we keep the ballot that was annulled? A newer one may have been accepted meanwhile. */
function isOf(kept: Kept, annulled: MyBallot | null): boolean {
  return annulled !== null && annulled.receipt?.pos === kept.receipt?.pos;
}

function place(voting: number, creditor: string): string {
  return `${voting}/${creditor}`;
}
