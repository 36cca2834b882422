import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { toBase64 } from './base64';
import { FileProvider } from './file.svelte';
import { signatureIn } from './signature_file';
import { zipOf } from './zip';

const SIGNED_DATA = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const der = Uint8Array.from([0x30, 0x82, 0x01, 0x00, ...SIGNED_DATA, 0xa0, 0x80]);
const never = new AbortController().signal;
const paper = (name: string) => ({ bytes: new TextEncoder().encode(`{"creditor":"${name}"}`), title: name, file: `ballot-3-${name}.json` });
const file = (name: string, bytes: Uint8Array | string): File => new File([bytes as BlobPart], name);

test('a signature is read as DER, as base64 and as PEM', () => {
  const base64 = toBase64(der);
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);

  expect(signatureIn(der)).toEqual(der);
  expect(signatureIn(text(`\uFEFF${base64.replace(/.{8}/g, '$&\r\n')}`))).toEqual(der);
  expect(signatureIn(text(`-----BEGIN CMS-----\n${base64}\n-----END CMS-----\n`))).toEqual(der);
});

test.each([
  ['nothing', ''],
  ['a picture', '\x89PNG'],
  ['a ballot', '{"creditor":"c1"}'],
  ['base64 of something else', 'aGVsbG8='],
  ['a certificate', Uint8Array.from([0x30, 0x82, 0x01, 0x00, 0x30, 0x82])],
  ['too much', new Uint8Array(40_000).fill(0x30)],
])('%s is not a signature', (_name, content) => {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;

  expect(() => signatureIn(bytes)).toThrow(expect.objectContaining({ code: 'not_a_signature' }));
});

test('signatures of several ballots find them by name, in any order, with the ballots among them', async () => {
  const provider = new FileProvider();
  const [first, second] = [paper('c1'), paper('c10')];
  const signed = [first, second].map((one) => provider.sign(one, null, never));
  const unfit = await provider.give([file('ballot-3-c10.json.sig', der), file('ballot-3-c1.json', first.bytes), file('ballot-3-c1.json.p7s', der)]);

  expect(unfit).toEqual([]);
  expect(await Promise.all(signed)).toEqual([der, der]);
  expect(provider.asked).toEqual([]);
});

test('the only ballot takes a signature of any name', async () => {
  const provider = new FileProvider();
  const signed = provider.sign(paper('c1'), null, never);
  await provider.give([file('подпись.sig', der)]);

  expect(await signed).toEqual(der);
});

test('what is no signature, or belongs to no ballot, is named, and the ballot still waits', async () => {
  const provider = new FileProvider();
  void provider.sign(paper('c1'), null, never);
  void provider.sign(paper('c2'), null, never);
  const unfit = await provider.give([file('ballot-3-c1.json.sig', 'привет'), file('other.sig', der)]);

  expect(unfit).toEqual([
    { name: 'ballot-3-c1.json.sig', code: 'not_a_signature' },
    { name: 'other.sig', code: 'other_file' },
  ]);
  expect(provider.asked).toHaveLength(2);
});

test('a person who stops is asked for nothing more', async () => {
  const provider = new FileProvider();
  const stop = new AbortController();
  const signed = provider.sign(paper('c1'), null, stop.signal);
  stop.abort();

  await expect(signed).rejects.toMatchObject({ code: 'cancelled' });
  expect(provider.asked).toEqual([]);
});

test('another program unpacks the zip to the same bytes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kvorum-zip-'));
  const papers = [paper('c1'), paper('c2')];
  writeFileSync(join(folder, 'all.zip'), zipOf(papers.map(({ file: name, bytes }) => ({ name, bytes }))));
  execFileSync('python3', ['-m', 'zipfile', '-e', 'all.zip', 'out'], { cwd: folder });
  const out = join(folder, 'out');

  expect(readdirSync(out).sort()).toEqual(['ballot-3-c1.json', 'ballot-3-c2.json']);
  expect(new Uint8Array(readFileSync(join(out, 'ballot-3-c1.json')))).toEqual(papers[0]?.bytes);
  rmSync(folder, { recursive: true });
});
