/** The part of the plug-in's surface that we use, its constants, and what its error numbers mean. */
import { SignError, type SignCode } from './provider';

export const CURRENT_USER_STORE = 2;
export const CONTAINER_STORE = 100;
export const MAXIMUM_ALLOWED = 2;
export const FIND_SHA1 = 0;
export const CHAIN_EXCEPT_ROOT = 0;
export const BASE64_TO_BINARY = 1;
export const CADES_BES = 1;
export const ENCODE_BASE64 = 0;
/** ГОСТ Р 34.10-2012, 256 bits. */
export const PROVIDER_GOST_2012_256 = 80;

/** Every property of the plug-in's objects is a promise. */
export interface CadesAbout {
  Version: Promise<string>;
  CSPVersion(name: string, type: number): Promise<unknown>;
}
export interface CadesPrivateKey {
  UniqueContainerName: Promise<string>;
}
export interface CadesCertificate {
  SubjectName: Promise<string>;
  IssuerName: Promise<string>;
  ValidFromDate: Promise<string>;
  ValidToDate: Promise<string>;
  Thumbprint: Promise<string>;
  PrivateKey: Promise<CadesPrivateKey>;
  HasPrivateKey(): Promise<boolean>;
  Export(encoding: number): Promise<string>;
}
export interface CadesCertificates {
  Count: Promise<number>;
  /** From 1. */
  Item(index: number): Promise<CadesCertificate>;
  Find(type: number, text: string): Promise<CadesCertificates>;
}
export interface CadesStore {
  Certificates: Promise<CadesCertificates>;
  Open(location: number, name?: string, mode?: number): Promise<void>;
  Close(): Promise<void>;
}
export interface CadesSigner {
  propset_Certificate(certificate: CadesCertificate): Promise<void>;
  propset_Options(options: number): Promise<void>;
}
export interface CadesSignedData {
  propset_ContentEncoding(encoding: number): Promise<void>;
  propset_Content(content: string): Promise<void>;
  SignCades(signer: CadesSigner, type: number, isDetached: boolean): Promise<string>;
}
interface CadesObjects {
  'CAdESCOM.About': CadesAbout;
  'CAdESCOM.Store': CadesStore;
  'CAdESCOM.CPSigner': CadesSigner;
  'CAdESCOM.CadesSignedData': CadesSignedData;
}
/** `window.cadesplugin`: a promise that ends when the plug-in is there, with its functions on it. */
export interface Cadesplugin extends PromiseLike<unknown> {
  CreateObjectAsync<Name extends keyof CadesObjects>(name: Name): Promise<CadesObjects[Name]>;
  getLastError?(error: unknown): string;
}

declare global {
  interface Window {
    cadesplugin?: Cadesplugin;
    /** Read by the vendor's script. */
    cadesplugin_load_timeout?: number;
    cadesplugin_skip_extension_install?: boolean;
  }
}

/** HRESULTs by the names of the Windows headers; 0x8007065B is how the vendor says that the licence has ended. */
const MEANINGS: Record<string, SignCode> = {
  '8010006E': 'cancelled', // SCARD_W_CANCELLED_BY_USER
  '800704C7': 'cancelled', // ERROR_CANCELLED
  '8010006B': 'wrong_pin', // SCARD_W_WRONG_CHV
  '8010006C': 'pin_locked', // SCARD_W_CHV_BLOCKED
  '80100069': 'carrier_away', // SCARD_W_REMOVED_CARD
  '8010000C': 'carrier_away', // SCARD_E_NO_SMARTCARD
  '80100017': 'carrier_away', // SCARD_E_READER_UNAVAILABLE
  '8009000D': 'key_away', // NTE_NO_KEY
  '80090016': 'key_away', // NTE_BAD_KEYSET
  '80090019': 'key_away', // NTE_KEYSET_NOT_DEF
  '8009200B': 'key_away', // CRYPT_E_NO_KEY_PROPERTY
  '80092004': 'certificate_gone', // CRYPT_E_NOT_FOUND
  '800B0101': 'certificate_expired', // CERT_E_EXPIRED
  '800B0109': 'chain_unknown', // CERT_E_UNTRUSTEDROOT
  '800B010A': 'chain_unknown', // CERT_E_CHAINING
  '8007065B': 'licence',
  '80070005': 'not_permitted', // E_ACCESSDENIED
  '80040154': 'program_absent', // REGDB_E_CLASSNOTREG
};

/** What the plug-in threw, as our code; the number is looked for in its text. */
export function meaningOf(plugin: Cadesplugin, error: unknown): SignError {
  if (error instanceof SignError) return error;
  const text = plugin.getLastError?.(error) ?? (error instanceof Error ? error.message : String(error));
  const number = /0x([0-9a-f]{8})/i.exec(text)?.[1]?.toUpperCase() ?? '';
  return new SignError(MEANINGS[number] ?? 'unknown', text);
}
