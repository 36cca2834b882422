/** What the organizer decides of doubtful ballots: another name in a certificate, an unreadable ballot, lists unchecked or telling of revoked. */
import { get, Problem } from '../lib/http';
import { t } from '../lib/i18n/ru';
import { s } from '../lib/i18n/ru_staff';
import type { MeetingModel } from '../lib/meeting/meeting.svelte';
import type { DamagedRow, DoubtedOwner, Unchecked } from '../lib/meeting/types';
import type { Seat } from '../lib/page';
import type { Act } from '../lib/ui/acts.svelte';
import { reason, said } from './acts';

export function reviewOwner(model: MeetingModel, owner: DoubtedOwner, accept: boolean): Act {
  const words = s.console.doubts;
  return {
    title: accept ? words.acceptTitle : words.rejectTitle,
    text: `${words.names(owner.name, owner.certificate_name)}. ${accept ? words.acceptText : words.rejectText}`,
    fields: [{ ...reason, hint: accept ? words.acceptHint : words.rejectHint }],
    confirm: accept ? words.accept : words.reject,
    danger: !accept,
    run: (values) => model.send('review_owner', { person: owner.person, thumbprint: owner.thumbprint, accept, reason: said(values) }),
  };
}

export function setAside(model: MeetingModel, row: DamagedRow): Act {
  const words = s.console.damaged;
  return {
    title: words.withoutTitle,
    text: `${row.name}. ${words.withoutText}`,
    fields: [reason],
    confirm: words.without,
    danger: true,
    run: (values) => model.send('set_aside_damaged', { voting: row.voting, creditor: row.creditor, reason: said(values) }),
  };
}

export function hurryMinutes(model: MeetingModel, seat: Seat): Act {
  const words = s.console.minutes;
  return {
    title: words.hurryTitle,
    text: words.hurryText,
    warning: () => effects(seat, 'rows'),
    warningTitle: words.effects,
    fields: [reason],
    confirm: words.hurry,
    danger: true,
    run: (values) => model.send('hurry_minutes', { reason: said(values) }),
  };
}

/** What the unchecked ballots (`rows`) could change, or the revoked ones would have, a sentence a voting. */
export async function effects(seat: Seat, of: 'rows' | 'revoked'): Promise<string[]> {
  const query = new URLSearchParams({ p: seat.person });
  try {
    const found = await get<Unchecked>(`/api/meetings/${encodeURIComponent(seat.meeting)}/minutes/unchecked?${query}`);
    return found[of].map(({ text }) => text);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [t.problem(error)];
  }
}
