/** What the pages show in each scene: values as app/meetings/view.py would send them. */
import type { Attendance, Creditor, Meeting, MyReadiness, Question, Quorum, ReadinessView, Result, Voting } from '../lib/meeting/types';
import type { Values } from '../lib/live/frames';

export type Scene = 'before' | 'voting' | 'choice' | 'cumulative' | 'counted' | 'ended' | 'idle';

const SHA = 'a3'.repeat(32);
const NAMES = [
  'ПАО «Северный банк»',
  'ФНС России, Межрайонная инспекция № 15',
  'Кузнецова Анна Игоревна',
  'ООО «СтройИнвест»',
  'Петров Сергей Ильич',
  'АО «Теплосеть»',
  'ИП Гаврилова Ольга Николаевна',
  'ООО «Региональная лизинговая компания «Волга»',
];
const WEIGHTS = ['38200000000', '21734512000', '12400000050', '11900000000', '8300000000', '4500000000', '1900000000', '1065487950'];
const TOTAL = '100000000000';
const SHARES = ['38,20', '21,73', '12,40', '11,90', '8,30', '4,50', '1,90', '1,06'];

const quorum: Quorum = {
  present_kopecks: '84234512050',
  total_kopecks: TOTAL,
  share_percent: '84,23',
  held: true,
  rule: 'more_than_half',
  explanation: 'Присутствуют кредиторы с 842 345 120,50 ₽ из 1 000 000 000,00 ₽, это 84,23 %. Нужно более 50 %: кворум есть (127-ФЗ, ст. 12 п. 4).',
};

const YES_NO = [
  { id: 'for', text: 'За' },
  { id: 'against', text: 'Против' },
  { id: 'abstain', text: 'Воздержался' },
];

function question(id: string, number: string, title: string, more: Partial<Question> = {}): Question {
  return {
    id,
    number,
    parent: null,
    nested: [],
    title,
    wording: title,
    wording_sha256: SHA,
    topic: 'general',
    topic_text: 'Общий вопрос',
    rule: 'simple_present',
    rule_text: 'большинство голосов присутствующих',
    article: '127-ФЗ, ст. 15 п. 1',
    kind: 'yes_no',
    options: YES_NO,
    seats: 0,
    secrecy: 'open',
    duration_s: 180,
    state: 'waiting',
    voting: null,
    quorum: null,
    electorate: 'q1',
    outcome: null,
    outcome_text: null,
    adopted: null,
    reason: null,
    ...more,
  };
}

const done = (adopted: boolean): Partial<Question> => ({
  state: 'decided',
  outcome: adopted ? 'adopted' : 'not_adopted',
  outcome_text: adopted ? 'Принято' : 'Не принято',
  adopted,
});

function agenda(scene: Scene): Question[] {
  const now: Partial<Question> = scene === 'voting' ? { state: 'voting', voting: 3 } : scene === 'counted' || scene === 'ended' ? { ...done(true), voting: 3 } : {};
  const choice: Partial<Question> = { kind: 'choice', seats: 1, options: [{ id: 'o1', text: 'Союз арбитражных управляющих «Невский»' }, { id: 'o2', text: 'Ассоциация «Содействие»' }, { id: 'o3', text: 'Союз «Возрождение»' }], rule: 'choice_register', rule_text: 'вариант с большинством голосов от реестра' };
  const committee: Partial<Question> = { kind: 'cumulative', seats: 3, options: ['Белова М. А.', 'Громов И. П.', 'Ершов Д. С.', 'Жукова Н. В.'].map((text, index) => ({ id: `k${index + 1}`, text })), rule: 'cumulative', article: '127-ФЗ, ст. 18 п. 2' };
  return [
    question('q1', '1', 'Отчёт конкурсного управляющего о результатах своей деятельности', done(true)),
    question('q2', '2', 'О дальнейшей процедуре банкротства должника', done(false)),
    question('q3', '3', 'Об утверждении положения о порядке, сроках и условиях продажи имущества должника', { nested: ['q31', 'q32'], wording: 'Утвердить положение о порядке, сроках и условиях продажи имущества должника в редакции конкурсного управляющего от 01.11.2026.', ...now }),
    question('q31', '3.1', 'Начальная цена продажи земельного участка — 18 400 000 ₽', { parent: 'q3', state: 'waiting_parent' }),
    question('q32', '3.2', 'Организатор торгов — конкурсный управляющий', { parent: 'q3', state: 'waiting_parent' }),
    question('q4', '4', 'О выборе саморегулируемой организации', { ...choice, ...(scene === 'choice' ? { state: 'voting', voting: 3 } : {}) }),
    question('q5', '5', 'Об избрании комитета кредиторов', { ...committee, secrecy: 'closed', ...(scene === 'cumulative' ? { state: 'voting', voting: 3 } : {}) }),
  ];
}

