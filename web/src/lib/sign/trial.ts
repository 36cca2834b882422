/** The test ballot of one person: canonical like a ballot, and about no question. */
import { canonicalBytes, newNonce } from '../meeting/ballot';
import type { Prepared } from '../meeting/unsent.svelte';

export function trialOf(meeting: string, person: string): Prepared {
  const bytes = canonicalBytes({ kind: 'test', meeting, person, nonce: newNonce() });
  return { voting: 0, creditor: '', mark: { choices: [], distribution: null }, bytes, signature: null, carrier: null };
}
