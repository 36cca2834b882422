/** Sharing a pool of cumulative votes among candidates; whole kopecks throughout. */
import type { Distribution } from './types';

/** What is left to give; negative when more is given than there is. */
export function remaining(pool: bigint, distribution: Distribution): bigint {
  return Object.values(distribution).reduce((rest, given) => rest - BigInt(given), pool);
}

/** Equal parts of the whole pool; the first candidates get the odd kopecks. */
export function equalSplit(pool: bigint, candidates: string[]): Distribution {
  if (candidates.length === 0) return {};
  const count = BigInt(candidates.length);
  const odd = Number(pool % count);
  return Object.fromEntries(candidates.map((id, index) => [id, String(pool / count + (index < odd ? 1n : 0n))]));
}

/** Without the candidates who got nothing. */
export function given(distribution: Distribution): Distribution {
  return Object.fromEntries(Object.entries(distribution).filter(([, kopecks]) => BigInt(kopecks) > 0n));
}
