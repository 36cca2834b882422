import { expect, test } from 'vitest';

import { parseTable, readInstructions } from './instructions';
import type { MyCreditor, Question } from './types';

const creditors = [
  { id: 'c0001', name: 'ООО «Семёрка»' },
  { id: 'c0002', name: 'Петров Сергей Ильич' },
] as MyCreditor[];
const options = [
  { id: 'for', text: 'За' },
  { id: 'against', text: 'Против' },
];
const questions = [
  { id: 'q1', number: '1', options },
  { id: 'q31', number: '3.1', options },
] as Question[];

test('names, numbers and answers are read as people write them', () => {
  const text = 'Кредитор;Вопрос;Ответ\nооо "Семерка"; 1 ;за\nc0002;3.1;Против\n\n';

  const reading = readInstructions(text, creditors, questions);

  expect(reading.faults).toEqual([]);
  expect(reading.instructions).toEqual([
    { creditor: 'c0001', question: 'q1', option: 'for' },
    { creditor: 'c0002', question: 'q31', option: 'against' },
  ]);
});

test('every line that cannot be read is named with its reason', () => {
  const text = ['c0001\t1\tза', 'Чужой\t1\tза', 'c0001\t9\tза', 'c0002\t1\tможет быть', 'c0002', 'c0001\t1\tпротив'].join('\n');

  const { instructions, faults } = readInstructions(text, creditors, questions);

  expect(instructions).toHaveLength(1);
  expect(faults).toEqual([
    { line: 2, kind: 'creditor' },
    { line: 3, kind: 'question' },
    { line: 4, kind: 'answer' },
    { line: 5, kind: 'columns' },
    { line: 6, kind: 'twice' },
  ]);
});

test('quoted cells may hold separators, quotes and lines', () => {
  expect(parseTable('\ufeff"a;b";"c ""d"""\r\n"e\nf";g')).toEqual([
    ['a;b', 'c "d"'],
    ['e\nf', 'g'],
  ]);
});
