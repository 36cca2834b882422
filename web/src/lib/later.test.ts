import { expect, test } from 'vitest';

import { untilItComes } from './later';

test('a part that did not load is asked for again, and the page hears of each failure', async () => {
  const answers = [new TypeError('Failed to fetch'), new TypeError('Failed to fetch'), 'the part'];
  const heard: number[] = [];
  const load = async (): Promise<unknown> => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };

  const part = await untilItComes(load, (times) => heard.push(times), async () => undefined);

  expect(part).toBe('the part');
  expect(heard).toEqual([1, 2]);
});
