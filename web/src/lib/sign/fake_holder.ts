/** Certificates of the `openssl` authority as the plug-in would list them; for tests. */
import { toBase64, fromBase64 } from './base64';
import { KEY, requestFor } from './cms';
import type { Authority } from './fake_authority';
import type { Holder } from './fake_cadesplugin';

const DAY_MS = 86_400_000;

/** A person with a key and a certificate; `days` may be over already. */
export async function holderOf(authority: Authority, name: string, more: Partial<Holder> & { days?: number } = {}): Promise<Holder> {
  const keys = await crypto.subtle.generateKey(KEY, false, ['sign', 'verify']);
  const { certificate, chain } = authority.issue(toBase64(await requestFor(keys)), `/CN=${name}`);
  const [surname = '', ...given] = name.split(' ');
  const { days = 30, ...rest } = more;
  return {
    key: keys.privateKey,
    certificates: [certificate, ...chain].map(fromBase64),
    subject: `SNILS=11223344595, G=${given.join(' ')}, SN=${surname}, CN=${name}`,
    issuer: 'CN=Учебный УЦ, O="АО ""Учебный центр"""',
    from: new Date(Date.now() - DAY_MS).toISOString(),
    to: new Date(Date.now() + days * DAY_MS).toISOString(),
    container: 'SCARD\\rutoken_lt_39445e29\\0A00\\28A9',
    ...rest,
  };
}
