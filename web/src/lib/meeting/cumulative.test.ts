import { expect, test } from 'vitest';

import { equalSplit, given, remaining } from './cumulative';

test('an equal split spends the whole pool, odd kopecks first', () => {
  expect(equalSplit(100n, ['a', 'b', 'c'])).toEqual({ a: '34', b: '33', c: '33' });
  expect(remaining(100n, equalSplit(100n, ['a', 'b', 'c']))).toBe(0n);
  expect(equalSplit(100n, [])).toEqual({});
});

test('what is left may be negative when too much was given', () => {
  expect(remaining(100n, { a: '70', b: '50' })).toBe(-20n);
});

test('candidates with nothing are left out of the ballot', () => {
  expect(given({ a: '10', b: '0' })).toEqual({ a: '10' });
});
