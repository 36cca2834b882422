import { afterAll, beforeAll, expect, test } from 'vitest';

import { canonicalBytes } from '../meeting/ballot';
import { CryptoproProvider, type CryptoproNeeds } from './cryptopro';
import { Authority } from './fake_authority';
import { fakeCadesplugin, type Holder, type Manners, type Seen } from './fake_cadesplugin';
import { holderOf } from './fake_holder';
import { SignError, type SignCode } from './provider';

const paper = { bytes: canonicalBytes({ meeting: 'm_1', choices: ['for'] }), title: 'Бюллетень', file: 'ballot.json' };
const never = new AbortController().signal;

let authority: Authority;
let ivanov: Holder;

beforeAll(async () => {
  authority = new Authority();
  ivanov = await holderOf(authority, 'Иванов Иван Иванович');
});
afterAll(() => authority.close());

function aProvider(manners: Manners, more: Partial<CryptoproNeeds> & { seen?: Seen } = {}): CryptoproProvider {
  const { seen, ...needs } = more;
  return new CryptoproProvider({ page: async () => ({ cadesplugin: fakeCadesplugin(manners, seen) }), now: Date.now, ...needs });
}

async function codeOf(act: Promise<unknown>): Promise<SignCode> {
  const error = await act.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SignError);
  return (error as SignError).code;
}

test('openssl accepts what the plug-in signed: the bytes themselves, detached', async () => {
  const provider = aProvider({ holders: [ivanov] });
  const [certificate] = await provider.certificates();
  const signature = await provider.sign(paper, certificate ?? null, never);

  expect(() => authority.verify(paper.bytes, signature)).not.toThrow();
});

test('the fake signs UCS-2 text when the encoding comes after the content, as the plug-in does', async () => {
  const plugin = fakeCadesplugin({ holders: [ivanov] });
  const [signer, data, store] = await Promise.all([
    plugin.CreateObjectAsync('CAdESCOM.CPSigner'),
    plugin.CreateObjectAsync('CAdESCOM.CadesSignedData'),
    plugin.CreateObjectAsync('CAdESCOM.Store'),
  ]);
  await store.Open(2, 'My', 2);
  await signer.propset_Certificate(await (await store.Certificates).Item(1));
  await data.propset_Content(btoa('abc'));
  await data.propset_ContentEncoding(1);
  const signature = Uint8Array.from(atob((await data.SignCades(signer, 1, true)).replace(/\s/g, '')), (c) => c.charCodeAt(0));

  expect(() => authority.verify(new TextEncoder().encode('abc'), signature)).toThrow();
});

test('the list shows owner, organisation, validity and issuer, the usable ones first', async () => {
  const late = await holderOf(authority, 'Петрова Анна Ильинична', { days: -1 });
  const firm = { ...ivanov, subject: 'CN="ООО ""Ромашка""", O="ООО ""Ромашка""", INNLE=7800000000, T=Директор, SN=Иванов, G=Иван Иванович' };
  const keyless = await holderOf(authority, 'Сидоров Олег', { hasKey: false });
  const list = await aProvider({ holders: [late, firm, keyless] }).certificates();

  expect(list.map(({ owner, trouble }) => [owner, trouble])).toEqual([
    ['Иванов Иван Иванович', null],
    ['Сидоров Олег', 'key_away'],
    ['Петрова Анна Ильинична', 'expired'],
  ]);
  expect(list[0]).toMatchObject({ organization: 'ООО "Ромашка"', title: 'Директор', inn: '7800000000', issuer: 'Учебный УЦ' });
  expect(list[0]?.notAfter).toBe(Date.parse(firm.to));
});

test('a certificate that lies on its token only is found there, to list and to sign', async () => {
  const token = await holderOf(authority, 'Орлова Мария', { isOnCarrier: true });
  const provider = aProvider({ holders: [ivanov, token] });
  const own = (await provider.certificates()).find(({ owner }) => owner.startsWith('Орлова'));

  const signature = await provider.sign(paper, own ?? null, never);
  expect(() => authority.verify(paper.bytes, signature)).not.toThrow();
});

test('a certificate that lies in both places is listed once', async () => {
  const list = await aProvider({ holders: [ivanov, { ...ivanov, isOnCarrier: true }, ivanov] }).certificates();

  expect(list).toHaveLength(1);
});

test('an old plug-in without the store of containers lists what is installed', async () => {
  const list = await aProvider({ holders: [ivanov], hasNoContainerStore: true }).certificates();

  expect(list).toHaveLength(1);
});

test('one certificate that never answers does not hold up the others', async () => {
  const other = await holderOf(authority, 'Петрова Анна Ильинична');
  const itemMs = (index: number): number => (index === 1 ? -1 : 5);
  const list = await aProvider({ holders: [ivanov, other], itemMs }, { itemMs: 1_000 }).certificates();

  expect(list.map(({ owner }) => owner)).toEqual(['Петрова Анна Ильинична']);
});

test('without the plug-in, with a silent one, or without the program behind it, each says its own code', async () => {
  expect(await codeOf(aProvider({ holders: [], isAbsent: true }).detect())).toBe('plugin_absent');
  expect(await codeOf(aProvider({ holders: [], isSilent: true }, { answerMs: 20 }).detect())).toBe('plugin_silent');
  expect(await codeOf(aProvider({ holders: [], hasNoProgram: true }).detect())).toBe('program_absent');
});

test.each([
  ['0x8010006E', 'cancelled'],
  ['0x8010006b', 'wrong_pin'],
  ['0x8010006C', 'pin_locked'],
  ['0x80100069', 'carrier_away'],
  ['0x80090016', 'key_away'],
  ['0x80092004', 'certificate_gone'],
  ['0x800B0101', 'certificate_expired'],
  ['0x800B010A', 'chain_unknown'],
  ['0x8007065B', 'licence'],
  ['0x80070005', 'not_permitted'],
  ['0x80070057', 'unknown'],
])('the number %s of the plug-in means %s', async (number, code) => {
  const provider = aProvider({ holders: [ivanov], refusals: { 1: number } });
  const [certificate] = await provider.certificates();

  expect(await codeOf(provider.sign(paper, certificate ?? null, never))).toBe(code);
});

test('a person who does not want to wait for the PIN window is let go at once', async () => {
  const provider = aProvider({ holders: [ivanov], pinMs: -1 });
  const [certificate] = await provider.certificates();
  const stop = new AbortController();
  const signing = codeOf(provider.sign(paper, certificate ?? null, stop.signal));
  stop.abort();

  expect(await signing).toBe('cancelled');
});

test('a certificate that was taken away since is said to be gone', async () => {
  const manners = { holders: [ivanov] };
  const provider = aProvider(manners);
  const [certificate] = await provider.certificates();
  manners.holders = [];

  expect(await codeOf(provider.sign(paper, certificate ?? null, never))).toBe('certificate_gone');
});

test('two persons of one carrier are told by the name of the container', async () => {
  const other = await holderOf(authority, 'Петрова Анна Ильинична', { container: 'SCARD\\rutoken_lt_39445e29\\0B00\\11C2' });
  const provider = aProvider({ holders: [ivanov, other] });
  const carriers = await Promise.all((await provider.certificates()).map((certificate) => provider.carrier(certificate)));

  expect(carriers.map((name) => name?.split('\\')[1])).toEqual(['rutoken_lt_39445e29', 'rutoken_lt_39445e29']);
});
