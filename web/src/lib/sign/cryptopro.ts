/** Signing by КриптоПро ЭЦП Browser plug-in: the certificates of this computer, a PIN window of its own, CAdES-BES. */
import { fromBase64, toBase64 } from './base64';
import {
  BASE64_TO_BINARY,
  CADES_BES,
  CHAIN_EXCEPT_ROOT,
  CONTAINER_STORE,
  CURRENT_USER_STORE,
  ENCODE_BASE64,
  FIND_SHA1,
  MAXIMUM_ALLOWED,
  meaningOf,
  PROVIDER_GOST_2012_256,
  type CadesCertificate,
  type CadesCertificates,
  type Cadesplugin,
} from './cades';
import { certificateFrom, namesIn } from './names';
import { SignError, within, type Certificate, type Paper, type SignCode, type SignProvider } from './provider';

const ANSWER_MS = 10_000;
/** A certificate that does not answer in this time is left out of the list: the others are not to wait for it. */
const ITEM_MS = 8_000;
/** For a PIN: people look for the note in another room. */
const SIGN_MS = 300_000;

export interface CryptoproNeeds {
  /** The page with the plug-in's object in it; throws SignError when it cannot be had. */
  page: () => Promise<Page>;
  now: () => number;
  answerMs?: number;
  itemMs?: number;
}

/** The plug-in is itself a promise, so no promise may end with it: it would be waited for and lost. */
export interface Page {
  cadesplugin: Cadesplugin;
}

export class CryptoproProvider implements SignProvider {
  readonly way = 'cryptopro';
  readonly atOnce = false;
  #page: Page | null = null;

  constructor(private readonly needs: CryptoproNeeds) {}

  async detect(): Promise<void> {
    const { cadesplugin: plugin } = await this.needs.page();
    try {
      await this.#within(plugin, 'plugin_silent');
    } catch (error) {
      throw error instanceof SignError ? error : new SignError('plugin_absent', String(error));
    }
    await this.#mustHaveProgram(plugin);
    this.#page = { cadesplugin: plugin };
  }

