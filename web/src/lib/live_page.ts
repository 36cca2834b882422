/** Starting a page that lives on a meeting's topic. */
import type { Component } from 'svelte';

import type { MeetingModel } from './meeting/meeting.svelte';
import { liveModel } from './meeting/open';
import { seatOf, show, type Seat } from './page';

/** Open the live page of the seat in the address; while developing, a fixture may stand in for the server. */
export async function showLive(page: Component<{ model: MeetingModel; seat: Seat }>): Promise<void> {
  const seat = seatOf(location);
  if (import.meta.env.DEV && new URLSearchParams(location.search).has('fixture')) {
    const query = new URLSearchParams(location.search);
    const { fixtureModel } = await import('../dev/fixture');
    if (query.has('sign')) await (await import('../dev/signing')).pretend(query);
    return show(page, { model: fixtureModel(), seat });
  }
  show(page, { model: liveModel(seat), seat });
}
