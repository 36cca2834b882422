/** Coming and leaving for many creditors: as many commands as the server's limit makes of them. */
import type { Settled } from '../live/client';

/** The most creditors in one command. */
export const AT_ONCE = 200;

/** One part after another, until one is refused; the last answer. */
export async function inParts(creditors: string[], send: (part: string[]) => Promise<Settled>): Promise<Settled> {
  const answer = await send(creditors.slice(0, AT_ONCE));
  const rest = creditors.slice(AT_ONCE);
  return answer.ok && rest.length > 0 ? inParts(rest, send) : answer;
}
