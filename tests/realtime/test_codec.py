"""Bytes from outside become a frame or a coded refusal, never anything else."""

import json
from typing import Any

import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.close_codes import CloseCode
from realtime.codec import (
    MAX_DEPTH,
    MAX_FRAME,
    BadFrame,
    Format,
    array_of,
    decode,
    decode_many,
    encode,
    format_of,
    pack,
    unpack,
)
from realtime.envelope import Check, Cmd, Have, Hello, Ping, Pong, Sync
from tests.realtime.decoding import decode_server

ID = bytes(range(16))
HAVE = Have("participant/1", b"epoch-01", 7, b"mark-007", 5, b"mark-005")
FRAMES = [
    Hello(1, "meeting:1", "ticket", HAVE),
    Cmd(ID, "cast", {"a": [1, None, True, "я"]}),
    Check([ID]),
    Ping(1.5),
]


def nested(depth: int) -> Any:
    body: Any = 1
    for _ in range(depth):
        body = [body]
    return body


def a_cmd(body: Any) -> bytes:
    return bytes(msgpack.packb({"t": "cmd", "id": ID, "op": "cast", "body": body}))


def verdict(data: bytes) -> str | CloseCode:
    try:
        decode(data)
    except BadFrame as refusal:
        return refusal.code
    return "frame"


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("form", list(Format))
def test_a_frame_survives_both_formats(frame: Any, form: Format) -> None:
    data = encode(frame, form)

    assert format_of(data) is form
    assert decode(data) == frame


def test_another_decoder_reads_what_we_write() -> None:
    sync = Sync("view", "c/1", b"epoch-01", 0, 7, b"mark-007", {"a": 1}, ["b"], True)

    assert msgpack.unpackb(encode(sync)) == {
        "t": "sync",
        "part": "view",
        "view": "c/1",
        "epoch": b"epoch-01",
        "since": 0,
        "at": 7,
        "mark": b"mark-007",
        "set": {"a": 1},
        "del": ["b"],
        "full": True,
        "packed": False,
    }


BAD = {
    "nothing": b"",
    "no MessagePack": b"\xc1",
    "cut short": encode(FRAMES[1])[:-1],
    "something after the end": encode(FRAMES[1]) + b"\x00",
    "a number": msgpack.packb(5),
    "an unknown tag": msgpack.packb({"t": "sudo"}),
    "a frame of the server": encode(Pong(1, 2, 3)),
    "no tag": msgpack.packb({"id": ID}),
    "an id too short": msgpack.packb({"t": "cmd", "id": b"1", "op": "cast", "body": None}),
    "an operation too long": msgpack.packb({"t": "cmd", "id": ID, "op": "x" * 49, "body": None}),
    "too many ids": msgpack.packb({"t": "check", "ids": [ID] * 65}),
    "half a letter": b"\x82\xa1t\xa3cmd\xa2op\xa2\xc3\x28",
    "a float in a body": a_cmd(1.5),
    "an extension in a body": a_cmd(msgpack.ExtType(5, b"x")),
    "a time in a body": a_cmd(msgpack.Timestamp(1, 0)),
    "a number as a key": a_cmd({1: 2}),
    "too deep": a_cmd(nested(MAX_DEPTH + 1)),
    "bottomless": b"\x91" * 60_000 + b"\x01",
    "bottomless body": a_cmd(None)[:-1] + b"\x91" * 60_000 + b"\x01",
    "bottomless JSON": b'{"t":"cmd","id":"AAAAAAAAAAAAAAAAAAAAAA==","op":"x","body":' + b"[" * 60_000,
    "JSON cut short": b'{"t":"ping"',
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_bad_bytes_are_a_protocol_fault(data: bytes) -> None:
    with pytest.raises(BadFrame) as refusal:
        decode(data)

    assert refusal.value.code is CloseCode.BAD_PROTOCOL


def test_a_frame_over_the_limit_is_not_even_looked_at() -> None:
    with pytest.raises(BadFrame) as refusal:
        decode(b"\x91" * (MAX_FRAME + 1))

    assert refusal.value.code is CloseCode.TOO_LARGE


def test_the_deepest_body_that_is_allowed_passes() -> None:
    frame = decode(a_cmd(nested(MAX_DEPTH - 1)))

    assert isinstance(frame, Cmd)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_coded_refusal(data: bytes) -> None:
    assert verdict(data) in ("frame", CloseCode.BAD_PROTOCOL)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.sampled_from(FRAMES), st.integers(0, 200), st.integers(1, 255), st.sampled_from(Format))
def test_a_flipped_byte_raises_nothing_but_a_coded_refusal(
    frame: Any, where: int, flip: int, form: Format
) -> None:
    data = bytearray(encode(frame, form))
    data[where % len(data)] ^= flip

    assert verdict(bytes(data)) in ("frame", CloseCode.BAD_PROTOCOL)


def test_many_frames_travel_as_one_array() -> None:
    data = array_of([encode(frame) for frame in FRAMES])

    assert decode_many(data, MAX_FRAME) == FRAMES
    assert len(msgpack.unpackb(data)) == len(FRAMES)


def test_a_small_map_travels_as_it_is_and_a_big_one_deflated() -> None:
    small, big = {"a": 1}, {f"question/{n}": "waiting" for n in range(200)}

    plain, packed = pack(small), pack(big)

    assert (plain.set, plain.is_packed) == (small, False)
    assert packed.is_packed
    assert len(packed.set) < 1_500 < packed.plain_bytes
    assert unpack(packed.set) == big


def test_json_is_readable_by_eye() -> None:
    assert json.loads(encode(Pong(1, 2, 3), Format.JSON)) == {"t": "pong", "t0": 1.0, "t1": 2.0, "t2": 3.0}
    assert decode_server(encode(Pong(1, 2, 3), Format.JSON)) == Pong(1, 2, 3)
