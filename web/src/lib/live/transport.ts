/** What the live client asks of a way to the server: bytes of one frame each way. */

export interface Ends {
  /** The first frame, with the ticket if this transport needs one. */
  hello(ticket: string | null): Uint8Array;
  opened(): void;
  received(frame: Uint8Array): void;
  /** Called once. `code` as in realtime/close_codes.py, or 1006 for a lost connection. */
  closed(code: number, spreadMs: number): void;
}

export interface Wire {
  readonly kind: 'websocket' | 'http';
  send(frame: Uint8Array): void;
  close(): void;
}

export type Transport = (ends: Ends) => Wire;

export const LOST = 1006;
export const TICKET_REFUSED = 4401;
export const NO_RIGHT = 4503;

export type NextMove = 'sign_in' | 'stop' | 'reconnect';

/** The same grouping as `client_should` in realtime/close_codes.py. */
export function afterClose(code: number): NextMove {
  const group = Math.floor(code / 100);
  if (group === 44) return 'sign_in';
  return group === 45 ? 'stop' : 'reconnect';
}

/** What an HTTP status at the door means, as a close code. */
export function closeCodeOf(status: number): number {
  if (status === 401) return TICKET_REFUSED;
  return status === 403 || status === 404 ? NO_RIGHT : LOST;
}

/** A restart says «spread_ms=1500» in its close reason. */
export function spreadOf(reason: string): number {
  return Number(/spread_ms=(\d+)/.exec(reason)?.[1] ?? 0);
}
