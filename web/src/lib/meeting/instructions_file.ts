/** A workbook of instructions: the server reads it in memory and keeps nothing. */
import { post, Problem } from '../http';
import { t } from '../i18n/ru';
import type { components } from '../../schema';
import type { Reading } from './instructions';

type Report = components['schemas']['InstructionsReport'];

export function isWorkbook(file: File): boolean {
  return /\.xls[xm]?$/i.test(file.name);
}

export async function readWorkbook(file: File, seat: { meeting: string; person: string }): Promise<Reading> {
  const body = new FormData();
  body.append('file', file, file.name);
  const path = `/api/meetings/${encodeURIComponent(seat.meeting)}/instructions?${new URLSearchParams({ p: seat.person })}`;
  try {
    return readingOf(await post<Report>(path, body));
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    return { instructions: [], faults: [{ line: null, text: problem.detail ?? t.refusal(problem.code) }] };
  }
}

export function readingOf({ rows, faults }: Report): Reading {
  const reading: Reading = { instructions: [], faults: faults.map(({ row, text }) => ({ line: row ?? null, text })) };
  for (const { row, creditor, question, option, text } of rows) {
    if (creditor && question && option) reading.instructions.push({ creditor, question, option });
    else reading.faults.push({ line: row, text: text ?? '' });
  }
  return reading;
}
