import { expect, test } from 'vitest';

import type { Settled } from '../live/client';
import { s } from '../i18n/ru_staff';
import { Acts, type Act } from './acts.svelte';

/** An act whose answer is given by hand. */
function anAct(): { act: Act; answer: (ok: boolean, code?: string) => Promise<void>; sent: Record<string, string>[] } {
  const sent: Record<string, string>[] = [];
  let settle: (settled: Settled) => void = () => undefined;
  const run: Act['run'] = (values) => {
    sent.push(values);
    return new Promise((resolve) => (settle = resolve));
  };
  const answer = async (ok: boolean, code = ''): Promise<void> => {
    settle({ ok, code } as Settled);
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { act: { title: 'Отменить', confirm: 'Отменить', fields: [{ name: 'reason', label: 'Причина' }], run }, answer, sent };
}

test('the dialog stays until the server says yes', async () => {
  const acts = new Acts();
  const { act, answer } = anAct();
  acts.ask(act);

  void acts.confirm();
  expect([acts.current, acts.isSending]).toEqual([act, true]);
  await answer(true);

  expect([acts.current, acts.isSending, acts.toast?.tone]).toEqual([null, false, 'good']);
});

test('a refusal is told in the dialog, and the typed reason is still there', async () => {
  const acts = new Acts();
  const { act, answer, sent } = anAct();
  acts.ask(act);
  acts.values['reason'] = 'нет света в зале';

  void acts.confirm();
  await answer(false, 'quorum_is_there');
  expect([acts.current, acts.refusal, acts.toast]).toEqual([act, s.refusal('quorum_is_there'), null]);
  void acts.confirm();
  await answer(true);

  expect(sent).toEqual([{ reason: 'нет света в зале' }, { reason: 'нет света в зале' }]);
  expect(acts.current).toBeNull();
});

test('what is on its way is not sent twice', async () => {
  const acts = new Acts();
  const { act, answer, sent } = anAct();
  acts.ask(act);

  void acts.confirm();
  expect(await acts.confirm()).toBe(false);
  await answer(true);

  expect(sent).toHaveLength(1);
});

test('whoever closes the dialog before the answer reads it in a toast, and another dialog is left alone', async () => {
  const acts = new Acts();
  const { act, answer } = anAct();
  const other = anAct().act;
  acts.ask(act);

  void acts.confirm();
  acts.dismiss();
  acts.ask(other);
  await answer(false, 'quorum_is_there');

  expect([acts.current, acts.refusal]).toEqual([other, null]);
  expect(acts.toast).toEqual({ text: s.refusal('quorum_is_there'), tone: 'bad' });
});

test('a refusal goes to the form that is still open, else to a toast', async () => {
  const acts = new Acts();
  const refused = async (): Promise<Settled> => ({ ok: false, code: 'power_of_attorney_missing' }) as Settled;

  expect(await acts.refusalOf(refused(), 'Зарегистрировать', () => true)).toBe(s.refusal('power_of_attorney_missing'));
  expect(acts.toast).toBeNull();
  await acts.refusalOf(refused(), 'Зарегистрировать', () => false);

  expect(acts.toast?.tone).toBe('bad');
});
