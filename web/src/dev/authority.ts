/** A certificate authority inside the page, for developing: it signs what the server's demo CA would. */
import * as asn1js from 'asn1js';
import { AttributeTypeAndValue, BasicConstraints, Certificate, CertificationRequest, Extension } from 'pkijs';

import { fromBase64, toBase64 } from '../lib/sign/base64';
import { KEY } from '../lib/sign/cms';
import type { Issued } from '../lib/sign/soft';

const DAY_MS = 86_400_000;

export class Authority {
  #root: Promise<{ certificate: Certificate; keys: CryptoKeyPair }> | null = null;

  async issue(csr: string, name: string): Promise<Issued> {
    const { certificate: root, keys } = await (this.#root ??= newRoot());
    const request = CertificationRequest.fromBER(fromBase64(csr));
    const leaf = blank(2, name);
    leaf.issuer = root.subject;
    leaf.subjectPublicKeyInfo = request.subjectPublicKeyInfo;
    await leaf.sign(keys.privateKey, 'SHA-256');
    return { certificate: base64(leaf), chain: [base64(root)] };
  }
}

async function newRoot(): Promise<{ certificate: Certificate; keys: CryptoKeyPair }> {
  const keys = await crypto.subtle.generateKey(KEY, false, ['sign', 'verify']);
  const root = blank(1, 'Учебный удостоверяющий центр');
  root.issuer = root.subject;
  const constraints = new BasicConstraints({ cA: true });
  root.extensions = [new Extension({ extnID: '2.5.29.19', critical: true, extnValue: constraints.toSchema().toBER(), parsedValue: constraints })];
  await root.subjectPublicKeyInfo.importKey(keys.publicKey);
  await root.sign(keys.privateKey, 'SHA-256');
  return { certificate: root, keys };
}

function blank(serial: number, name: string): Certificate {
  const certificate = new Certificate({ version: 2, serialNumber: new asn1js.Integer({ value: serial }) });
  certificate.subject.typesAndValues.push(new AttributeTypeAndValue({ type: '2.5.4.3', value: new asn1js.Utf8String({ value: name }) }));
  certificate.notBefore.value = new Date(Date.now() - DAY_MS);
  certificate.notAfter.value = new Date(Date.now() + 30 * DAY_MS);
  return certificate;
}

function base64(certificate: Certificate): string {
  return toBase64(new Uint8Array(certificate.toSchema().toBER()));
}
