/** A meeting as its pages read it: typed values of the view map, never a rule of the law. */
import { MOSCOW } from '../i18n/when';
import type { Settled } from '../live/client';
import type { Topic } from '../live/topic.svelte';
import type {
  Alarm,
  Attendance,
  Body,
  Creditor,
  Damaged,
  Deferred,
  Doubts,
  Meeting,
  Missed,
  MyBallot,
  MyCreditor,
  MyReadiness,
  NextStep,
  Op,
  Person,
  Phone,
  Question,
  Quorum,
  ReadinessView,
  Result,
  Revoked,
  Right,
  Voting,
} from './types';

const UNFINISHED = new Set<Voting['state']>(['open', 'stopped', 'closed']);

export interface AgendaLine {
  question: Question;
  depth: number;
}

export class MeetingModel {
  constructor(readonly topic: Topic) {}

  readonly meeting = $derived.by(() => this.#get<Meeting>('meeting'));
  readonly attendance = $derived.by(() => this.#get<Attendance>('attendance'));
  readonly next = $derived.by(() => this.#get<NextStep>('next'));
  readonly alarm = $derived.by(() => this.#get<Alarm>('alarm'));
  readonly doubts = $derived.by(() => this.#get<Doubts>('doubts'));
  readonly damaged = $derived.by(() => this.#get<Damaged>('damaged'));
  readonly deferred = $derived.by(() => this.#get<Deferred>('deferred'));
  readonly revoked = $derived.by(() => this.#get<Revoked>('revoked'));
  readonly readiness = $derived.by(() => this.#get<ReadinessView>('readiness'));
  readonly myReadiness = $derived.by(() => this.topic.me.get('readiness') as MyReadiness | undefined);
  readonly person = $derived.by(() => this.topic.me.get('person') as Person | undefined);

  readonly agenda: AgendaLine[] = $derived.by(() => {
    const ids = this.#get<string[]>('agenda') ?? [];
    const questions = ids.map((id) => this.question(id)).filter((question) => question !== undefined);
    return questions.map((question) => ({ question, depth: this.#depth(question) }));
  });

  readonly votings: Voting[] = $derived.by(() => this.#all<Voting>('voting/').sort((a, b) => a.voting - b.voting));
  /** Open ones, and those that are being closed and counted. */
  readonly running: Voting[] = $derived.by(() => this.votings.filter(({ state }) => UNFINISHED.has(state)));
  /** Whose quorum every page shows: of the question that is being voted on, its electorate is its own; else the meeting's. */
  readonly quorumQuestion = $derived.by(() => {
    const question = this.question(this.running.at(-1)?.question ?? '');
    return this.quorumOf(question) ? question : undefined;
  });
  /** The meeting's is the best among the questions that may be put now. */
  readonly quorum = $derived.by(() => this.quorumOf(this.quorumQuestion) ?? this.#quorum(this.attendance?.electorate));
  /** Do questions that may still be put differ in who votes? */
  readonly hasElectorates = $derived.by(() => this.#all<Quorum>('quorum/').length > 1);
  readonly results: Result[] = $derived.by(() =>
    this.#all<Result>('result/').sort((a, b) => b.counted_at_ms - a.counted_at_ms),
  );
  readonly missed: Missed[] = $derived.by(() => this.#all<Missed>('missed/'));
  readonly creditors: Creditor[] = $derived.by(() =>
    this.#all<Creditor>('creditor/').sort((a, b) => (BigInt(b.weight_kopecks) > BigInt(a.weight_kopecks) ? 1 : -1)),
  );
  readonly phones: Phone[] = $derived.by(() => this.#all<Phone>('phone/'));
  readonly mine: MyCreditor[] = $derived.by(() => this.#all<MyCreditor>('creditor/', this.topic.me));
  readonly myBallots: MyBallot[] = $derived.by(() => this.#all<MyBallot>('ballot/', this.topic.me));

  /** The zone in which the meeting's hours are told. */
  readonly zone = $derived.by(() => this.meeting?.timezone ?? MOSCOW);
  /** Does a vote count with a signature only? */
  readonly isSigned = $derived.by(() => (this.meeting?.signature_policy ?? 'off') !== 'off');
  /** Is there anything to show yet? */
  readonly isLoaded = $derived.by(() => this.meeting !== undefined);
  readonly isOver = $derived.by(() => ['ended', 'failed', 'cancelled'].includes(this.meeting?.status ?? ''));

  question(id: string): Question | undefined {
    return this.#get<Question>(`question/${id}`);
  }

  /** Frozen in the question while it is voted and after the count; before, that of all questions of its electorate. */
  quorumOf(question: Question | undefined): Quorum | undefined {
    return question?.quorum ?? this.#quorum(question?.electorate);
  }

  voting(number: number): Voting | undefined {
    return this.#get<Voting>(`voting/${number}`);
  }

  result(number: number | null): Result | undefined {
    return number === null ? undefined : this.#get<Result>(`result/${number}`);
  }

  right(voting: number, creditor: string): Right | undefined {
    return this.topic.me.get(`right/${voting}/${creditor}`) as Right | undefined;
  }

  ballot(voting: number, creditor: string): MyBallot | undefined {
    return this.topic.me.get(`ballot/${voting}/${creditor}`) as MyBallot | undefined;
  }

  /** Send a command of a person; the answer comes also after a reconnect. */
  send<O extends Op>(op: O, body: Body<O>): Promise<Settled> {
    return this.topic.client.command(op, body);
  }

  #quorum(electorate: string | null | undefined): Quorum | undefined {
    return electorate ? this.#get<Quorum>(`quorum/${electorate}`) : undefined;
  }

  #get<T>(key: string): T | undefined {
    return this.topic.view.get(key) as T | undefined;
  }

  #all<T>(prefix: string, map: ReadonlyMap<string, unknown> = this.topic.view): T[] {
    return [...map].filter(([key]) => key.startsWith(prefix)).map(([, value]) => value as T);
  }

  #depth(question: Question): number {
    const parent = question.parent === null ? undefined : this.question(question.parent);
    return parent ? this.#depth(parent) + 1 : 0;
  }
}
