/** The secret of a handoff: twenty signs that a person can type, from which come the box's name and the key. The server learns the name only. */

/** Without letters that look like digits. */
const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 20;
const GROUP = 5;

/** A new secret of 100 random bits, as «XXXXX-XXXXX-XXXXX-XXXXX». */
export function newCode(): string {
  const signs = Array.from(crypto.getRandomValues(new Uint8Array(LENGTH)), (byte) => SIGNS[byte % SIGNS.length]).join('');
  return grouped(signs);
}

/** What was typed, as the code it means; null if it cannot be one. */
export function codeIn(text: string): string | null {
  const signs = text.toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1').replace(/[^0-9A-Z]/g, '');
  return signs.length === LENGTH && [...signs].every((sign) => SIGNS.includes(sign)) ? grouped(signs) : null;
}

function grouped(signs: string): string {
  return (signs.match(new RegExp(`.{${GROUP}}`, 'g')) ?? []).join('-');
}

export interface Secret {
  /** 32 hex digits. */
  box: string;
  key: CryptoKey;
}

export async function secretOf(code: string): Promise<Secret> {
  const text = new TextEncoder().encode(code);
  const root = await crypto.subtle.importKey('raw', text, 'HKDF', false, ['deriveBits', 'deriveKey']);
  const by = (info: string): HkdfParams => ({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode(info) });
  const name = new Uint8Array(await crypto.subtle.deriveBits(by('kvorum handoff box'), root, 128));
  const key = await crypto.subtle.deriveKey(by('kvorum handoff key'), root, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  return { box: Array.from(name, (byte) => byte.toString(16).padStart(2, '0')).join(''), key };
}

const NONCE = 12;

/** Encrypted and bound to its direction, so that a letter cannot be given back as an answer. */
export async function sealed(key: CryptoKey, direction: 'letter' | 'answer', value: unknown): Promise<Uint8Array> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE));
  const additionalData = new TextEncoder().encode(direction);
  const text = new TextEncoder().encode(JSON.stringify(value));
  const hidden = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, text));
  const whole = new Uint8Array(NONCE + hidden.length);
  whole.set(iv);
  whole.set(hidden, NONCE);
  return whole;
}

/** Throws when the key, the direction or a byte is another. */
export async function opened(key: CryptoKey, direction: 'letter' | 'answer', whole: Uint8Array): Promise<unknown> {
  const iv = whole.slice(0, NONCE);
  const additionalData = new TextEncoder().encode(direction);
  const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, key, whole.slice(NONCE));
  return JSON.parse(new TextDecoder().decode(text));
}
