/** CAdES-BES by PKI.js and WebCrypto, and the request for a certificate. Loaded only at the signing step: it is large. */
import * as asn1js from 'asn1js';
import {
  Attribute,
  AttributeTypeAndValue,
  Certificate,
  CertificationRequest,
  ContentInfo,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  SignedAndUnsignedAttributes,
  SignedData,
  SignerInfo,
} from 'pkijs';

const DATA = '1.2.840.113549.1.7.1';
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_TIME = '1.2.840.113549.1.9.5';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const COMMON_NAME = '2.5.4.3';
const DIGEST = 'SHA-256';

export const KEY: EcKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' };

export interface Signer {
  key: CryptoKey;
  /** DER, the signer's own first. */
  certificates: Uint8Array[];
}

/** A detached CAdES-BES of the bytes, DER; the signer says that it is `at` (ms). */
export async function signDetached(bytes: Uint8Array, { key, certificates }: Signer, at: number): Promise<Uint8Array> {
  const [own, ...chain] = certificates.map(certificateOf);
  if (!own || !certificates[0]) throw new TypeError('a signer has a certificate');
  const attributes = [
    attribute(CONTENT_TYPE, new asn1js.ObjectIdentifier({ value: DATA })),
    attribute(SIGNING_TIME, new asn1js.UTCTime({ valueDate: new Date(at) })),
    attribute(MESSAGE_DIGEST, new asn1js.OctetString({ valueHex: await digest(bytes) })),
    attribute(SIGNING_CERTIFICATE_V2, signingCertificate(await digest(certificates[0]))),
  ];
  const signed = new SignedData({
    version: 1,
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: DATA }),
    signerInfos: [signerInfo(own, attributes)],
    certificates: [own, ...chain],
  });
  await signed.sign(key, 0, DIGEST);
  const content = new ContentInfo({ contentType: SIGNED_DATA, content: signed.toSchema(true) });
  return new Uint8Array(content.toSchema().toBER());
}

function signerInfo(own: Certificate, attributes: Attribute[]): SignerInfo {
  return new SignerInfo({
    version: 1,
    sid: new IssuerAndSerialNumber({ issuer: own.issuer, serialNumber: own.serialNumber }),
    signedAttrs: new SignedAndUnsignedAttributes({ type: 0, attributes: inOrderOfSet(attributes) }),
  });
}

/** DER wants a SET OF in the order of its encodings, and PKI.js writes the order that it was given. */
function inOrderOfSet(attributes: Attribute[]): Attribute[] {
  const encoded = (one: Attribute): Uint8Array => new Uint8Array(one.toSchema().toBER());
  return [...attributes].sort((a, b) => inOrderOfBytes(encoded(a), encoded(b)));
}

function inOrderOfBytes(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function attribute(type: string, value: unknown): Attribute {
  return new Attribute({ type, values: [value] });
}

/** RFC 5035: SHA-256 is the default digest of ESSCertIDv2 and is left out. */
function signingCertificate(print: ArrayBuffer): asn1js.Sequence {
  const certificate = new asn1js.Sequence({ value: [new asn1js.OctetString({ valueHex: print })] });
  return new asn1js.Sequence({ value: [new asn1js.Sequence({ value: [certificate] })] });
}

/** A request for a certificate of this key, DER. The server takes only the key from it: the name is its own knowledge. */
export async function requestFor(keys: CryptoKeyPair): Promise<Uint8Array> {
  const request = new CertificationRequest({ attributes: [] }); // RFC 2986 wants the field, though it be empty
  request.subject.typesAndValues.push(
    new AttributeTypeAndValue({ type: COMMON_NAME, value: new asn1js.Utf8String({ value: 'kvorum' }) }),
  );
  await request.subjectPublicKeyInfo.importKey(keys.publicKey);
  await request.sign(keys.privateKey, DIGEST);
  return new Uint8Array(request.toSchema(true).toBER());
}

export interface Facts {
  subject: [oid: string, value: string][];
  issuer: [oid: string, value: string][];
  notBefore: number;
  notAfter: number;
}

export function factsOf(der: Uint8Array): Facts {
  const certificate = certificateOf(der);
  return {
    subject: certificate.subject.typesAndValues.map(nameOf),
    issuer: certificate.issuer.typesAndValues.map(nameOf),
    notBefore: certificate.notBefore.value.getTime(),
    notAfter: certificate.notAfter.value.getTime(),
  };
}

function nameOf({ type, value }: AttributeTypeAndValue): [string, string] {
  return [type as unknown as string, String(value.valueBlock.value)];
}

function certificateOf(der: Uint8Array): Certificate {
  return Certificate.fromBER(der as Uint8Array<ArrayBuffer>);
}

function digest(bytes: Uint8Array): Promise<ArrayBuffer> {
  return crypto.subtle.digest(DIGEST, bytes as Uint8Array<ArrayBuffer>);
}

