/** Ballots that were made and not sent: their signing may go on after a reload. */
import type { Casting } from '../meeting/casting.svelte';
import type { MeetingModel } from '../meeting/meeting.svelte';
import type { Question, Voting } from '../meeting/types';

export interface Unfinished {
  voting: Voting;
  question: Question;
  creditors: string[];
}

export function unfinished(model: MeetingModel, casting: Casting): Unfinished[] {
  return model.running.flatMap((voting) => {
    const left = casting.unsent.of(voting.voting).filter(({ creditor }) => ['free', 'refused'].includes(casting.standing(voting.voting, creditor).kind));
    const question = model.question(voting.question);
    return voting.state === 'open' && question && left.length > 0 ? [{ voting, question, creditors: left.map(({ creditor }) => creditor) }] : [];
  });
}