function meeting(scene: Scene, now: number): Meeting {
  return {
    id: 'm_dev',
    status: scene === 'before' ? 'convened' : scene === 'ended' ? 'ended' : 'running',
    form: 'in_person',
    repeated: false,
    procedure: 'liquidation',
    debtor: 'ООО «Ладога-Девелопмент»',
    case_no: 'А56-12345/2026',
    court: 'Арбитражный суд города Санкт-Петербурга и Ленинградской области',
    place: 'Санкт-Петербург, Невский пр., 1, зал 2',
    starts_at_ms: now - 600_000,
    organizer: { name: 'Орлов Пётр Сергеевич', phone: '+7 812 555-01-23', email: 'orlov@example.org' },
    signature_policy: 'off',
    basis: null,
    shortest_s: 10,
    tolerance_ms: 1000,
    profile_version: '2026-09',
    register_sha256: SHA,
    creditors_total: 8,
    opened_at_ms: now - 500_000,
    ended_at_ms: scene === 'ended' ? now : null,
    recess_until_ms: null,
    reason: null,
    timezone: 'Europe/Moscow',
  };
}

function running(questionId: string, now: number): Voting {
  return {
    voting: 3,
    question: questionId,
    state: 'open',
    opened_at_ms: now - 75_000,
    deadline_ms: now + 105_000,
    tolerance_ms: 1000,
    register_sha256: SHA,
    electorate_sha256: SHA,
    electorate: 4,
    voted: 2,
    voted_kopecks: '59934512000',
    electorate_kopecks: '84234512050',
    prolonged: 0,
    missed: 0,
    reason: null,
  };
}

function result(now: number): Result {
  return {
    voting: 3,
    question: 'q3',
    outcome: 'adopted',
    outcome_text: 'Принято',
    adopted: true,
    totals: [
      { id: 'for', text: 'За', kopecks: '50600000050', percent: '60,07', creditors: 2 },
      { id: 'against', text: 'Против', kopecks: '21734512000', percent: '25,80', creditors: 1 },
      { id: 'abstain', text: 'Воздержался', kopecks: '11900000000', percent: '14,12', creditors: 1 },
    ],
    denominator_kopecks: '84234512050',
    share: '1012000001/1684690241',
    share_percent: '60,07',
    threshold_percent: '50,00',
    chosen: [],
    tied: [],
    unfilled_seats: 0,
    secured_not_for: [],
    quorum,
    article: '127-ФЗ, ст. 15 п. 1',
    explanation: 'За решение отдано 506 000 000,50 ₽ из 842 345 120,50 ₽ голосов присутствующих, это 60,07 %. Нужно более 50 %. Решение принято.',
    profile_version: '2026-09',
    input_sha256: SHA,
    counted_at_ms: now - 20_000,
  };
}

