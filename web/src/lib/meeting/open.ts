/** The live model of one seat: its topic, its transports, its storage. */
import { eitherTransport, Topic } from '../live/topic.svelte';
import type { Seat } from '../page';
import { MeetingModel } from './meeting.svelte';

export function liveModel(seat: Seat): MeetingModel {
  const topic = new Topic(`meeting:${seat.meeting}`, localStorage, storageKey(seat, 'outbox'), eitherTransport(seat));
  return new MeetingModel(topic);
}

export function storageKey(seat: Seat, what: string): string {
  return `kvorum/${seat.meeting}/${seat.person}/${what}`;
}
