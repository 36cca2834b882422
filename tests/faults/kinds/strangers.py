"""People who read nothing, ask slowly or send what no client of ours sends, while the others vote."""

import asyncio
import contextlib
import json
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import cycle
from random import Random

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.typing import Origin

from load import wire
from load.door import Door, Link
from realtime.close_codes import CloseCode
from tests.faults.trial import Fault, Kind, Scene, must_be_some, watched

SOCKETS_EACH = 4
SMALLEST_BUFFER = 2304
ATTACKED_S = 2.5
HELD_S = 12.0
"""Longer than the server waits for the headers of a request."""
PUT_OUT_S = 60.0
"""A reader is put out 12 s after 64 KiB wait for it, or at 256 KiB; the kernel takes some 150 KiB before that."""
TOLD_S = 10.0
"""Servers bring what they have counted to /metrics once a second."""
ENDED_S = 20.0
BREATH_S = 0.02
ASKED_EVERY_S = 0.25
"""A fifth of what a client may: who asks too fast is put out for that, also when a busy server reads it late."""
SLOW_REQUESTS = 500
ATTACKERS = 8
TRACEBACK = "Traceback"
LAGGARDS = "kvorum_aborted_laggards_total"
DESERVED = {1002, 1007, 1009, CloseCode.BAD_PROTOCOL, CloseCode.TOO_LARGE, CloseCode.TOO_FAST}
LOST = 1006
"""No goodbye came through, as when a socket is ended while the attacker's bytes are on their way."""
EXCUSED = {LOST, CloseCode.TRY_AGAIN}
"""The other one is what a busy server says to a hello that it cannot look into."""
LET_BE = 0

Attack = Callable[[ClientConnection, Random], Awaitable[None]]


# --- those who take without giving ---


async def read_nothing(scene: Scene) -> None:
    """200 sockets with the smallest buffers, past the relay, which would read for them.

    They go on asking for everything, as JSON, which is not packed: the meeting alone would not fill the buffers of the
    kernel. The servers put out all of them and nobody else; others are served when the first one goes.
    """
    before = await scene.stand.counted(LAGGARDS)
    seated = await _who_read_nothing(scene)
    ask = Frame(Opcode.BINARY, as_json(wire.hello(scene.meeting.topic, None, None))).serialize(mask=True)
    left, until = seated, time.monotonic() + PUT_OUT_S
    while left and time.monotonic() < until:
        for transport in left:
            transport.write(ask)
        await asyncio.sleep(ASKED_EVERY_S)
        left = [transport for transport in left if not transport.is_closing()]
        if len(left) < len(seated):
            scene.others_serve.set()
    counted = await watched(lambda: scene.stand.counted(LAGGARDS), (before + len(seated)).__le__, TOLD_S)
    put_out = counted - before
    scene.notes.append(f"{put_out} of {len(seated)} readers put out")
    if left or put_out != len(seated):
        scene.wrong.append(f"{put_out} were put out for not reading, {len(left)} of {len(seated)} stayed")


async def _who_read_nothing(scene: Scene) -> list[asyncio.Transport]:
    servers = cycle(scene.stand.servers)
    doors = await signed_in(scene, scene.meeting.audience)
    seats = [(door, next(servers).address) for door in doors for _ in range(SOCKETS_EACH)]
    seated = await asyncio.gather(*(_greeted(scene, door, address, as_json) for door, address in seats))
    for connection in seated:
        connection.transport.pause_reading()
    return [connection.transport for connection in seated]


async def ask_slowly(scene: Scene) -> None:
    """500 requests, a byte of a header at a time, none of which ever ends: the servers end them all, and serve others."""
    servers = cycle(scene.stand.servers)
    asked = [asyncio.open_connection(*next(servers).address) for _ in range(SLOW_REQUESTS)]
    streams = await asyncio.gather(*asked)
    scene.others_serve.set()
    try:
        until = time.monotonic() + HELD_S
        while time.monotonic() < until:
            for _, writer in streams:
                writer.write(b"P")
            await asyncio.sleep(ASKED_EVERY_S)
        ended = await asyncio.gather(*(_is_ended(reader) for reader, _ in streams))
    finally:
        for _, writer in streams:
            writer.transport.abort()
    scene.notes.append(f"{sum(ended)} of {SLOW_REQUESTS} requests ended by the servers")
    if not all(ended):
        scene.wrong.append(f"{ended.count(False)} slow requests were let be for {HELD_S:.0f} s")


