import { expect, test } from 'vitest';

import { ServerClock } from './clock';

test('the offset of the smallest round trip wins', () => {
  let local = 0;
  const clock = new ServerClock(() => local);

  clock.pong(0, 1_400, 1_400, 600); // 600 ms there and back, asymmetric
  clock.pong(1_000, 2_010, 2_010, 1_020); // 20 ms: the server is 1 000 ahead
  clock.pong(2_000, 3_500, 3_500, 2_400);
  local = 5_000;

  expect(clock.now()).toBe(6_000);
});

test('time spent inside the server is no round trip', () => {
  const clock = new ServerClock(() => 0);

  clock.pong(0, 110, 310, 220); // 20 ms on the way, 200 ms inside

  expect(clock.now()).toBe(100);
});

test('a welcome counts only until the first pong, and again after a restart', () => {
  const clock = new ServerClock(() => 100);
  clock.roughly(500);
  expect(clock.now()).toBe(500);

  clock.pong(0, 1_000, 1_000, 0);
  clock.roughly(77);
  expect(clock.now()).toBe(1_100);

  clock.restart();
  clock.roughly(77);
  expect(clock.now()).toBe(77);
});
