/** Money and shares as text: whole kopecks are BigInt, percents are truncated and never rounded. */

const NBSP = '\u00a0';

/** «1 234 567,89 ₽» with unbreakable spaces. */
export function roubles(kopecks: string | bigint): string {
  const value = BigInt(kopecks);
  const sign = value < 0n ? '−' : '';
  const digits = (value < 0n ? -value : value).toString().padStart(3, '0');
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, NBSP);
  return `${sign}${whole},${digits.slice(-2)}${NBSP}₽`;
}

/** The share of `part` in `whole` with two digits, cut off: «49,99». Nothing of nothing is zero. */
export function percent(part: string | bigint, whole: string | bigint): string {
  const base = BigInt(whole);
  if (base === 0n) return '0,00';
  const hundredths = ((BigInt(part) * 10_000n) / base).toString().padStart(3, '0');
  return `${hundredths.slice(0, -2)},${hundredths.slice(-2)}`;
}

/** What a person typed as roubles: «1 000», «1000,5», «1 000.50 руб.»; null if it is no sum. */
export function parseRoubles(text: string): bigint | null {
  const clean = text.replace(/[\s\u00a0\u202f]|руб\.?|₽/g, '').replace(',', '.');
  const match = /^(\d{1,16})(?:\.(\d{1,2}))?$/.exec(clean);
  if (!match) return null;
  return BigInt(match[1] ?? '0') * 100n + BigInt((match[2] ?? '').padEnd(2, '0'));
}

export function sum(values: Iterable<string | bigint>): bigint {
  let total = 0n;
  for (const value of values) total += BigInt(value);
  return total;
}

/** «49,99» as a number for the width of a bar; never for a decision. */
export function barWidth(percentText: string): number {
  return Math.max(0, Math.min(100, Number(percentText.replace(',', '.')) || 0));
}