  /** The plug-in may be there without the program that holds the keys. */
  async #mustHaveProgram(plugin: Cadesplugin): Promise<void> {
    try {
      const about = await this.#within(plugin.CreateObjectAsync('CAdESCOM.About'), 'plugin_silent');
      await this.#within(about.CSPVersion('', PROVIDER_GOST_2012_256), 'plugin_silent');
    } catch (error) {
      const meaning = meaningOf(plugin, error);
      throw meaning.code === 'unknown' ? new SignError('program_absent', meaning.detail) : meaning;
    }
  }

  async certificates(): Promise<Certificate[]> {
    const { cadesplugin: plugin } = await this.#ready();
    try {
      const own = await this.#inStore(plugin, CURRENT_USER_STORE, (all) => this.#listed(all));
      const inContainers = await this.#inContainers(plugin, (all) => this.#listed(all), []);
      const byPrint = new Map([...inContainers, ...own].map((certificate) => [certificate.id, certificate]));
      return [...byPrint.values()].sort(usableFirst);
    } catch (error) {
      throw meaningOf(plugin, error);
    }
  }

  async sign({ bytes }: Paper, certificate: Certificate | null, stop: AbortSignal): Promise<Uint8Array> {
    const { cadesplugin: plugin } = await this.#ready();
    if (!certificate) throw new SignError('certificate_gone');
    try {
      const signed = this.#signed(plugin, await this.#find(plugin, certificate.id), bytes);
      return fromBase64(await within(signed, SIGN_MS, 'plugin_silent', stop));
    } catch (error) {
      throw error instanceof TypeError ? new SignError('not_a_signature') : meaningOf(plugin, error);
    }
  }

  async der(certificate: Certificate): Promise<Uint8Array> {
    const { cadesplugin: plugin } = await this.#ready();
    try {
      const found = await this.#find(plugin, certificate.id);
      return fromBase64(await this.#within(found.Export(ENCODE_BASE64), 'plugin_silent'));
    } catch (error) {
      throw meaningOf(plugin, error);
    }
  }

  /** The container of the key, which names its carrier (B-SIG-02). Asked after a signature: the token is in place then. */
  async carrier(certificate: Certificate): Promise<string | null> {
    const { cadesplugin: plugin } = await this.#ready();
    try {
      const key = await this.#within((await this.#find(plugin, certificate.id)).PrivateKey, 'plugin_silent');
      return await this.#within(key.UniqueContainerName, 'plugin_silent');
    } catch (error) {
      throw meaningOf(plugin, error);
    }
  }

  /** The encoding comes first: set after the content, it would be the text in UCS-2 that is signed. */
  async #signed(plugin: Cadesplugin, certificate: CadesCertificate, bytes: Uint8Array): Promise<string> {
    const signer = await plugin.CreateObjectAsync('CAdESCOM.CPSigner');
    await signer.propset_Certificate(certificate);
    await signer.propset_Options(CHAIN_EXCEPT_ROOT);
    const data = await plugin.CreateObjectAsync('CAdESCOM.CadesSignedData');
    await data.propset_ContentEncoding(BASE64_TO_BINARY);
    await data.propset_Content(toBase64(bytes));
    return data.SignCades(signer, CADES_BES, true);
  }

  async #find(plugin: Cadesplugin, thumbprint: string): Promise<CadesCertificate> {
    const first = async (all: CadesCertificates): Promise<CadesCertificate | null> => {
      const found = await all.Find(FIND_SHA1, thumbprint);
      return (await found.Count) > 0 ? found.Item(1) : null;
    };
    const found = (await this.#inStore(plugin, CURRENT_USER_STORE, first)) ?? (await this.#inContainers(plugin, first, null));
    if (!found) throw new SignError('certificate_gone');
    return found;
  }

  async #inStore<T>(plugin: Cadesplugin, location: number, read: (all: CadesCertificates) => Promise<T>): Promise<T> {
    const store = await this.#within(plugin.CreateObjectAsync('CAdESCOM.Store'), 'plugin_silent');
    if (location === CONTAINER_STORE) await this.#within(store.Open(location), 'plugin_silent');
    else await this.#within(store.Open(location, 'My', MAXIMUM_ALLOWED), 'plugin_silent');
    try {
      return await read(await store.Certificates);
    } finally {
      await store.Close();
    }
  }

  /** Certificates that were never installed and lie on their token; plug-ins before 2.0.13292 have no such store. */
  async #inContainers<T>(plugin: Cadesplugin, read: (all: CadesCertificates) => Promise<T>, none: T): Promise<T> {
    try {
      return await this.#inStore(plugin, CONTAINER_STORE, read);
    } catch (error) {
      if (meaningOf(plugin, error).code === 'cancelled') throw error;
      return none;
    }
  }

  async #listed(all: CadesCertificates): Promise<Certificate[]> {
    const count = await this.#within(all.Count, 'plugin_silent');
    const items = Array.from({ length: count }, (_, index) => this.#item(all, index + 1));
    const answers = await Promise.allSettled(items);
    const read = answers.filter((answer) => answer.status === 'fulfilled').map(({ value }) => value);
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (read.length === 0 && failed) throw failed.reason;
    return read;
  }

  #item(all: CadesCertificates, index: number): Promise<Certificate> {
    return within(this.#read(all, index), this.needs.itemMs ?? ITEM_MS, 'plugin_silent');
  }

  async #read(all: CadesCertificates, index: number): Promise<Certificate> {
    const item = await all.Item(index);
    const [id, subject, issuer, from, to, hasKey] = await Promise.all([
      item.Thumbprint,
      item.SubjectName,
      item.IssuerName,
      item.ValidFromDate,
      item.ValidToDate,
      item.HasPrivateKey(),
    ]);
    const dated = { subject: namesIn(subject), issuer: namesIn(issuer), notBefore: Date.parse(from), notAfter: Date.parse(to) };
    const certificate = certificateFrom(id, dated, this.needs.now());
    return hasKey ? certificate : { ...certificate, trouble: certificate.trouble ?? 'key_away' };
  }

  async #ready(): Promise<Page> {
    if (!this.#page) await this.detect();
    if (!this.#page) throw new SignError('plugin_absent');
    return this.#page;
  }

  #within<T>(promise: PromiseLike<T>, late: SignCode): Promise<T> {
    return within(promise, this.needs.answerMs ?? ANSWER_MS, late);
  }
}

function usableFirst(a: Certificate, b: Certificate): number {
  return Number(a.trouble !== null) - Number(b.trouble !== null) || b.notAfter - a.notAfter;
}
