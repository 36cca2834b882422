/** The plug-in's surface over keys of WebCrypto, with its manners: the real provider code runs on it in tests. */
import type { CadesCertificate, CadesCertificates, Cadesplugin, CadesSigner, CadesSignedData, CadesStore } from './cades';
import { BASE64_TO_BINARY, CONTAINER_STORE, FIND_SHA1 } from './cades';
import { toBase64 } from './base64';
import { signDetached } from './cms';

/** One certificate «installed» on this computer. */
export interface Holder {
  key: CryptoKey | Promise<CryptoKey>;
  /** DER, the signer's own first. */
  certificates: Uint8Array[];
  /** As the plug-in writes them. */
  subject: string;
  issuer: string;
  from: string;
  to: string;
  container: string;
  hasKey?: boolean;
  /** Lies on its token only. */
  isOnCarrier?: boolean;
}

export interface Manners {
  holders: Holder[];
  /** The promise of the plug-in rejects, as the vendor's script does without the extension. */
  isAbsent?: boolean;
  /** The promise never ends. */
  isSilent?: boolean;
  hasNoProgram?: boolean;
  hasNoContainerStore?: boolean;
  /** How long the window with the PIN stands open. */
  pinMs?: number;
  /** How long each `Item()` takes; -1 is for ever. */
  itemMs?: (index: number) => number;
  /** Is waited for before each `Item()` and each signature. */
  held?: (what: 'item' | 'pin') => Promise<unknown>;
  /** What the n-th signature (from 1) is refused with, such as '0x8010006E'. */
  refusals?: Record<number, string>;
}

export interface Seen {
  signatures: number;
  opened: number[];
}

export function fakeCadesplugin(manners: Manners, seen: Seen = { signatures: 0, opened: [] }): Cadesplugin {
  const ready = new Promise<void>((resolve, reject) => {
    if (manners.isAbsent) reject(new Error('Плагин недоступен'));
    else if (!manners.isSilent) resolve();
  });
  ready.catch(() => {}); // whoever asks is told again
  const make: Record<string, () => unknown> = {
    'cadescom.about': () => about(manners),
    'cadescom.store': () => store(manners, seen),
    'cadescom.cpsigner': signer,
    'cadescom.cadessigneddata': () => signedData(manners, seen),
  };
  const create = async (name: string): Promise<unknown> => make[name.toLowerCase()]?.() ?? refused('0x80040154');
  const getLastError = (error: unknown): string => (error as Error).message;
  return Object.assign(ready, { CreateObjectAsync: create, getLastError }) as unknown as Cadesplugin;
}

function about({ hasNoProgram }: Manners): unknown {
  return { Version: Promise.resolve('2.0.15000'), CSPVersion: async () => (hasNoProgram ? refused('0x80090014') : '5.0.13000') };
}

function store(manners: Manners, seen: Seen): CadesStore {
  let location: number | null = null;
  return {
    Open: async (where) => {
      if (where === CONTAINER_STORE && manners.hasNoContainerStore) refused('0x80070057');
      seen.opened.push(where);
      location = where;
    },
    Close: async () => void (location = null),
    get Certificates() {
      if (location === null) return Promise.reject(new Error('Store is closed (0x80880231)'));
      const isOnCarrier = location === CONTAINER_STORE;
      return Promise.resolve(certificates(manners, manners.holders.filter((holder) => Boolean(holder.isOnCarrier) === isOnCarrier)));
    },
  };
}

interface FakeCertificate extends CadesCertificate {
  holder: Holder;
}

function certificates(manners: Manners, holders: Holder[]): CadesCertificates {
  return {
    Count: Promise.resolve(holders.length),
    Item: async (index) => {
      await pause(manners.itemMs?.(index) ?? 0);
      await manners.held?.('item');
      const holder = holders[index - 1];
      return holder ? certificate(holder) : refused('0x80070057');
    },
    Find: async (type, text) => {
      if (type !== FIND_SHA1) refused('0x80070057');
      const prints = await Promise.all(holders.map(thumbprint));
      return certificates({ ...manners, itemMs: undefined }, holders.filter((_, index) => prints[index] === text.toUpperCase()));
    },
  };
}

function certificate(holder: Holder): FakeCertificate {
  return {
    holder,
    SubjectName: Promise.resolve(holder.subject),
    IssuerName: Promise.resolve(holder.issuer),
    ValidFromDate: Promise.resolve(holder.from),
    ValidToDate: Promise.resolve(holder.to),
    Thumbprint: thumbprint(holder),
    HasPrivateKey: async () => holder.hasKey ?? true,
    Export: async () => toBase64(holder.certificates[0] ?? new Uint8Array()),
    PrivateKey: Promise.resolve({ UniqueContainerName: Promise.resolve(holder.container) }),
  };
}

function signer(): CadesSigner & { certificate?: FakeCertificate } {
  const made: CadesSigner & { certificate?: FakeCertificate } = {
    propset_Certificate: async (chosen) => void (made.certificate = chosen as FakeCertificate),
    propset_Options: async () => {},
  };
  return made;
}

/** Content that is set before its encoding is text, and text is signed as UCS-2. */
function signedData(manners: Manners, seen: Seen): CadesSignedData {
  let encoding = 0;
  let content = new Uint8Array();
  return {
    propset_ContentEncoding: async (given) => void (encoding = given),
    propset_Content: async (given) => {
      content = encoding === BASE64_TO_BINARY ? Uint8Array.from(atob(given), (letter) => letter.charCodeAt(0)) : ucs2(given);
    },
    SignCades: async (by, _type, isDetached) => {
      const holder = (by as ReturnType<typeof signer>).certificate?.holder;
      if (!holder || !isDetached) return refused('0x80070057');
      await pause(manners.pinMs ?? 0);
      await manners.held?.('pin');
      const refusal = manners.refusals?.[++seen.signatures];
      if (refusal) return refused(refusal);
      if (!(holder.hasKey ?? true)) return refused('0x8009000D');
      return inLines(toBase64(await signDetached(content, { ...holder, key: await holder.key }, Date.now())));
    },
  };
}

function inLines(text: string): string {
  return text.replace(/.{64}/g, '$&\r\n');
}

function ucs2(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint16Array.from(text, (letter) => letter.charCodeAt(0)).buffer);
}

async function thumbprint({ certificates: [own] }: Holder): Promise<string> {
  const print = await crypto.subtle.digest('SHA-1', own as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(print), (byte) => byte.toString(16).padStart(2, '0')).join('').toUpperCase();
}

function refused(number: string): never {
  throw new Error(`Отказ (${number})`);
}

function pause(ms: number): Promise<void> {
  return ms < 0 ? new Promise(() => {}) : new Promise((resolve) => setTimeout(resolve, ms));
}
