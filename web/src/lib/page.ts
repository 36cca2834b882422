/** Where a page stands: the meeting in its path, the person in its query; and starting it. */
import { mount, type Component } from 'svelte';

import './styles/index.css';
import type { MeetingModel } from './meeting/meeting.svelte';

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

/** Open the live page of the seat in the address; while developing, a fixture may stand in for the server. */
export async function showLive(page: Component<{ model: MeetingModel; seat: Seat }>): Promise<void> {
  const seat = seatOf(location);
  if (import.meta.env.DEV && new URLSearchParams(location.search).has('fixture')) {
    const { fixtureModel } = await import('../dev/fixture');
    return show(page, { model: fixtureModel(), seat });
  }
  const { liveModel } = await import('./meeting/open');
  show(page, { model: liveModel(seat), seat });
}
