"""Our protocols in a real uvicorn: stalled and slow clients, malformed frames, goodbyes."""

import asyncio
import base64
import contextlib
import gc
import itertools
import socket
import struct
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.frames import Close, Frame, Opcode

from realtime import server as server_module
from realtime.close_codes import CloseCode
from realtime.codec import array_of, encode
from realtime.envelope import Ack, Bye, Cmd, Hello, Ping, Pong, ServerFrame, Soft, Sync
from realtime.limits import Limits
from realtime.wire import EXTENSION, FrameWire
from tests.realtime.decoding import decode_server
from tests.realtime.server_process import ORIGIN, OURS, PATIENCE_S, STOCK, Served, hear_a, hello, say, served
from tests.realtime.talks import (
    CMD,
    HANDSHAKE,
    TOPIC,
    a_door,
    goodbye,
    greeted,
    happens,
    send_raw,
    until,
)

# --- the wire ---


async def test_under_our_server_frames_go_straight_to_the_socket_and_under_another_by_its_queue() -> None:
    for protocols, is_straight in ((OURS, True), (STOCK, False)):
        async with served(a_door(), protocols=protocols) as server, server.client() as websocket:
            await greeted(websocket)
            happens(server, "question/1", "voting")
            patch = await hear_a(websocket, Sync)
            (member,) = server.node._topics[TOPIC].hub.members

        assert isinstance(member.wire, FrameWire) == is_straight
        assert patch.set == {"question/1": "voting"}