function creditors(scene: Scene, now: number): Creditor[] {
  return NAMES.map((name, index) => ({
    id: `c000${index + 1}`,
    name,
    inn: `78000000${index}0`,
    order: index === 1 ? 2 : 3,
    claim_kopecks: WEIGHTS[index] ?? '0',
    secured_kopecks: index === 0 ? '10000000000' : '0',
    weight_kopecks: WEIGHTS[index] ?? '0',
    share_percent: SHARES[index] ?? '0,00',
    present: index < 4,
    representative: index === 3 ? 'Соколов Андрей Павлович' : null,
    registered_at_ms: index < 4 ? now - 900_000 : null,
    registered_by: index < 4 ? (index === 3 ? 'desk' : 'self') : null,
    left_at_ms: index === 5 ? now - 300_000 : null,
    documents: index === 3 ? 'паспорт 40 12 345678; доверенность' : null,
    voted: index < 2 ? [3] : [],
    papers: index === 1 ? [{ voting: 3, weight_kopecks: WEIGHTS[index] ?? '0', pool_kopecks: '0', is_read: scene !== 'counted' }] : [],
  }));
}

function readiness(): ReadinessView {
  const rest = Array.from({ length: 37 }, (_, index) => {
    const reason = index === 3 ? 'cert_expired' : index % 7 === 5 ? 'power_of_attorney_missing' : 'not_tried';
    return { person: `p_${index}`, name: NAMES[index] ?? `ООО «Кредитор ${index}»`, reason };
  });
  return { ready: 23, expected: 60, reasons: { cert_expired: 1, not_tried: 31, power_of_attorney_missing: 5 }, rest };
}

export function viewOf(scene: Scene, role: string, now: number, policy: Meeting['signature_policy'] = 'off'): Values {
  const questions = agenda(scene);
  const current = questions.find(({ state }) => state === 'voting');
  const values: Values = { meeting: { ...meeting(scene, now), signature_policy: policy }, agenda: questions.map(({ id }) => id) };
  values['attendance'] = { creditors_present: 4, electorate: 'q1', may_open: true, may_open_reason: null } satisfies Attendance;
  values['quorum/q1'] = quorum;
  for (const item of questions) values[`question/${item.id}`] = item;
  if (current) values['voting/3'] = running(current.id, now);
  if (scene === 'counted' || scene === 'ended') {
    values['voting/3'] = { ...running('q3', now), state: 'counted' };
    values['result/3'] = result(now);
  }
  if (role === 'console' || role === 'desk') {
    for (const creditor of creditors(scene, now)) values[`creditor/${creditor.id}`] = creditor;
    if (policy !== 'off') values['readiness'] = readiness();
    values['next'] = current ? { op: null, text: 'Идёт голосование. Ждём голоса ещё двух кредиторов.', question: current.id, voting: 3 } : { op: 'start_voting', text: 'Начать голосование по вопросу 3.1', question: 'q31', voting: null };
  }
  return values;
}

export function meOf(scene: Scene, role: string, mine: number, view: Values): Values {
  const values: Values = { person: { person: 'p_dev', role: role === 'room' ? 'participant' : 'organizer', name: 'Соколов Андрей Павлович' } };
  if (role !== 'room') return values;
  if ((view['meeting'] as Meeting).signature_policy !== 'off') values['readiness'] = { reason: 'not_tried', tried_at_ms: null, phone: null, phone_changed_at_ms: null } satisfies MyReadiness;
  for (let index = 0; index < mine; index++) {
    const id = `c000${index + 1}`;
    values[`creditor/${id}`] = { id, name: NAMES[index], weight_kopecks: WEIGHTS[index], share_percent: SHARES[index], present: scene !== 'before', may_vote_settlement: true };
    if (!('voting/3' in view)) continue;
    const refused = mine > 1 && index === 2;
    values[`right/3/${id}`] = { voting: 3, creditor: id, may_vote: !refused, weight_kopecks: WEIGHTS[index], pool_kopecks: String(BigInt(WEIGHTS[index] ?? '0') * 3n), code: refused ? 'not_in_snapshot' : null, reason: null };
  }
  return values;
}
