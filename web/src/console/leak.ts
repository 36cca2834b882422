/** Before a closed voting: what its exact sums will tell of single votes, asked of the server when the dialog opens. */
import { get, Problem } from '../lib/http';
import { t } from '../lib/i18n/ru';
import { s } from '../lib/i18n/ru_staff';
import type { MeetingModel } from '../lib/meeting/meeting.svelte';
import type { Leak, Question } from '../lib/meeting/types';
import type { Seat } from '../lib/page';

/** One sentence or more; undefined where nothing closed begins. In a packet the nested questions begin by themselves. */
export function leakWarning(model: MeetingModel, seat: Seat, questions: Question[]): (() => Promise<string[]>) | undefined {
  const closed = questions.flatMap((question) => withNested(model, question)).filter(({ secrecy }) => secrecy === 'closed');
  return closed.length === 0 ? undefined : () => told(seat, closed);
}

function withNested(model: MeetingModel, question: Question): Question[] {
  const nested = question.nested.map((id) => model.question(id)).filter((one) => one !== undefined);
  return [question, ...nested.flatMap((one) => withNested(model, one))];
}

async function told(seat: Seat, questions: Question[]): Promise<string[]> {
  const found: string[] = [];
  for (const { id } of questions) found.push(await one(seat, id));
  return [...new Set(found), s.console.notSecret];
}

async function one(seat: Seat, question: string): Promise<string> {
  const query = new URLSearchParams({ p: seat.person });
  const path = `/api/meetings/${encodeURIComponent(seat.meeting)}/questions/${encodeURIComponent(question)}/leak?${query}`;
  try {
    return (await get<Leak>(path)).text;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return `${s.console.leakUnknown} ${t.problem(error)}`;
  }
}
