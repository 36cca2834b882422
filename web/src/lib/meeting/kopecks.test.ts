import { expect, test } from 'vitest';

import { parseRoubles, percent, roubles, sum } from './kopecks';

test.each([
  ['123456789', '1\u00a0234\u00a0567,89\u00a0₽'],
  ['0', '0,00\u00a0₽'],
  ['5', '0,05\u00a0₽'],
  ['99999', '999,99\u00a0₽'],
  ['100000', '1\u00a0000,00\u00a0₽'],
  ['999999999999999999', '9\u00a0999\u00a0999\u00a0999\u00a0999\u00a0999,99\u00a0₽'],
])('%s kopecks read %s', (kopecks, text) => {
  expect(roubles(kopecks)).toBe(text);
});

test('a percent is cut off, never rounded', () => {
  expect(percent('49999', '100000')).toBe('49,99');
  expect(percent('2', '3')).toBe('66,66');
  expect(percent('1', '1')).toBe('100,00');
  expect(percent('0', '0')).toBe('0,00');
  expect(percent('1', '1000000')).toBe('0,00');
});

test.each([
  ['1 234,5', 123_450n],
  ['1\u00a0234.56 руб.', 123_456n],
  ['1500 ₽', 150_000n],
  ['0', 0n],
  ['', null],
  ['12,345', null],
  ['-5', null],
  ['пять', null],
])('«%s» is understood as %s kopecks', (text, kopecks) => {
  expect(parseRoubles(text)).toBe(kopecks);
});

test('a sum is exact beyond the numbers of JavaScript', () => {
  expect(sum(['9007199254740993', '1'])).toBe(9_007_199_254_740_994n);
});
