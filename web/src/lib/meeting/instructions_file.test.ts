import { afterEach, expect, test, vi } from 'vitest';

import { isWorkbook, readWorkbook } from './instructions_file';

const seat = { meeting: 'm_1', person: 'p_1' };
const workbook = new File(['PK'], 'Поручения.XLSX');

afterEach(() => vi.unstubAllGlobals());

test('workbooks go to the server, plain tables stay in the browser', () => {
  expect(isWorkbook(workbook)).toBe(true);
  expect(isWorkbook(new File([''], 'поручения.csv'))).toBe(false);
});

test('rows that were understood become instructions, the others say why', async () => {
  const rows = [
    { row: 2, creditor: 'c1', question: 'q1', typed: 'за', option: 'for', fault: null, text: null },
    { row: 3, creditor: null, question: null, typed: 'за', option: null, fault: 'instruction_of_nobody', text: 'Нет такого.' },
  ];
  const faults = [{ file: 'instructions', severity: 'fault', code: 'formula', text: 'Формула.', row: 4, column: 'D', path: null }];
  const asked = vi.fn(async () => Response.json({ rows, faults }));
  vi.stubGlobal('fetch', asked);

  const reading = await readWorkbook(workbook, seat);

  expect(asked).toHaveBeenCalledWith('/api/meetings/m_1/instructions?p=p_1', expect.objectContaining({ method: 'POST' }));
  expect(reading.instructions).toEqual([{ creditor: 'c1', question: 'q1', option: 'for' }]);
  expect(reading.faults).toEqual([
    { line: 4, text: 'Формула.' },
    { line: 3, text: 'Нет такого.' },
  ]);
});

test('a refused file is one sentence about the whole file', async () => {
  const problem = { code: 'too_large', detail: 'Слишком большой файл.' };
  vi.stubGlobal('fetch', async () => Response.json(problem, { status: 413 }));

  expect(await readWorkbook(workbook, seat)).toEqual({ instructions: [], faults: [{ line: null, text: 'Слишком большой файл.' }] });
});
