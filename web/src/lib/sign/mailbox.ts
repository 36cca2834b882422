/** The server's boxes of ciphertext over HTTP; both ends of a handoff use them. */
import { get, post, Problem, put, remove } from '../http';
import type { Mailbox } from './handoff.svelte';
import { SignError } from './provider';

/** The telephone's end, in the name of a person who is signed in. */
export function mailboxOf(person: string): Mailbox {
  const at = (box: string, more = ''): string => `/api/handoffs/${box}${more}?p=${encodeURIComponent(person)}`;
  return {
    put: (box, letter) => said(put<{ expires_at_ms: number }>(at(box), { letter })),
    answer: async (box) => (await said(get<{ answer: string | null }>(at(box, '/answer')))).answer,
    remove: (box) => said(remove(at(box))),
  };
}

/** The computer's end: whoever knows the name of the box. */
export async function letterIn(box: string): Promise<string> {
  return (await said(get<{ letter: string }>(`/api/handoffs/${box}/letter`))).letter;
}

export async function answerTo(box: string, answer: string): Promise<void> {
  await said(post<null>(`/api/handoffs/${box}/answer`, { answer }));
}

async function said<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 404) throw new SignError('handoff_unknown');
    if (error.code === 'handoff_answered') throw new SignError('handoff_taken');
    throw new SignError('server', error.code);
  }
}