async def test_a_socket_holds_little_in_the_kernel_waits_for_nothing_and_is_given_up_when_nobody_answers() -> (
    None
):
    plugs: list[socket.socket] = []
    made = server_module.FrameProtocol.connection_made

    def kept(protocol: server_module.FrameProtocol, transport: asyncio.BaseTransport) -> None:
        made(protocol, transport)
        plugs.append(transport.get_extra_info("socket"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server_module.FrameProtocol, "connection_made", kept)
        async with served(a_door()) as server, server.client():
            (plug,) = plugs
            kernel = plug.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
            no_delay = plug.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            given_up = (
                plug.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
                if hasattr(socket, "TCP_USER_TIMEOUT")
                else None
            )

    assert 128 * 1024 <= kernel <= 256 * 1024  # Linux counts its own overhead, so it doubles what it is told
    assert no_delay
    assert given_up in (30_000, None)


async def test_a_stalled_reader_is_ended_and_the_others_go_on() -> None:
    limits = Limits(lag_after_s=0.2, lag_abort_s=0.5)
    async with served(a_door("anna", "boris"), limits) as server, server.client() as reading:
        await greeted(reading, "boris")
        async with a_deaf_client(server) as deaf:
            await until(lambda: len(server.node._topics[TOPIC].hub.members) == 2)
            wires = {member.viewer.person: member.wire for member in server.node._topics[TOPIC].hub.members}
            largest = 0
            for number in range(200):
                happens(server, "question/1", f"{number}".zfill(20_000))
                assert (await hear_a(reading, Sync)).set["question/1"].endswith(str(number))
                largest = max(largest, wires["anna"].buffered())
                await asyncio.sleep(0.005)
            await until(lambda: server.node.sockets == 1)
            await read_to_the_end(deaf)

        assert 64 * 1024 < largest <= 512 * 1024
        happens(server, "question/1", "still here")
        assert (await hear_a(reading, Sync)).set == {"question/1": "still here"}


@contextlib.asynccontextmanager
async def a_deaf_client(server: Served) -> AsyncIterator[socket.socket]:
    """Says hello as anna and never reads."""
    with socket.socket() as plug:
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plug.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(plug, ("127.0.0.1", server.port))
        await loop.sock_sendall(plug, HANDSHAKE.encode())
        await loop.sock_recv(plug, 1024)
        greeting = Frame(Opcode.BINARY, encode(hello("anna"))).serialize(mask=True)
        await loop.sock_sendall(plug, greeting)
        yield plug


async def read_to_the_end(plug: socket.socket) -> None:
    """What the kernels still hold, until the server's end is closed."""
    with contextlib.suppress(ConnectionResetError):
        async with asyncio.timeout(PATIENCE_S):
            while await asyncio.get_running_loop().sock_recv(plug, 65_536):
                pass


# --- frames as they should not be ---


async def test_a_fragmented_message_with_a_ping_in_between_is_one_message() -> None:
    async with served(a_door()) as server, server.client() as websocket:
        await greeted(websocket)
        data = encode(Ping(7))
        send_raw(
            websocket,
            Frame(Opcode.BINARY, data[:3], fin=False),
            Frame(Opcode.PING, b"hey"),
            Frame(Opcode.CONT, data[3:5], fin=False),
            Frame(Opcode.CONT, data[5:]),
        )

        assert (await hear_a(websocket, Pong)).t0 == 7


MALFORMED: dict[str, tuple[int, list[Frame | bytes]]] = {
    "a text that is no UTF-8": (1007, [Frame(Opcode.TEXT, b"\xc3\x28")]),
    "no UTF-8 in the second fragment": (
        1007,
        [Frame(Opcode.TEXT, b"fine", fin=False), Frame(Opcode.CONT, b"\xff")],
    ),
    "too large": (1009, [Frame(Opcode.BINARY, bytes(65_537))]),
    "too large in fragments": (
        1009,
        [Frame(Opcode.BINARY, bytes(40_000), fin=False), Frame(Opcode.CONT, bytes(40_000))],
    ),
    "a continuation of nothing": (1002, [Frame(Opcode.CONT, b"what")]),
    "a message inside a message": (
        1002,
        [Frame(Opcode.BINARY, b"a", fin=False), Frame(Opcode.BINARY, b"b")],
    ),
    "no mask": (1002, [Frame(Opcode.BINARY, b"bare").serialize(mask=False)]),
    "reserved bits": (1002, [bytes((0xF2, 0x80)) + bytes(4)]),
    "an unknown opcode": (1002, [bytes((0x83, 0x80)) + bytes(4)]),
    "a ping too long": (1002, [bytes((0x89, 0xFE)) + struct.pack("!H", 126) + bytes(4 + 126)]),
    "a length without end": (1009, [bytes((0x82, 0xFF)) + struct.pack("!Q", 2**62) + bytes(4)]),
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_malformed_frames_end_in_a_code_without_a_traceback(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    code, frames = MALFORMED[name]
    async with served(a_door()) as server, server.client() as websocket:
        await greeted(websocket)
        send_raw(websocket, *frames)
        said = await goodbye(websocket)
        await until(lambda: server.node.sockets == 0)

    assert said.code == code
    assert not caplog.records


# --- not a byte after the goodbye ---


class Line(asyncio.Transport):
    """A transport that only remembers, and what happened when."""

    def __init__(self, story: list[str]) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.story = story

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.story.append("goodbye" if data[:1] == b"\x88" else "bytes")

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...


async def test_the_wire_hears_of_every_goodbye_before_it_is_written() -> None:
    """A goodbye may wait behind unread bytes for long: a patch after it would follow it out."""
    endings: list[Callable[[server_module.FrameProtocol], None]] = [
        lambda protocol: protocol.data_received(
            Frame(Opcode.CLOSE, Close(1000, "").serialize()).serialize(mask=True)
        ),
        lambda protocol: protocol.data_received(Frame(Opcode.CONT, b"").serialize(mask=True)),
        lambda protocol: protocol.data_received(Frame(Opcode.TEXT, b"\xff").serialize(mask=True)),
        lambda protocol: protocol.keepalive_timeout(),
    ]
    for end in endings:
        protocol, story = await an_open_protocol()

        end(protocol)
        await asyncio.sleep(0.01)

        assert story == ["the wire ends", "goodbye"]


async def an_open_protocol() -> tuple[server_module.FrameProtocol, list[str]]:
    accepted = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"][EXTENSION].on_end = lambda: story.append("the wire ends")
        await receive()
        await send({"type": "websocket.accept"})
        accepted.set()
        await receive()

    story: list[str] = []
    config = uvicorn.Config(app, lifespan="off", log_config=None)
    config.load()
    protocol = server_module.FrameProtocol(config, ServerState(), {})
    protocol.connection_made(Line(story))
    protocol.data_received(HANDSHAKE.encode())
    await asyncio.wait_for(accepted.wait(), PATIENCE_S)
    story.clear()
    return protocol, story


async def test_after_the_clients_goodbye_nothing_is_written_but_its_echo() -> None:
    async with served(a_door()) as server, server.client() as websocket:
        await greeted(websocket)
        send_raw(websocket, Frame(Opcode.CLOSE, Close(1000, "").serialize()))
        await until(lambda: not server.node._topics[TOPIC].hub.members)
        happens(server, "question/1", "voting")

        heard = [frame async for frame in websocket]

    assert heard == []
    assert websocket.close_code == 1000


async def test_a_command_right_before_the_goodbye_is_still_done() -> None:
    door = a_door()
    async with served(door) as server, server.client() as websocket:
        await greeted(websocket)
        put = Frame(Opcode.BINARY, encode(Cmd(CMD, "put", {"key": "a", "value": 1})))
        websocket.transport.write(
            put.serialize(mask=True) + Frame(Opcode.CLOSE, Close(1000, "").serialize()).serialize(mask=True)
        )
        await until(lambda: ("anna", CMD) in door.logs[TOPIC].replies)
        await until(lambda: not door.flying[TOPIC])


async def test_who_answers_no_ping_is_ended_and_who_does_goes_on_while_patches_flow() -> None:
    async with (
        served(a_door("anna", "boris"), ping_s=1.0) as server,
        server.client() as websocket,
        a_deaf_client(server),
    ):
        await greeted(websocket, "boris")
        await until(lambda: server.node.sockets == 2)
        async with asyncio.timeout(PATIENCE_S):
            for number in itertools.count():
                happens(server, "question/1", number)
                assert (await hear_a(websocket, Sync)).set == {"question/1": number}
                if server.node.sockets == 1:
                    break
                await asyncio.sleep(0.01)

        await say(websocket, Ping(1))
        assert (await hear_a(websocket, Pong)).t0 == 1


async def test_a_server_that_stops_answers_what_it_has_begun_and_sends_everybody_away_with_a_spread() -> None:
    async with served(a_door()) as server, server.client() as websocket, server.client() as silent:
        await greeted(websocket)
        await say(websocket, Cmd(CMD, "slow", {"key": "a", "value": 1}), Ping(5))
        await hear_a(websocket, Pong)

        server.server.should_exit = True
        ack = await hear_a(websocket, Ack)
        said, other = await goodbye(websocket), await goodbye(silent)

    assert ack.ok
    assert (said.code, other.code) == (CloseCode.GOING_AWAY, CloseCode.GOING_AWAY)
    assert "spread_ms=5000" in said.reason


async def test_a_stream_is_told_too_that_the_server_stops() -> None:
    door = a_door()
    async with served(door) as server:
        headers = {"Origin": ORIGIN, "kvorum-person": "anna", "Cookie": "login=anna"}
        body = array_of([encode(Hello(1, TOPIC))])
        async with (
            httpx2.AsyncClient(timeout=PATIENCE_S) as client,
            client.stream("POST", f"{server.http}/live/stream", content=body, headers=headers) as answer,
        ):
            events = answer.aiter_lines()
            for _ in range(4):
                await event(events)
            server.server.should_exit = True
            bye = await event(events)

    assert bye == Bye(CloseCode.GOING_AWAY, "this worker stops", 5000)


async def event(lines: AsyncIterator[str]) -> ServerFrame:
    async with asyncio.timeout(PATIENCE_S):
        async for line in lines:
            if line:
                return decode_server(base64.b64decode(line.removeprefix("data: ")))
    raise AssertionError("the stream ended")


async def test_an_ended_connection_leaves_nothing_to_the_garbage_collector() -> None:
    """It runs seldom in a server, and whoever connects again and again would fill its memory."""
    async with served(a_door()) as server:
        gc.collect()
        gc.disable()
        try:
            for ending in ("polite", "rude"):
                async with server.client() as websocket:
                    await say(websocket, hello("anna", ending))
                    await hear_a(websocket, Soft)
                    if ending == "rude":
                        websocket.transport.abort()
                await until(lambda: server.node.sockets == 0)
            await until(lambda: not _alive("FrameProtocol", "ServerProtocol", "FrameWire", "Member"))
        finally:
            gc.enable()


def _alive(*kinds: str) -> list[str]:
    return [type(thing).__name__ for thing in gc.get_objects() if type(thing).__name__ in kinds]
