/** What a signing step needs of a server and of a computer, while developing: ?sign=on, and &plugin=good|expired|cancel|absent. */
import { fromBase64, toBase64 } from '../lib/sign/base64';
import { KEY, requestFor } from '../lib/sign/cms';
import { fakeCadesplugin, type Holder, type Manners } from '../lib/sign/fake_cadesplugin';
import { Authority } from './authority';

const DAY_MS = 86_400_000;
const ISSUER = 'CN=УЦ «Северный», O="АО ""Северный удостоверяющий центр"""';
const authority = new Authority();
const boxes = new Map<string, { letter: string; answer: string | null }>();

/** Stands in for the HTTP of the server; other requests go their way. */
export async function pretend(query: URLSearchParams): Promise<void> {
  const real = window.fetch.bind(window);
  window.fetch = async (input, init) => (await answered(String(input), init)) ?? real(input, init);
  const plugin = query.get('plugin');
  if (plugin) window.cadesplugin = fakeCadesplugin(await manners(plugin));
}

async function answered(path: string, init?: RequestInit): Promise<Response | null> {
  const body = JSON.parse(typeof init?.body === 'string' ? init.body : '{}') as Record<string, string>;
  const [, box = '', part = ''] = /^\/api\/handoffs\/([0-9a-f]+)\/?(\w*)/.exec(path) ?? [];
  if (path === '/api/signing') return Response.json({ demo: true, plugin: false });
  if (path.startsWith('/api/demo/')) return Response.json(await authority.issue(body['csr'] ?? '', 'Соколов Андрей Павлович'));
  if (!box) return null;
  if (init?.method === 'PUT') boxes.set(box, { letter: body['letter'] ?? '', answer: null });
  if (part === 'letter') return Response.json({ letter: boxes.get(box)?.letter });
  if (part === 'answer') return Response.json({ answer: boxes.get(box)?.answer ?? null });
  return Response.json({ expires_at_ms: Date.now() + 600_000 });
}

async function manners(plugin: string): Promise<Manners> {
  const refusals: Record<number, string> = plugin === 'cancel' ? { 1: '0x8010006E' } : plugin === 'third' ? { 3: '0x80090020' } : {};
  return { holders: await people(), isAbsent: plugin === 'absent', pinMs: plugin === 'slow' ? 60_000 : 400, refusals };
}

function people(): Promise<Holder[]> {
  return Promise.all([
    holder('Соколов Андрей Павлович', 'INN=780011223344, SNILS=11223344595', 200),
    holder('Соколов Андрей Павлович', 'T=Директор, O="ООО ""СтройИнвест""", INNLE=7800000030', 40),
    holder('Кузнецова Анна Игоревна', 'SNILS=08765430300', -12),
  ]);
}

async function holder(name: string, more: string, days: number): Promise<Holder> {
  const keys = await crypto.subtle.generateKey(KEY, false, ['sign', 'verify']);
  const { certificate, chain } = await authority.issue(toBase64(await requestFor(keys)), name);
  const [surname, ...given] = name.split(' ');
  const at = (offset: number): string => new Date(Date.now() + offset * DAY_MS).toISOString();
  return {
    key: keys.privateKey,
    certificates: [certificate, ...chain].map(fromBase64),
    subject: `${more}, G=${given.join(' ')}, SN=${surname}, CN=${name}`,
    issuer: ISSUER,
    from: at(days - 365),
    to: at(days),
    container: 'SCARD\\rutoken_lt_39445e29\\0A00\\28A9',
  };
}
