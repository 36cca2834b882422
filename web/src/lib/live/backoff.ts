/** Full jitter: anywhere between nothing and a ceiling that doubles from 2 s to 30 s. */

const FIRST_MS = 2_000;
const CEILING_MS = 30_000;

export function retryDelay(attempt: number, random: number): number {
  return random * Math.min(CEILING_MS, FIRST_MS * 2 ** attempt);
}
