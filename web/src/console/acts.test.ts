import { expect, test } from 'vitest';

import { changedSums, changedTopics, secondsOf } from './acts';

test.each([
  ['3', 180],
  ['0,5', 30],
  ['1440', 86_400],
  ['0,1', null],
  ['1441', null],
  ['три', null],
  ['', null],
])('«%s» minutes are %s seconds', (minutes, seconds) => {
  expect(secondsOf(minutes)).toBe(seconds);
});

test('where ballots are signed a countdown leaves the time to sign', () => {
  expect(secondsOf('2,5', 180)).toBeNull();
  expect(secondsOf('3', 180)).toBe(180);
});

test('only the sums that were typed are sent, in kopecks', () => {
  expect(changedSums({ claim_kopecks: '1 000,50', repaid_kopecks: '', reason: 'определение суда' })).toEqual({ claim_kopecks: '100050' });
});

test.each([
  ['', {}],
  ['settlement,general', { restricted_topics: ['settlement', 'general'] }],
  ['none', { restricted_topics: [] }],
  ['none,general', null],
])('ticked «%s» restricts to %j', (ticked, sent) => {
  expect(changedTopics({ restricted_topics: ticked })).toEqual(sent);
});
