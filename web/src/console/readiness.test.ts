import { expect, test } from 'vitest';

import { s } from '../lib/i18n/ru_staff';
import { verdicts } from '../lib/i18n/verdicts';
import { byReason } from './readiness';

test('each reason is told once, the commonest first, with its names in the order of the server', () => {
  const rest = [
    { person: 'p_1', name: 'Банк', reason: 'not_tried' },
    { person: 'p_2', name: 'Завод', reason: 'cert_expired' },
    { person: 'p_3', name: 'Альфа', reason: 'not_tried' },
  ];

  const groups = byReason({ ready: 1, expected: 34, reasons: { cert_expired: 1, not_tried: 31 }, rest });

  expect(groups.map(({ count, names }) => [count, names])).toEqual([
    [31, ['Банк', 'Альфа']],
    [1, ['Завод']],
  ]);
  expect(groups[0]).toMatchObject(s.console.notTried);
  expect(groups[1]).toMatchObject({ name: 'Срок действия сертификата истёк', remedy: s.console.tellThem('Подпишите действующим сертификатом.') });
});

test('who may vote with a warning has a name and a remedy of his own', () => {
  const reasons = { local_key_warned: 2, same_name: 1 };

  const groups = byReason({ ready: 3, expected: 3, reasons, rest: [] });

  expect(groups).toMatchObject([s.console.localKey, s.console.sameName]);
});

test.each(Object.keys(verdicts))('the verdict «%s» has a reason and a remedy', (reason) => {
  const [group] = byReason({ ready: 0, expected: 1, reasons: { [reason]: 1 }, rest: [] });

  expect(group?.name).not.toBe('');
  expect(group?.remedy).not.toBe(s.console.tellThem(''));
});
