/** Drafts, sent ballots and receipts of one person: what was typed survives pushes and reloads. */
import type { Settled } from '../live/client';
import type { Keeper, Progress } from '../live/outbox';
import { ballotContent, canonicalBytes, newNonce, sha256, type Mark } from './ballot';
import { given } from './cumulative';
import type { MeetingModel } from './meeting.svelte';
import type { Distribution, MyBallot, Question, Receipt, Voting } from './types';

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
const EMPTY: Draft = { choices: [], distribution: {} };

export class Casting {
  drafts: Record<string, Draft> = $state.raw({});
  kept: Record<string, Kept> = $state.raw({});
  refused: Record<string, string | null> = $state.raw({});

  constructor(
    private readonly model: MeetingModel,
    private readonly meeting: string,
    private readonly keeper: Keeper,
    private readonly key: string,
  ) {
    this.drafts = this.#read('drafts', {});
    this.kept = this.#read('kept', {});
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

  /** Send the drafts of these creditors, 32 to a command; each command is accepted or refused as one. */
  async cast(question: Question, voting: Voting, creditors: string[]): Promise<void> {
    for (let start = 0; start < creditors.length; start += CHUNK)
      await this.#castChunk(question, voting, creditors.slice(start, start + CHUNK));
  }

  /** Nothing of the person's choices stays in this browser. */
  forget(): void {
    this.drafts = {};
    this.kept = {};
    this.keeper.removeItem(`${this.key}/drafts`);
    this.keeper.removeItem(`${this.key}/kept`);
  }

  async #castChunk(question: Question, voting: Voting, creditors: string[]): Promise<void> {
    const note: Note = { voting: voting.voting, marks: {}, prints: {} };
    const ballots: { bytes: Uint8Array; signature: null }[] = [];
    for (const creditor of creditors) {
      const right = this.model.right(voting.voting, creditor);
      if (!right) continue;
      const mark = markOf(question, this.draft(voting.voting, creditor));
      const bytes = canonicalBytes(ballotContent(this.meeting, question, voting, right, mark, newNonce()));
      note.marks[creditor] = mark;
      note.prints[creditor] = await sha256(bytes);
      ballots.push({ bytes, signature: null });
    }
    if (ballots.length === 0) return;
    void this.model.topic.client.command('cast', { voting: voting.voting, ballots }, note);
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
    const details = (answer['details'] ?? {}) as { ballots?: Record<string, string | null> };
    const refused = creditors.map((creditor) => [place(of.voting, creditor), details.ballots?.[creditor] ?? code]);
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

/** Is what we keep the ballot that was annulled? A newer one may have been accepted meanwhile. */
function isOf(kept: Kept, annulled: MyBallot | null): boolean {
  return annulled !== null && annulled.receipt?.pos === kept.receipt?.pos;
}

function place(voting: number, creditor: string): string {
  return `${voting}/${creditor}`;
}
