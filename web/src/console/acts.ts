/** What the organizer can do, each with its question, its fields and its command. */
import { parseDay, parseMoment } from '../lib/i18n/when';
import { t } from '../lib/i18n/ru';
import { parseRoubles } from '../lib/meeting/kopecks';
import type { MeetingModel } from '../lib/meeting/meeting.svelte';
import type { Creditor, NextStep, Op, Question, Voting } from '../lib/meeting/types';
import type { Act, ActField } from '../lib/ui/acts.svelte';

const reason: ActField = {
  name: 'reason',
  label: t.console.reason,
  hint: t.console.reasonHint,
  kind: 'area',
  fault: (text) => (text.trim().length >= 3 ? null : t.console.reasonBad),
};

function moment(name: string, label: string): ActField {
  const fault = (text: string): string | null => (parseMoment(text) === null ? t.console.momentBad : null);
  return { name, label, hint: t.console.momentHint, inputmode: 'numeric', fault };
}

function text(name: string, label: string, bad: string, least = 1): ActField {
  return { name, label, fault: (typed) => (typed.trim().length >= least ? null : bad) };
}

export function start(model: MeetingModel, question: Question): Act {
  return {
    title: t.console.startTitle(question.number),
    text: question.title,
    fields: [
      {
        name: 'minutes',
        label: t.console.duration,
        hint: t.console.durationHint,
        value: String(question.duration_s / 60).replace('.', ','),
        inputmode: 'decimal',
        fault: (typed) => (secondsOf(typed) === null ? t.console.durationBad : null),
      },
    ],
    confirm: t.console.start,
    run: ({ minutes }) => model.send('start_voting', { question: question.id, duration_s: secondsOf(minutes ?? '') }),
  };
}

/** «3», «0,5» → seconds between 10 and a day; null for anything else. */
export function secondsOf(minutes: string): number | null {
  const clean = minutes.trim().replace(',', '.');
  if (!/^\d+(\.\d+)?$/.test(clean)) return null;
  const seconds = Math.round(Number(clean) * 60);
  return seconds >= 10 && seconds <= 86_400 ? seconds : null;
}

export function stop(model: MeetingModel, voting: Voting): Act {
  return {
    title: t.console.stopTitle,
    text: t.console.stopText(voting.electorate - voting.voted),
    confirm: t.console.stop,
    run: () => model.send('stop_voting', { voting: voting.voting }),
  };
}

export function cancelVoting(model: MeetingModel, voting: Voting): Act {
  return {
    title: t.console.cancelVoting,
    text: t.console.cancelVotingText,
    fields: [reason],
    confirm: t.console.cancelVoting,
    danger: true,
    run: (values) => model.send('cancel_voting', { voting: voting.voting, reason: said(values) }),
  };
}

export function annul(model: MeetingModel, voting: number, creditor: Creditor): Act {
  return {
    title: t.console.annul,
    text: creditor.name,
    fields: [reason],
    confirm: t.console.annul,
    danger: true,
    run: (values) => model.send('annul_ballot', { voting, creditor: creditor.id, reason: said(values) }),
  };
}

export function withdraw(model: MeetingModel, question: Question): Act {
  return {
    title: `${t.console.withdraw}: ${t.question.number(question.number)}`,
    text: question.title,
    fields: [reason],
    confirm: t.console.withdraw,
    danger: true,
    run: (values) => model.send('withdraw_question', { question: question.id, reason: said(values) }),
  };
}

export function bar(model: MeetingModel, question: Question): Act {
  return {
    title: `${t.console.bar}: ${t.question.number(question.number)}`,
    text: question.title,
    fields: [
      text('court', t.console.court, t.console.courtBad, 3),
      text('case_no', t.console.caseNo, t.console.caseNoBad),
      {
        name: 'act_date',
        label: t.console.actDate,
        hint: t.console.dayHint,
        inputmode: 'numeric',
        fault: (typed) => (parseDay(typed) === null ? t.console.dayBad : null),
      },
    ],
    confirm: t.console.bar,
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
  ['claim_kopecks', t.console.claim],
  ['secured_kopecks', t.console.secured],
  ['penalties_kopecks', t.console.penalties],
  ['repaid_kopecks', t.console.repaid],
] as const;

export function correct(model: MeetingModel, creditor: Creditor): Act {
  const sums: ActField[] = CORRECTIONS.map(([name, label]) => ({
    name,
    label,
    hint: t.console.keepEmpty,
    inputmode: 'decimal',
    fault: (typed) => (typed.trim() === '' || parseRoubles(typed) !== null ? null : t.console.sumBad),
  }));
  return {
    title: t.console.correct,
    text: creditor.name,
    fields: [...sums, reason],
    confirm: t.console.correct,
    run: (values) => model.send('correct_line', { creditor: creditor.id, reason: said(values), ...changedSums(values) }),
  };
}

/** Only the sums that were typed. */
export function changedSums(values: Record<string, string>): Record<string, string> {
  const typed = CORRECTIONS.map(([name]) => [name, parseRoubles(values[name] ?? '')] as const);
  return Object.fromEntries(typed.filter(([, kopecks]) => kopecks !== null).map(([name, kopecks]) => [name, String(kopecks)]));
}

/** Acts on the whole meeting, by the name of their command. */
export function ofMeeting(model: MeetingModel): Partial<Record<Op, Act>> {
  return {
    convene: { title: t.console.convene, confirm: t.console.convene, run: () => model.send('convene', {}) },
    open_meeting: { title: t.console.open, confirm: t.console.open, run: () => model.send('open_meeting', {}) },
    recess: {
      title: t.console.recess,
      fields: [moment('until', t.console.until), reason],
      confirm: t.console.recess,
      run: (values) => model.send('recess', { until_ms: parseMoment(values['until'] ?? '') ?? 0, reason: said(values) }),
    },
    resume: { title: t.console.resume, confirm: t.console.resume, run: () => model.send('resume', {}) },
    postpone: {
      title: t.console.postpone,
      fields: [moment('starts', t.console.newStart), reason],
      confirm: t.console.postpone,
      danger: true,
      run: (values) => model.send('postpone', { starts_at_ms: parseMoment(values['starts'] ?? '') ?? 0, reason: said(values) }),
    },
    cancel_meeting: {
      title: t.console.cancelMeeting,
      text: t.console.cancelText,
      fields: [reason],
      confirm: t.console.cancelMeeting,
      danger: true,
      run: (values) => model.send('cancel_meeting', { reason: said(values) }),
    },
    declare_failed: {
      title: t.console.fail,
      text: t.console.failText,
      confirm: t.console.fail,
      danger: true,
      run: () => model.send('declare_failed', {}),
    },
    end_meeting: {
      title: t.console.end,
      text: t.console.endText,
      confirm: t.console.end,
      danger: true,
      run: () => model.send('end_meeting', {}),
    },
  };
}

/** The act that the server suggests next, if it is one the console knows. */
export function suggested(model: MeetingModel, next: NextStep | undefined): Act | null {
  if (!next?.op) return null;
  const question = next.question ? model.question(next.question) : undefined;
  const voting = next.voting ? model.voting(next.voting) : undefined;
  if (next.op === 'start_voting' && question) return start(model, question);
  if (next.op === 'stop_voting' && voting) return stop(model, voting);
  return ofMeeting(model)[next.op as Op] ?? null;
}

function said(values: Record<string, string>): string {
  return (values['reason'] ?? '').trim();
}
