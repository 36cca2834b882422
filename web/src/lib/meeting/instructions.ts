/** Instructions of principals, read from pasted text or CSV in the browser: who, which question, which answer. */
import type { MyCreditor, Question } from './types';

export type FaultKind = 'columns' | 'creditor' | 'question' | 'answer' | 'twice';

export interface Instruction {
  creditor: string;
  question: string;
  option: string;
}

/** `kind` is a fault found here, `text` a sentence of the server; no line: it is about the whole file. */
export type Fault = { line: number; kind: FaultKind } | { line: number | null; text: string };

export interface Reading {
  instructions: Instruction[];
  faults: Fault[];
}

/** Columns are parted by tab, semicolon or comma; a first line of headings and blank lines are passed over. */
export function readInstructions(text: string, creditors: MyCreditor[], questions: Question[]): Reading {
  const rows = parseTable(text);
  const reading: Reading = { instructions: [], faults: [] };
  const seen = new Set<string>();
  rows.forEach((cells, index) => {
    if (cells.every((cell) => cell === '')) return;
    const outcome = readRow(cells, creditors, questions);
    if (index === 0 && typeof outcome === 'string' && isHeading(cells)) return;
    if (typeof outcome === 'string') return void reading.faults.push({ line: index + 1, kind: outcome });
    const key = `${outcome.creditor}/${outcome.question}`;
    if (seen.has(key)) return void reading.faults.push({ line: index + 1, kind: 'twice' });
    seen.add(key);
    reading.instructions.push(outcome);
  });
  return reading;
}

function readRow(cells: string[], creditors: MyCreditor[], questions: Question[]): Instruction | FaultKind {
  const [who, which, answer] = cells;
  if (who === undefined || which === undefined || answer === undefined) return 'columns';
  const creditor = creditors.find(({ id, name }) => plain(id) === plain(who) || plain(name) === plain(who));
  if (!creditor) return 'creditor';
  const question = questions.find(({ id, number }) => plain(number) === plain(which).replace(/\.$/, '') || plain(id) === plain(which));
  if (!question) return 'question';
  const option = question.options.find(({ id, text }) => plain(id) === plain(answer) || plain(text) === plain(answer));
  return option ? { creditor: creditor.id, question: question.id, option: option.id } : 'answer';
}

function isHeading(cells: string[]): boolean {
  return cells.some((cell) => /^(кредитор|вопрос|ответ|голос|creditor|question)/i.test(cell));
}

/** Spelling that does not matter: case, quotes, spaces, ё. */
function plain(text: string): string {
  return text.toLowerCase().replaceAll('ё', 'е').replace(/[«»"“”„']/g, '').replace(/\s+/g, ' ').trim();
}

/** CSV with quotes; the separator is the one that the first line has most of. */
export function parseTable(text: string): string[][] {
  const source = text.replace(/^\ufeff/, '');
  const separator = separatorOf(source.split(/\r?\n/, 1)[0] ?? '');
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (let i = 0; i < source.length; i++) {
    const char = source[i];
    if (isQuoted && char === '"' && source[i + 1] === '"') {
      cell += char;
      i++;
    } else if (char === '"' && (isQuoted || cell.trim() === '')) isQuoted = !isQuoted;
    else if (!isQuoted && char === separator) {
      row.push(cell.trim());
      cell = '';
    } else if (!isQuoted && char === '\n') {
      rows.push([...row, cell.trim()]);
      row = [];
      cell = '';
    } else if (char !== '\r') cell += char;
  }
  return cell.trim() === '' && row.length === 0 ? rows : [...rows, [...row, cell.trim()]];
}

function separatorOf(line: string): string {
  const count = (mark: string): number => line.split(mark).length;
  return ['\t', ';', ','].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}
