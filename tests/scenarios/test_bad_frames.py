"""Bytes that are no frame, and frames out of order or over a limit: a code, a close, state unchanged."""

import msgspec

from realtime.close_codes import CloseCode
from realtime.codec import MAX_FRAME
from realtime.envelope import Cmd, Hello, Ping, Welcome
from tests.scenarios.room import KIB, Room, code

NO_FRAMES = [
    (b"", CloseCode.BAD_PROTOCOL),
    (b"\xc1", CloseCode.BAD_PROTOCOL),
    (b"{", CloseCode.BAD_PROTOCOL),
    (b"\x91" * 10_000, CloseCode.BAD_PROTOCOL),
    (msgspec.msgpack.encode({"t": "unknown"}), CloseCode.BAD_PROTOCOL),
    (msgspec.msgpack.encode({"t": "cmd", "id": b"short", "op": "x"}), CloseCode.BAD_PROTOCOL),
    (
        msgspec.msgpack.encode({"t": "cmd", "id": b"x" * 16, "op": "x", "body": 0.5}),
        CloseCode.BAD_PROTOCOL,
    ),
    (msgspec.msgpack.encode({"t": "hello", "v": 99, "topic": "meeting:m_1"}), CloseCode.BAD_PROTOCOL),
    (msgspec.msgpack.encode({"t": "hello", "v": 1, "topic": "meeting:m_2"}), CloseCode.BAD_PROTOCOL),
    (b"\0" * (MAX_FRAME + 1), CloseCode.TOO_LARGE),
    (b"\0" * (3 * MAX_FRAME), CloseCode.TOO_LARGE),
    (b"\0" * (4 * MAX_FRAME + 1), 1009),
]


async def test_bytes_that_are_no_frame_end_the_socket(room: Room) -> None:
    before = await room.site.head()

    for frame, expected in NO_FRAMES:
        socket = await room.one.socket()
        await socket.heard(Welcome)
        await socket.say(frame)

        assert await socket.closed() == expected, frame[:60]
    assert await room.site.head() == before


async def test_text_frames_and_a_flood_end_the_socket(room: Room) -> None:
    typing, flooding = await room.one.socket(), await room.one.socket()

    await typing.connection.send("text")
    for number in range(200):
        await flooding.say(Ping(float(number)))

    assert await typing.closed() == CloseCode.BAD_PROTOCOL
    assert await flooding.closed() == CloseCode.TOO_FAST


async def test_a_command_over_64_kib_goes_by_post_and_no_further_than_its_limit(room: Room) -> None:
    ballot = await room.site.ballot(1, "A", "for")
    too_many = {"voting": 1, "ballots": ballot["ballots"] * 400}
    assert len(msgspec.msgpack.encode(too_many)) > MAX_FRAME
    before = await room.site.head()

    refused = await room.one.command("cast", too_many)
    padded = {**ballot, "ballots": [{**ballot["ballots"][0], "signature": b"\0" * 32 * KIB}] * 3}
    read = await room.one.command("cast", padded)
    too_large = await room.one.live(
        "/live/command", Hello(1, "meeting:m_1"), Cmd(b"x" * 16, "cast", b"\0" * (4 * KIB * KIB))
    )

    assert (refused.ok, refused.final, refused.code) == (False, False, "malformed")
    assert (read.ok, read.code) == (False, "ballots_refused")
    assert code(too_large) == (413, "too_large")
    assert await room.site.head() == before


NO_REQUESTS = [
    b"",
    b"\xc1",
    b"\x90",
    msgspec.msgpack.encode([{"t": "ping", "t0": 1.0}] * 81),
    b"\xdd\xff\xff\xff\xff",
]


async def test_requests_that_are_no_frames_are_coded(room: Room) -> None:
    for content in NO_REQUESTS:
        for path in ("/live/poll", "/live/command", "/live/stream"):
            answer = await room.one.http.post(
                path, content=content, headers={"kvorum-person": room.one.person}
            )

            assert code(answer) == (400, "bad_protocol"), content[:60]
