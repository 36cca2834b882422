/** A meeting out of thin air, for looking at pages while developing; never part of a build. */
import { encode } from '@msgpack/msgpack';

import { decodeFrame, unhex, type ClientFrame, type ServerFrame } from '../lib/live/frames';
import { Topic } from '../lib/live/topic.svelte';
import type { Ends, Transport } from '../lib/live/transport';
import { MeetingModel } from '../lib/meeting/meeting.svelte';
import { meOf, viewOf, type Scene } from './scene';

const EPOCH = unhex('00112233445566aa');
const MARK = unhex('0000000000000001');

export function fixtureModel(): MeetingModel {
  const query = new URLSearchParams(location.search);
  const scene = (query.get('fixture') ?? 'voting') as Scene;
  const role = location.pathname.split(/[/.]/)[1] ?? 'room';
  const keeper = query.has('keep') ? localStorage : { getItem: () => null, setItem: () => {}, removeItem: () => {} };
  return new MeetingModel(new Topic('meeting:m_dev', keeper, 'dev', () => stage(scene, role, Number(query.get('mine') ?? 1))));
}

/** A server of one viewer: welcome, full maps, and every command is accepted after half a second. */
function stage(scene: Scene, role: string, mine: number): Transport {
  return (ends) => {
    const isSigned = new URLSearchParams(location.search).has('sign');
    const view = viewOf(scene, role, Date.now(), isSigned ? 'qualified' : 'off');
    const me = meOf(scene, role, mine, view);
    setTimeout(() => {
      ends.opened();
      tell(ends, { t: 'welcome', v: 1, epoch: EPOCH, view: role, now: Date.now(), clock_error: 0, head: 1 });
      for (const [part, set] of [['view', view], ['me', me]] as const)
        tell(ends, { t: 'sync', part, view: role, epoch: EPOCH, since: 0, at: 1, mark: MARK, set, del: [], full: true, packed: false });
      tell(ends, { t: 'soft', n: 1, set: { online: 5, online_creditors: ['c0001', 'c0002', 'c0003'] }, full: true });
    }, 20);
    return { kind: 'http', send: (bytes) => answer(ends, decodeFrame(bytes) as unknown as ClientFrame), close: () => {} };
  };
}

function answer(ends: Ends, frame: ClientFrame): void {
  if (frame.t !== 'cmd') return;
  const receipt = { topic: 'meeting:m_dev', epoch: '00112233445566aa', pos: 214, hash: 'b6337fe007222982'.repeat(4), key: 'ed-1', signature: '5f0c77aa'.repeat(16) };
  const ack = { t: 'ack', id: frame.id, ok: true, final: true, pos: 214, epoch: EPOCH, answer: { receipt }, code: null } as const;
  setTimeout(() => tell(ends, ack), 500);
}

function tell(ends: Ends, frame: ServerFrame): void {
  ends.received(encode(frame));
}

