/** The fake plug-in as a script of its own: browser tests say in `fakePlugin` who is installed and how it behaves. */
import { fromBase64 } from '../lib/sign/base64';
import { KEY } from '../lib/sign/cms';
import { fakeCadesplugin, type Holder, type Manners } from '../lib/sign/fake_cadesplugin';

interface Installed extends Omit<Holder, 'key' | 'certificates'> {
  /** PKCS #8, base64. */
  key: string;
  /** DER, base64, its own first. */
  certificates: string[];
}

interface Setting extends Omit<Manners, 'holders' | 'itemMs'> {
  holders: Installed[];
  itemMs?: number;
}

const { holders, itemMs = 0, ...manners } = (window as unknown as { fakePlugin: Setting }).fakePlugin;

if (isSecureContext) window.cadesplugin = fakeCadesplugin({ ...manners, itemMs: () => itemMs, holders: holders.map(holderOf) });

function holderOf({ key, certificates, ...rest }: Installed): Holder {
  const imported = crypto.subtle.importKey('pkcs8', fromBase64(key), KEY, false, ['sign']);
  return { ...rest, key: imported, certificates: certificates.map(fromBase64) };
}
