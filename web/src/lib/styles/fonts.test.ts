import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';

const CUT = /url\('\.\/fonts\/\w+\.woff2'\)[^;]*;\s*unicode-range:([^;]+);/g;
/** Signs no file of the font has: the system draws them. */
const OF_THE_SYSTEM = new Set('\n₽→✓✕⋯');

function isInCuts(): (sign: string) => boolean {
  const css = readFileSync('src/lib/styles/fonts.css', 'utf8');
  const ranges = [...css.matchAll(CUT)].flatMap(([, list]) => (list ?? '').split(',').map((range) => range.trim().replace('U+', '').split('-').map((end) => parseInt(end, 16))));
  return (sign) => ranges.some(([from = 0, until = from]) => from <= sign.codePointAt(0)! && sign.codePointAt(0)! <= until);
}

test('our own texts need no more of the font than the first load brings', () => {
  const folder = 'src/lib/i18n';
  const texts = readdirSync(folder).filter((name) => !name.endsWith('.test.ts')).map((name) => readFileSync(`${folder}/${name}`, 'utf8')).join('');
  const has = isInCuts();

  const missing = [...new Set(texts)].filter((sign) => !has(sign) && !OF_THE_SYSTEM.has(sign));

  expect(has('ё') && has('A') && !has('é')).toBe(true);
  expect(missing).toEqual([]);
});
