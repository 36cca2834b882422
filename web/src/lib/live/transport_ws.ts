/** Frames over a websocket; the door's ticket is fetched before each opening. */
import { closeCodeOf, LOST, spreadOf, type Ends, type Transport } from './transport';

export interface Address {
  meeting: string;
  person: string;
}

interface Opening extends Address {
  /** Called when the socket closes before it opened: websockets may be blocked here. */
  blocked(): void;
}

export function websocket(where: Opening): Transport {
  return (ends) => {
    const line: { socket?: WebSocket; closed: boolean } = { closed: false };
    const finish = (code: number, spread: number): void => {
      if (line.closed) return;
      line.closed = true;
      ends.closed(code, spread);
    };
    void fetchTicket(where)
      .then((ticket) => {
        if (line.closed) return;
        if (typeof ticket === 'number') finish(ticket, 0);
        else line.socket = open(where, ticket, ends, finish);
      })
      .catch(() => finish(LOST, 0));
    return {
      kind: 'websocket',
      send: (frame) => line.socket?.send(frame as Uint8Array<ArrayBuffer>),
      close: () => {
        line.closed = true;
        line.socket?.close();
      },
    };
  };
}

/** The ticket, or the close code that its refusal means. */
async function fetchTicket({ meeting, person }: Address): Promise<string | number> {
  const query = new URLSearchParams({ p: person });
  const answer = await fetch(`/api/meetings/${encodeURIComponent(meeting)}/ticket?${query}`, { method: 'POST' });
  if (!answer.ok) return closeCodeOf(answer.status);
  return ((await answer.json()) as { ticket: string }).ticket;
}

function open(where: Opening, ticket: string, ends: Ends, finish: (code: number, spread: number) => void): WebSocket {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(`${scheme}//${location.host}/live`);
  let wasOpen = false;
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => {
    wasOpen = true;
    socket.send(ends.hello(ticket) as Uint8Array<ArrayBuffer>);
    ends.opened();
  };
  socket.onmessage = (event) => ends.received(new Uint8Array(event.data as ArrayBuffer));
  socket.onclose = (event) => {
    if (!wasOpen) where.blocked();
    finish(event.code, spreadOf(event.reason));
  };
  return socket;
}
