import { beforeEach, expect, test } from 'vitest';

import { fromBase64, toBase64 } from './base64';
import { codeIn, newCode, opened, sealed, secretOf } from './handoff_code';
import { HandoffProvider, type Letter, type Mailbox } from './handoff.svelte';
import { SignError } from './provider';

const SIGNED_DATA = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const der = Uint8Array.from([0x30, 0x82, 0x01, 0x00, ...SIGNED_DATA, 0xa0, 0x80]);
const papers = ['c1', 'c2'].map((name) => ({ bytes: new TextEncoder().encode(`{"creditor":"${name}"}`), title: name, file: `${name}.json` }));

/** The server: ciphertext by the name of the box. */
class Boxes implements Mailbox {
  letters = new Map<string, string>();
  answers = new Map<string, string>();
  isAway = false;
  async put(box: string, letter: string): Promise<{ expires_at_ms: number }> {
    this.letters.set(box, letter);
    return { expires_at_ms: Date.now() + 600_000 };
  }
  async answer(box: string): Promise<string | null> {
    if (this.isAway) throw new SignError('server');
    return this.answers.get(box) ?? null;
  }
  async remove(box: string): Promise<void> {
    this.letters.delete(box);
  }
}

let boxes: Boxes;
let now: number;
beforeEach(() => {
  boxes = new Boxes();
  now = Date.now();
});

function aHandoff(stop = new AbortController()): { provider: HandoffProvider; signed: Promise<PromiseSettledResult<Uint8Array>[]>; stop: AbortController } {
  const provider = new HandoffProvider({ mailbox: boxes, about: () => 'Собрание', now: () => now, askMs: 1 });
  const signed = Promise.allSettled(papers.map((paper) => provider.sign(paper, null, stop.signal)));
  return { provider, signed, stop };
}

async function codeOf(provider: HandoffProvider): Promise<string> {
  for (let tries = 0; tries < 4_000 && provider.code === null; tries++) await new Promise((resolve) => setTimeout(resolve, 5));
  return provider.code ?? '';
}

/** What the computer does with the code. */
async function answered(code: string, signatures: (string | null)[]): Promise<Letter> {
  const { box, key } = await secretOf(code);
  const letter = (await opened(key, 'letter', fromBase64(boxes.letters.get(box) ?? ''))) as Letter;
  boxes.answers.set(box, toBase64(await sealed(key, 'answer', { signatures })));
  return letter;
}

test('the computer reads exact bytes by the code, and its signatures come back in their order', async () => {
  const { provider, signed } = aHandoff();
  const letter = await answered(await codeOf(provider), [toBase64(der), null]);

  expect(letter.about).toBe('Собрание');
  expect(letter.papers.map(({ bytes }) => fromBase64(bytes))).toEqual(papers.map(({ bytes }) => bytes));
  expect(await signed).toMatchObject([{ status: 'fulfilled', value: der }, { status: 'rejected', reason: { code: 'cancelled' } }]);
  expect(boxes.letters.size).toBe(0);
});

test('the server sees neither the choice nor the key, and the name of the box does not give the code away', async () => {
  const { provider, stop } = aHandoff();
  const code = await codeOf(provider);
  const [box, letter] = [...boxes.letters][0] ?? ['', ''];
  const seen = new TextDecoder('latin1').decode(fromBase64(letter));
  stop.abort();

  expect(seen).not.toContain('creditor');
  expect(box).toMatch(/^[0-9a-f]{32}$/);
  expect(box + letter).not.toContain(code.replaceAll('-', ''));
});

test('a letter given back as an answer, or a changed answer, is refused as damaged', async () => {
  const { provider, signed } = aHandoff();
  await codeOf(provider);
  for (const [box, letter] of boxes.letters) boxes.answers.set(box, letter);

  expect(await signed).toMatchObject([{ reason: { code: 'handoff_damaged' } }, { reason: { code: 'handoff_damaged' } }]);
});

test('a lost line is waited out, ten minutes are not', async () => {
  const { provider, signed } = aHandoff();
  await codeOf(provider);
  boxes.isAway = true;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(provider.code).not.toBeNull();
  now += 700_000;

  expect(await signed).toMatchObject([{ reason: { code: 'handoff_expired' } }, { reason: { code: 'handoff_expired' } }]);
});

test('a person who stops takes the box away', async () => {
  const { provider, signed, stop } = aHandoff();
  await codeOf(provider);
  stop.abort();

  expect(await signed).toMatchObject([{ reason: { code: 'cancelled' } }, {}]);
  expect(boxes.letters.size).toBe(0);
});

test('a code is typed in any case, with or without dashes, and look-alikes are forgiven', () => {
  const code = newCode();

  expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$/);
  expect(codeIn(code.toLowerCase().replaceAll('-', ' '))).toBe(code);
  expect(codeIn('OOOOO-IIIII-lllll-00000')).toBe('00000-11111-11111-00000');
  expect(codeIn('коротко')).toBeNull();
  expect(codeIn(`${code}7`)).toBeNull();
});
