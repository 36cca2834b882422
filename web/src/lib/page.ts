/** Where a page stands: the meeting in its path, the person in its query; and putting it on the screen. */
import { mount, type Component } from 'svelte';

import './styles/index.css';

export interface Seat {
  meeting: string;
  person: string;
}

/** /room/m_1?p=p_7 → the meeting and the person. */
export function seatOf(url: Location | URL): Seat {
  const parts = url.pathname.split('/').filter(Boolean);
  return {
    meeting: decodeURIComponent(parts[1] ?? ''),
    person: new URLSearchParams(url.search).get('p') ?? '',
  };
}

export function show<Props extends Record<string, unknown>>(page: Component<Props>, props: Props): void {
  mount(page, { target: document.getElementById('app') as HTMLElement, props });
}

/** One's own counted ballot with the signature under it and its printed copy. */
export function ballotZip(seat: Seat, voting: number, creditor: string): string {
  const meeting = encodeURIComponent(seat.meeting);
  return `/api/meetings/${meeting}/votings/${voting}/ballots/${encodeURIComponent(creditor)}.zip?${new URLSearchParams({ p: seat.person })}`;
}
