"""Requests that trickle or never end are not waited for; websockets live on."""

import asyncio
import contextlib

import pytest

from realtime import server as server_module
from realtime.envelope import Ping, Pong
from tests.realtime.server_process import ORIGIN, PATIENCE_S, hear_a, say, served
from tests.realtime.talks import (
    HANDSHAKE,
    a_door,
    greeted,
)


async def ended_within(reader: asyncio.StreamReader, within_s: float = PATIENCE_S) -> bytes:
    """All that the server says before it ends the connection."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        async with asyncio.timeout(within_s):
            said = await reader.read()
    return said


async def test_headers_that_trickle_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "HEAD_S", 0.7)
    async with served(a_door()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        trickling = asyncio.create_task(trickle(writer, b"GET /live HTTP/1.1\r\nHost: " + b"k" * 10_000))

        said = await ended_within(reader)
        trickling.cancel()
        silent, quiet = await asyncio.open_connection("127.0.0.1", server.port)
        nothing = await ended_within(silent)
        quiet.close()
        writer.close()

    assert (said, nothing) == (b"", b"")


async def trickle(writer: asyncio.StreamWriter, data: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        for byte in data:
            writer.write(bytes((byte,)))
            await writer.drain()
            await asyncio.sleep(0.02)


async def test_headers_without_end_are_not_read() -> None:
    async with served(a_door()) as server:
        for endless in (b"GET /live HTTP/1.1\r\nHost: ", b"GET /live HTTP/1.1\r\n" + b"A: b\r\n" * 20_000):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(endless + b"k" * 70_000)

            assert await ended_within(reader) == b""
            writer.close()


@pytest.mark.parametrize("header", [b"Cookie: " + b"k" * 9_000 + b"\r\n", b"A: b\r\n" * 200])
async def test_a_handshake_that_the_library_refuses_is_answered_and_ended(header: bytes) -> None:
    async with served(a_door()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HANDSHAKE.encode()[:-2] + header + b"\r\n")

        assert (await ended_within(reader)).startswith(b"HTTP/1.1 431")
        writer.close()


async def test_a_further_request_has_its_own_time_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "HEAD_S", 0.7)
    async with served(a_door()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for _ in range(2):
            writer.write(b"GET /none HTTP/1.1\r\nHost: k\r\n\r\n")
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\nNot Found"), PATIENCE_S)
            assert answer.startswith(b"HTTP/1.1 404")
            await asyncio.sleep(0.9)
        trickling = asyncio.create_task(trickle(writer, b"GET /live HTTP/1.1\r\nHost: " + b"k" * 10_000))

        said = await ended_within(reader)
        trickling.cancel()
        writer.close()

    assert said == b""


async def test_an_empty_line_after_a_request_does_not_keep_the_connection_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_module, "HEAD_S", 0.5)
    async with served(a_door()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /none HTTP/1.1\r\nHost: k\r\n\r\n")
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\nNot Found"), PATIENCE_S)
        writer.write(b"\r\n")

        said = await ended_within(reader)
        writer.close()

    assert said == b""


async def test_a_body_that_trickles_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "BODY_S", 0.3)
    async with served(a_door()) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        head = f"POST /live/poll HTTP/1.1\r\nHost: k\r\nOrigin: {ORIGIN}\r\nContent-Length: 10000\r\n\r\n"
        trickling = asyncio.create_task(trickle(writer, head.encode() + b"k" * 9_000))
        writer.write(head.encode())

        said = await ended_within(reader)
        trickling.cancel()
        writer.close()

    assert said == b""


async def test_a_websocket_lives_longer_than_a_request_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "HEAD_S", 0.5)
    monkeypatch.setattr(server_module, "BODY_S", 0.5)
    async with served(a_door()) as server, server.client() as websocket:
        await greeted(websocket)
        await asyncio.sleep(0.8)

        await say(websocket, Ping(1))
        assert (await hear_a(websocket, Pong)).t0 == 1
