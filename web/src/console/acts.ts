/** What the organizer can do, each with its question, its fields and its command. */
import { parseDay, parseMoment } from '../lib/i18n/when';
import { t } from '../lib/i18n/ru';
import { s } from '../lib/i18n/ru_staff';
import { parseRoubles } from '../lib/meeting/kopecks';
import type { MeetingModel } from '../lib/meeting/meeting.svelte';
import type { Creditor, NextStep, Op, Question, Voting } from '../lib/meeting/types';
import type { Seat } from '../lib/page';
import type { Act, ActField, Acts } from '../lib/ui/acts.svelte';
import { leakWarning } from './leak';

const SHORTEST_S = 10;

export const reason: ActField = {
  name: 'reason',
  label: s.console.reason,
  hint: s.console.reasonHint,
  kind: 'area',
  fault: (text) => (text.trim().length >= 3 ? null : s.console.reasonBad),
};

function moment(name: string, label: string, zone: string): ActField {
  const fault = (text: string): string | null => (parseMoment(text, zone) === null ? s.console.momentBad : null);
  return { name, label, hint: s.console.momentHint, inputmode: 'numeric', fault };
}

function text(name: string, label: string, bad: string, least = 1): ActField {
  return { name, label, fault: (typed) => (typed.trim().length >= least ? null : bad) };
}

export function start(model: MeetingModel, seat: Seat, question: Question): Act {
  const shortest = model.meeting?.shortest_s ?? SHORTEST_S;
  return {
    title: s.console.startTitle(question.number),
    text: question.title,
    warning: leakWarning(model, seat, [question]),
    fields: [
      {
        name: 'minutes',
        label: s.console.duration,
        hint: s.console.durationHint(shortest),
        value: String(question.duration_s / 60).replace('.', ','),
        inputmode: 'decimal',
        fault: (typed) => (secondsOf(typed, shortest) === null ? s.console.durationBad(shortest) : null),
      },
    ],
    confirm: s.console.start,
    run: ({ minutes }) => model.send('start_voting', { question: question.id, duration_s: secondsOf(minutes ?? '', shortest) }),
  };
}

/** «3», «0,5» → seconds between the shortest countdown and a day; null for anything else. */
export function secondsOf(minutes: string, shortest = SHORTEST_S): number | null {
  const clean = minutes.trim().replace(',', '.');
  if (!/^\d+(\.\d+)?$/.test(clean)) return null;
  const seconds = Math.round(Number(clean) * 60);
  return seconds >= shortest && seconds <= 86_400 ? seconds : null;
}

export function stop(model: MeetingModel, voting: Voting): Act {
  return {
    title: s.console.stopTitle,
    text: s.console.stopText(voting.electorate - voting.voted),
    confirm: s.console.stop,
    run: () => model.send('stop_voting', { voting: voting.voting }),
  };
}

/** At once: a minute more hurts nobody, and there is no time to ask. */
export function prolong(model: MeetingModel, acts: Acts, voting: Voting): void {
  void acts.report(model.send('prolong', { voting: voting.voting, seconds: 60 }), s.console.prolong);
}

export function cancelVoting(model: MeetingModel, voting: Voting): Act {
  return {
    title: s.console.cancelVoting,
    text: s.console.cancelVotingText,
    fields: [reason],
    confirm: s.console.cancelVoting,
    danger: true,
    run: (values) => model.send('cancel_voting', { voting: voting.voting, reason: said(values) }),
  };
}

export function annul(model: MeetingModel, voting: number, creditor: Creditor): Act {
  return {
    title: s.console.annul,
    text: creditor.name,
    fields: [reason],
    confirm: s.console.annul,
    danger: true,
    run: (values) => model.send('annul_ballot', { voting, creditor: creditor.id, reason: said(values) }),
  };
}

export function withdraw(model: MeetingModel, question: Question): Act {
  return {
    title: `${s.console.withdraw}: ${t.question.number(question.number)}`,
    text: question.title,
    fields: [reason],
    confirm: s.console.withdraw,
    danger: true,
    run: (values) => model.send('withdraw_question', { question: question.id, reason: said(values) }),
  };
}

export function bar(model: MeetingModel, question: Question): Act {
  return {
    title: `${s.console.bar}: ${t.question.number(question.number)}`,
    text: question.title,
    fields: [
      text('court', s.console.court, s.console.courtBad, 3),
      text('case_no', s.console.caseNo, s.console.caseNoBad),
      {
        name: 'act_date',
        label: s.console.actDate,
        hint: s.console.dayHint,
        inputmode: 'numeric',
        fault: (typed) => (parseDay(typed) === null ? s.console.dayBad : null),
      },
    ],
    confirm: s.console.bar,
    danger: true,
    run: ({ court = '', case_no = '', act_date = '' }) =>
      model.send('bar_question', {
        question: question.id,
        court: court.trim(),
        case_no: case_no.trim(),
        act_date: parseDay(act_date) ?? '',
      }),
  };
}

const CORRECTIONS = [
  ['claim_kopecks', s.console.claim],
  ['secured_kopecks', s.console.secured],
  ['penalties_kopecks', s.console.penalties],
  ['repaid_kopecks', s.console.repaid],
  ['repaid_secured_kopecks', s.console.repaidSecured],
] as const;

