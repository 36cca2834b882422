import { expect, test } from 'vitest';

import { OTHER_EPOCH, patch } from './fake_server';
import type { Values } from './frames';
import { Part } from './part';

function partAt(at: number, set: Values): Part {
  const part = new Part();
  part.receive(patch(0, at, set, { full: true }), set);
  return part;
}

test('R1: a full map replaces everything, also backwards', () => {
  const part = partAt(7, { a: 1, b: 2 });

  const outcome = part.receive(patch(0, 5, { c: 3 }, { full: true }), { c: 3 });

  expect(outcome).toBe('applied');
  expect([...part.map]).toEqual([['c', 3]]);
  expect(part.at).toBe(5);
});

test('R2: a patch that reaches from behind us beyond us is applied whole', () => {
  const part = partAt(5, { a: 1, b: 2 });

  const outcome = part.receive(patch(3, 8, { a: 9 }, { del: ['b'] }), { a: 9 });

  expect(outcome).toBe('applied');
  expect([...part.map]).toEqual([['a', 9]]);
  expect(part.at).toBe(8);
});

test('R2: what we know already is ignored', () => {
  const part = partAt(5, { a: 1 });

  expect(part.receive(patch(2, 5, { a: 0 }), { a: 0 })).toBe('ignored');
  expect(part.map.get('a')).toBe(1);
});

test('R2: a patch that starts after us is a gap and changes nothing', () => {
  const part = partAt(5, { a: 1 });

  expect(part.receive(patch(6, 9, { a: 0 }), { a: 0 })).toBe('gap');
  expect([part.map.get('a'), part.at]).toEqual([1, 5]);
});

test('R2: another epoch or another view is a gap', () => {
  const part = partAt(5, { a: 1 });

  expect(part.receive(patch(5, 6, {}, { epoch: OTHER_EPOCH }), {})).toBe('gap');
  expect(part.receive(patch(5, 6, {}, { view: 'organizer/1' }), {})).toBe('gap');
});

test('a reader who holds the old map never sees it change', () => {
  const part = partAt(5, { a: 1 });
  const held = part.map;

  part.receive(patch(5, 6, { a: 2 }), { a: 2 });

  expect(held.get('a')).toBe(1);
});

test('an empty tile moves the position only', () => {
  const part = partAt(5, { a: 1 });

  part.receive(patch(5, 30, {}), {});

  expect([part.at, [...part.map]]).toEqual([30, [['a', 1]]]);
});
