import { expect, test } from 'vitest';

import { dateAndTime, minutesAndSeconds, MOSCOW, parseDay, parseMoment, timeOfDay } from './when';

test('a moment typed in the meeting’s zone is shown the same, with the name of the zone', () => {
  const moment = parseMoment('05.12.2026 14:00', MOSCOW);

  expect(moment).toBe(Date.UTC(2026, 11, 5, 11));
  expect(dateAndTime(moment ?? 0, MOSCOW)).toBe('5 декабря 2026\u00a0г., 14:00\u00a0МСК');
});

test('another zone has its own hours and is named by its distance', () => {
  const moment = parseMoment('05.12.2026 14:00', 'Asia/Yekaterinburg');

  expect(moment).toBe(Date.UTC(2026, 11, 5, 9));
  expect(timeOfDay(moment ?? 0, 'Asia/Yekaterinburg')).toBe('14:00:00\u00a0GMT+5');
});

test.each(['31.02.2026 10:00', '05.12.2026', '05.12.2026 25:00', '2026-12-05 10:00', ''])('«%s» is no moment', (text) => {
  expect(parseMoment(text, MOSCOW)).toBeNull();
});

test('a day is read for the wire', () => {
  expect(parseDay('5.12.2026')).toBe('2026-12-05');
  expect(parseDay('30.02.2026')).toBeNull();
});

test('a countdown shows hours only when there are any', () => {
  expect([0, 65, 3_661].map(minutesAndSeconds)).toEqual(['0:00', '1:05', '1:01:01']);
});
