/** Who is not ready to sign, by reason: the remedy is said once, and the reason that holds up the most comes first. */
import { s } from '../lib/i18n/ru_staff';
import { verdicts } from '../lib/i18n/verdicts';
import type { ReadinessView } from '../lib/meeting/types';

interface Words {
  name: string;
  /** What the organizer does, or what he tells them to do. */
  remedy: string;
}

export interface ReasonGroup extends Words {
  reason: string;
  count: number;
  /** As many as were sent, those with the most votes first. */
  names: string[];
}

const own: Record<string, Words> = {
  not_tried: s.console.notTried,
  review: s.console.review,
  same_name: s.console.sameName,
  cert_ends_before: s.console.certEnds,
  power_of_attorney_missing: s.console.powerMissing,
  no_phone: s.console.phoneMissing,
  local_key_warned: s.console.localKey,
};

export function byReason({ reasons, rest }: ReadinessView): ReasonGroup[] {
  const groups = Object.entries(reasons).map(([reason, count]) => ({
    reason,
    count,
    names: rest.filter((row) => row.reason === reason).map(({ name }) => name),
    ...wordsOf(reason),
  }));
  return groups.sort((a, b) => b.count - a.count);
}

/** A verdict's first sentence says what is wrong, the others what to do. */
function wordsOf(reason: string): Words {
  const [name = reason, ...others] = (verdicts[reason] ?? reason).split(/(?<=\.) (?=[А-ЯЁ])/);
  return own[reason] ?? { name: name.replace(/\.$/, ''), remedy: s.console.tellThem(others.join(' ')) };
}
