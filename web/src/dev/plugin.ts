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

interface Setting extends Omit<Manners, 'holders' | 'itemMs' | 'held'> {
  holders: Installed[];
  /** Goes on with the event `plugin-item` or `plugin-pin` of the window. */
  held?: string[];
}

const { holders, held = [], ...manners } = (window as unknown as { fakePlugin: Setting }).fakePlugin;
const gates = new Map(held.map((what) => [what, new Promise((resolve) => addEventListener(`plugin-${what}`, resolve, { once: true }))]));

if (isSecureContext) window.cadesplugin = fakeCadesplugin({ ...manners, held: async (what) => gates.get(what), holders: holders.map(holderOf) });

function holderOf({ key, certificates, ...rest }: Installed): Holder {
  const imported = crypto.subtle.importKey('pkcs8', fromBase64(key), KEY, false, ['sign']);
  return { ...rest, key: imported, certificates: certificates.map(fromBase64) };
}
