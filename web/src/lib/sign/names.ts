/** Who a certificate belongs to, from its names: as text of the plug-in, or as object identifiers. For showing only. */
import type { Certificate, Trouble } from './provider';

const OIDS: Record<string, string> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.42': 'G',
  '2.5.4.10': 'O',
  '2.5.4.12': 'T',
  '1.2.643.3.131.1.1': 'INN',
  '1.2.643.100.3': 'SNILS',
  '1.2.643.100.4': 'INNLE',
};
/** How programs of different years write the same name. */
const SAME: Record<string, string> = { ИНН: 'INN', СНИЛС: 'SNILS', ИННЮЛ: 'INNLE', 'ИНН ЮЛ': 'INNLE', INNUL: 'INNLE', GN: 'G' };

export type Names = [name: string, value: string][];

export interface Dated {
  subject: Names;
  issuer: Names;
  notBefore: number;
  notAfter: number;
}

/** The certificate as the pages show it, judged by this moment of server time. */
export function certificateFrom(id: string, { subject, issuer, notBefore, notAfter }: Dated, now: number): Certificate {
  const of = named(subject);
  const organization = of('O');
  const person = [of('SN'), of('G')].filter(Boolean).join(' ');
  return {
    id,
    owner: person || of('CN') || organization || id,
    organization,
    title: of('T'),
    inn: of('INNLE') ?? of('INN'),
    snils: of('SNILS'),
    issuer: named(issuer)('CN') ?? named(issuer)('O') ?? '',
    notBefore,
    notAfter,
    trouble: troubleOf(notBefore, notAfter, now),
  };
}

function troubleOf(notBefore: number, notAfter: number, now: number): Trouble | null {
  return now > notAfter ? 'expired' : now < notBefore ? 'not_yet_valid' : null;
}

function named(names: Names): (name: string) => string | null {
  const map = new Map(names.map(([name, value]) => [keyOf(name), value]));
  return (name) => map.get(name)?.trim() || null;
}

function keyOf(name: string): string {
  const bare = name.replace(/^OID\./i, '');
  return OIDS[bare] ?? SAME[bare.toUpperCase()] ?? bare.toUpperCase();
}

/** «SNILS=…, G=…, O="ООО ""Ромашка"", CN=…"» in pairs: values may be in quotes, a quote inside is doubled. */
export function namesIn(text: string): Names {
  const pairs = text.matchAll(/\s*([^=,;+]+?)\s*=\s*("(?:[^"]|"")*"|[^,;]*)\s*(?:[,;]|$)/g);
  return [...pairs].map(([, name = '', value = '']) => [name, unquoted(value.trim())]);
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value;
}