export function correct(model: MeetingModel, creditor: Creditor): Act {
  const sums: ActField[] = CORRECTIONS.map(([name, label]) => ({
    name,
    label,
    hint: s.console.keepEmpty,
    inputmode: 'decimal',
    fault: (typed) => (typed.trim() === '' || parseRoubles(typed) !== null ? null : s.console.sumBad),
  }));
  return {
    title: s.console.correct,
    text: creditor.name,
    fields: [...sums, waiver, restriction(model), reason],
    confirm: s.console.correct,
    run: (values) =>
      model.send('correct_line', { creditor: creditor.id, reason: said(values), ...changedSums(values), ...changedWaiver(values), ...changedTopics(values) }),
  };
}

const waiver: ActField = {
  name: 'pledge_waived',
  label: s.console.pledgeWaived,
  kind: 'select',
  options: [
    ['', s.console.unchanged],
    ['yes', s.console.yes],
    ['no', s.console.no],
  ],
};

function changedWaiver({ pledge_waived }: Record<string, string>): { pledge_waived?: boolean } {
  return pledge_waived ? { pledge_waived: pledge_waived === 'yes' } : {};
}

/** Topics of this agenda, each once; `none` lifts every restriction. */
function restriction(model: MeetingModel): ActField {
  const topics = new Map(model.agenda.map(({ question }) => [question.topic, question.topic_text]));
  return {
    name: 'restricted_topics',
    label: s.console.restricted,
    hint: s.console.restrictedHint,
    kind: 'checks',
    options: [...topics, [NO_RESTRICTION, s.console.restrictedNone]],
    fault: (ticked) => (changedTopics({ restricted_topics: ticked }) === null ? s.console.restrictedBad : null),
  };
}

const NO_RESTRICTION = 'none';

/** Nothing ticked changes nothing; null for topics together with «no restriction». */
export function changedTopics({ restricted_topics = '' }: Record<string, string>): { restricted_topics?: string[] } | null {
  const ticked = restricted_topics.split(',').filter(Boolean);
  if (ticked.length === 0) return {};
  if (!ticked.includes(NO_RESTRICTION)) return { restricted_topics: ticked };
  return ticked.length === 1 ? { restricted_topics: [] } : null;
}

/** Only the sums that were typed. */
export function changedSums(values: Record<string, string>): Record<string, string> {
  const typed = CORRECTIONS.map(([name]) => [name, parseRoubles(values[name] ?? '')] as const);
  return Object.fromEntries(typed.filter(([, kopecks]) => kopecks !== null).map(([name, kopecks]) => [name, String(kopecks)]));
}

/** Acts on the whole meeting, by the name of their command. */
export function ofMeeting(model: MeetingModel, seat: Seat): Partial<Record<Op, Act>> {
  return {
    convene: { title: s.console.convene, confirm: s.console.convene, run: () => model.send('convene', {}) },
    open_meeting: { title: s.console.open, text: model.meeting?.form === 'in_person' ? s.console.openText : s.console.openAbsenteeText, confirm: s.console.open, warning: ofAbsentee(model, seat), run: () => model.send('open_meeting', {}) },
    recess: {
      title: s.console.recess,
      fields: [moment('until', s.console.until, model.zone), reason],
      confirm: s.console.recess,
      run: (values) => model.send('recess', { until_ms: parseMoment(values['until'] ?? '', model.zone) ?? 0, reason: said(values) }),
    },
    resume: { title: s.console.resume, text: s.console.resumeText, confirm: s.console.resume, run: () => model.send('resume', {}) },
    postpone: {
      title: s.console.postpone,
      fields: [moment('starts', s.console.newStart, model.zone), reason],
      confirm: s.console.postpone,
      danger: true,
      run: (values) => model.send('postpone', { starts_at_ms: parseMoment(values['starts'] ?? '', model.zone) ?? 0, reason: said(values) }),
    },
    cancel_meeting: {
      title: s.console.cancelMeeting,
      text: s.console.cancelText,
      fields: [reason],
      confirm: s.console.cancelMeeting,
      danger: true,
      run: (values) => model.send('cancel_meeting', { reason: said(values) }),
    },
    declare_failed: {
      title: s.console.fail,
      text: s.console.failText,
      confirm: s.console.fail,
      danger: true,
      run: () => model.send('declare_failed', {}),
    },
    end_meeting: {
      title: s.console.end,
      text: s.console.endText,
      confirm: s.console.end,
      danger: true,
      run: () => model.send('end_meeting', {}),
    },
  };
}

/** The act that the server suggests next, if it is one the console knows. */
export function suggested(model: MeetingModel, seat: Seat, next: NextStep | undefined): Act | null {
  if (!next?.op) return null;
  const question = next.question ? model.question(next.question) : undefined;
  const voting = next.voting ? model.voting(next.voting) : undefined;
  if (next.op === 'start_voting' && question) return start(model, seat, question);
  if (next.op === 'stop_voting' && voting) return stop(model, voting);
  return ofMeeting(model, seat)[next.op as Op] ?? null;
}

/** There all questions begin with the meeting. */
function ofAbsentee(model: MeetingModel, seat: Seat): Act['warning'] {
  const begin = model.meeting?.form === 'in_person' ? [] : model.agenda.map(({ question }) => question);
  return leakWarning(model, seat, begin.filter(({ parent }) => parent === null));
}

export function said(values: Record<string, string>): string {
  return (values['reason'] ?? '').trim();
}
