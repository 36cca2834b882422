import { expect, test } from 'vitest';

import { dateAndTime, minutesAndSeconds, parseDay, parseMoment } from './when';

test('a moment typed in Moscow time is shown the same', () => {
  const moment = parseMoment('05.12.2026 14:00');

  expect(moment).toBe(Date.UTC(2026, 11, 5, 11));
  expect(dateAndTime(moment ?? 0)).toContain('14:00\u00a0МСК');
});

test.each(['31.02.2026 10:00', '05.12.2026', '05.12.2026 25:00', '2026-12-05 10:00', ''])('«%s» is no moment', (text) => {
  expect(parseMoment(text)).toBeNull();
});

test('a day is read for the wire', () => {
  expect(parseDay('5.12.2026')).toBe('2026-12-05');
  expect(parseDay('30.02.2026')).toBeNull();
});

test('a countdown shows hours only when there are any', () => {
  expect([0, 65, 3_661].map(minutesAndSeconds)).toEqual(['0:00', '1:05', '1:01:01']);
});