async def _is_ended(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(ENDED_S):
            await reader.read()
    except TimeoutError:
        return False
    except OSError:
        pass  # by a reset
    return True


# --- those who send what nobody should ---


async def send_oversize(connection: ClientConnection, rng: Random) -> None:
    await connection.send(rng.randbytes(rng.choice((65_537, 300_000, 5_000_000))))


async def send_fragments(connection: ClientConnection, rng: Random) -> None:
    await connection.send([b"\x81"] * rng.randint(100, 2000))


async def send_garbage(connection: ClientConnection, rng: Random) -> None:
    """Broken MessagePack, nesting, invalid UTF-8, frames out of the contract, opcodes that do not exist."""
    deep, huge = b"\x91" * 5000, b"\xdd\xff\xff\xff\xff"
    strange = wire.encode({"t": "cmd", "id": b"short", "op": 5, "body": {"a": [None] * 50}})
    text = b"\x81\x84\0\0\0\0\xff\xfe\xfd\xfc"
    choice = rng.choice((deep, huge, strange, rng.randbytes(200), text, b"\x8b\x80\0\0\0\0"))
    if choice[:1] in (b"\x81", b"\x8b"):
        if connection.transport.is_closing():
            raise ConnectionError("thrown out")
        connection.transport.write(choice)
    else:
        await connection.send(choice)


async def send_too_much(connection: ClientConnection, rng: Random) -> None:
    for _ in range(200):
        await connection.send(wire.encode(wire.ping(0.0)))


def attacked_by(attack: Attack) -> Fault:
    async def fault(scene: Scene) -> None:
        """Signed-in screens do it again and again; whoever is thrown out comes back. Others are served meanwhile."""
        before, codes = tracebacks(scene), Counter[int]()
        doors = await signed_in(scene, scene.meeting.audience[:ATTACKERS])
        scene.others_serve.set()
        counts = await asyncio.gather(*(_attacking(scene, door, attack, codes) for door in doors))
        must_be_some(scene, "attacks", sum(counts))
        scene.notes.append("thrown out with " + ", ".join(f"{code:d}" for code in sorted(codes)))
        if not codes.keys() & DESERVED or codes.keys() - DESERVED - EXCUSED:
            scene.wrong.append(f"thrown out with {dict(codes)}; {LET_BE}: not within {ENDED_S:.0f} s")
        if tracebacks(scene) > before:
            scene.wrong.append("a traceback in the log of a server")

    return fault


async def _attacking(scene: Scene, door: Door, attack: Attack, codes: Counter[int]) -> int:
    """How often. Every one of these attacks is a reason to be thrown out, the last one too."""
    rng, count = Random(scene.rng.random()), 0
    until = time.monotonic() + ATTACKED_S
    while time.monotonic() < until:
        with contextlib.suppress(OSError, WebSocketException):
            connection = await _greeted(scene, door, scene.stand.front.address)
            times = await _attacked(connection, attack, rng, until)
            if times or connection.transport.is_closing():
                codes[await _thrown_out(connection)] += 1
            count += times
    return count


async def _attacked(connection: ClientConnection, attack: Attack, rng: Random, until: float) -> int:
    """How often before it was thrown out; with pauses, as the meeting's clients live in this process too."""
    count = 0
    with contextlib.suppress(ConnectionError, ConnectionClosed):
        while time.monotonic() < until:
            await attack(connection, rng)
            count += 1
            await asyncio.sleep(BREATH_S)
    return count


async def _thrown_out(connection: ClientConnection) -> int:
    try:
        async with asyncio.timeout(ENDED_S):
            await connection.wait_closed()
    except TimeoutError:
        return LET_BE
    return connection.close_code or LOST


def tracebacks(scene: Scene) -> int:
    return sum(server.log.read_text("utf-8", "replace").count(TRACEBACK) for server in scene.stand.servers)


# --- what they have in common ---


async def signed_in(scene: Scene, links: tuple[Link, ...]) -> list[Door]:
    doors = [Door(scene.stand.url) for _ in links]
    await asyncio.gather(*(door.sign_in(link.token) for door, link in zip(doors, links, strict=True)))
    return doors


def as_json(frame: wire.ClientFrame) -> bytes:
    return json.dumps(frame).encode()


async def _greeted(
    scene: Scene,
    door: Door,
    address: tuple[str, int],
    encode: Callable[[wire.ClientFrame], bytes] = wire.encode,
) -> ClientConnection:
    """A socket that has said hello; it is dropped when the trial ends. Without a bound of frames it goes on hearing."""
    ticket = await door.ticket()
    bare = socket.socket()
    bare.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALLEST_BUFFER)
    bare.setblocking(False)
    await asyncio.get_running_loop().sock_connect(bare, address)
    opening = connect(
        scene.stand.url.replace("http", "ws") + "/live", sock=bare, origin=Origin(scene.stand.url), compression=None, proxy=None,
        ping_interval=None, max_size=None, max_queue=None, close_timeout=0.1,
    )  # fmt: skip
    connection = await opening
    scene.closing.callback(connection.transport.abort)
    await connection.send(encode(wire.hello(ticket.topic, ticket.ticket, None)))
    return connection


KINDS = (
    Kind(
        "stalled-readers", "200 sockets that ask for everything and never read, until put out", read_nothing
    ),
    Kind("slow-requests", "500 requests that never end, a byte at a time", ask_slowly),
    Kind("oversize-frames", "frames from 64 KiB to 5 MB", attacked_by(send_oversize)),
    Kind("fragments", "messages in up to 2000 fragments", attacked_by(send_fragments)),
    Kind("malformed-frames", "frames against the contract and broken bytes", attacked_by(send_garbage)),
    Kind("ping-flood", "200 frames at once, again and again", attacked_by(send_too_much)),
)
