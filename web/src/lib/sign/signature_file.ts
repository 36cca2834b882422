/** A signature as people bring it: DER, base64 or PEM, whatever the program that signed has written. */
import { fromBase64 } from './base64';
import { SignError } from './provider';

/** What the server takes (`SignedBallot.signature`). */
export const MAX_SIGNATURE_BYTES = 32_768;
const SEQUENCE = 0x30;
const SIGNED_DATA = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/** Tag and length of the outer sequence stand before the identifier of signed data. */
const FURTHEST_IDENTIFIER = 6;

/** DER of the signature in the file. Throws SignError `not_a_signature`. */
export function signatureIn(file: Uint8Array): Uint8Array {
  const der = file[0] === SEQUENCE ? file : decoded(file);
  if (der.length > MAX_SIGNATURE_BYTES || !isSignedData(der)) throw new SignError('not_a_signature');
  return der;
}

function decoded(file: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(file).replace(/-----[^-]*-----/g, '');
  try {
    return fromBase64(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new SignError('not_a_signature');
  }
}

function isSignedData(der: Uint8Array): boolean {
  if (der[0] !== SEQUENCE) return false;
  const starts = Array.from({ length: FURTHEST_IDENTIFIER }, (_, start) => start);
  return starts.some((start) => SIGNED_DATA.every((byte, index) => der[start + index] === byte));
}
