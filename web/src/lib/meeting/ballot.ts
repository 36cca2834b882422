/** The bytes a voter stands behind: canonical JSON, sorted keys, no spaces, nothing omitted. */
import { hex } from '../live/frames';
import type { BallotContent, Distribution, Question, Right, Voting } from './types';

export interface Mark {
  choices: string[] | null;
  distribution: Distribution | null;
}

export interface MadeBallot {
  creditor: string;
  mark: Mark;
  bytes: Uint8Array;
}

/** UTF-8 JSON with sorted keys; only text, whole numbers, null, lists and maps may occur. */
export function canonicalBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonical(value));
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value).sort(byCodePoint);
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical((value as Record<string, unknown>)[key])}`).join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new TypeError('a ballot has whole numbers only');
  return JSON.stringify(value);
}

/** Python sorts by code point, JavaScript by UTF-16 unit. */
function byCodePoint(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

export function ballotContent(
  meeting: string,
  question: Question,
  voting: Voting,
  right: Right,
  mark: Mark,
  nonce: string,
): BallotContent {
  return {
    meeting,
    question: question.id,
    voting: voting.voting,
    creditor: right.creditor,
    weight_kopecks: right.weight_kopecks,
    wording_sha256: question.wording_sha256,
    register_sha256: voting.register_sha256,
    electorate_sha256: voting.electorate_sha256,
    nonce,
    choices: mark.choices,
    distribution: mark.distribution,
  };
}

export function newNonce(): string {
  return hex(crypto.getRandomValues(new Uint8Array(16)));
}

/** Hex SHA-256, or null on plain http where the browser offers no digest. */
export async function sha256(bytes: Uint8Array): Promise<string | null> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (!subtle) return null;
  return hex(new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)));
}
