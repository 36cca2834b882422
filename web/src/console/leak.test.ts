import { afterEach, expect, test, vi } from 'vitest';

import { s } from '../lib/i18n/ru_staff';
import type { MeetingModel } from '../lib/meeting/meeting.svelte';
import type { Question } from '../lib/meeting/types';
import { Acts } from '../lib/ui/acts.svelte';
import { leakWarning } from './leak';

const seat = { meeting: 'm_1', person: 'p_1' };
const open = { id: 'q1', secrecy: 'open', nested: ['q2'] } as unknown as Question;
const nested = { id: 'q2', secrecy: 'closed', nested: [] } as unknown as Question;
const plain = { id: 'q3', secrecy: 'open', nested: [] } as unknown as Question;
const questions = new Map([open, nested, plain].map((one) => [one.id, one]));
const model = { question: (id: string) => questions.get(id) } as unknown as MeetingModel;

afterEach(() => vi.unstubAllGlobals());

test('an open voting needs no warning', () => {
  expect(leakWarning(model, seat, [plain])).toBeUndefined();
});

test('a closed question in a packet is asked about, because it begins by itself', async () => {
  const asked = vi.fn(async () => Response.json({ text: 'Выдаст 40 %' }));
  vi.stubGlobal('fetch', asked);

  expect(await leakWarning(model, seat, [open])?.()).toEqual(['Выдаст 40 %', s.console.notSecret]);
  expect(asked.mock.calls.map(([path]: unknown[]) => path)).toEqual(['/api/meetings/m_1/questions/q2/leak?p=p_1']);
});

test('where nothing can be computed the dialog says so and still warns', async () => {
  vi.stubGlobal('fetch', async () => Response.json({ code: 'overloaded', title: 'Подождите' }, { status: 503 }));

  const [first, last] = (await leakWarning(model, seat, [nested])?.()) ?? [];

  expect(first).toContain(s.console.leakUnknown);
  expect(last).toBe(s.console.notSecret);
});

test('an answer that comes after the dialog was closed is not shown in another one', async () => {
  let tell: (lines: string[]) => void = () => undefined;
  const late = new Promise<string[]>((resolve) => (tell = resolve));
  const acts = new Acts();
  const run = (): never => {
    throw new Error('nobody confirmed');
  };
  acts.ask({ title: 'closed', confirm: 'start', run, warning: () => late });
  acts.ask({ title: 'open', confirm: 'start', run });
  tell(['Выдаст 40 %']);
  await late;
  await Promise.resolve();

  expect(acts.warnings).toEqual([]);
});
