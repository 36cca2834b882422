"""Our reading of the wire against the server's own frame types."""

import zlib

import msgspec
import pytest

from load import wire
from realtime import envelope

ENCODE = msgspec.msgpack.encode
EPOCH = b"epoch--1"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (wire.hello("meeting:m_1", "T", None), envelope.Hello(1, "meeting:m_1", "T")),
        (
            wire.hello("meeting:m_1", None, wire.Have("all/1", EPOCH, 7, b"m" * 8, 5, b"n" * 8)),
            envelope.Hello(1, "meeting:m_1", None, envelope.Have("all/1", EPOCH, 7, b"m" * 8, 5, b"n" * 8)),
        ),
        (
            wire.cmd(b"i" * 16, "attend", {"creditors": ["c1"]}),
            envelope.Cmd(b"i" * 16, "attend", {"creditors": ["c1"]}),
        ),
        (wire.check([b"i" * 16]), envelope.Check([b"i" * 16])),
        (wire.ping(1.5), envelope.Ping(1.5)),
    ],
)
def test_the_server_understands_every_client_frame(ours: wire.ClientFrame, theirs: envelope.Frame) -> None:
    assert msgspec.msgpack.decode(wire.encode(ours), type=envelope.ClientFrame) == theirs


def test_every_server_frame_is_read() -> None:
    frames = [
        envelope.Welcome(1, EPOCH, "all/1", 1000, 2, 9),
        envelope.Sync("me", "all/1", EPOCH, 3, 4, b"m" * 8, {"a": [1]}, ["b"]),
        envelope.Soft(1, {"online": 3}),
        envelope.Ack(b"i" * 16, False, True, 4, EPOCH, None, "late"),
        envelope.Status(b"i" * 16, True, True, {"x": 1}),
        envelope.Pong(1.0, 2.0, 3.0),
        envelope.Bye(4600, "later", 500),
    ]

    read = wire.decode_many(ENCODE(frames))

    assert read == (
        wire.Welcome(EPOCH, "all/1", 1000, 9),
        wire.Sync("me", "all/1", EPOCH, 3, 4, b"m" * 8, {"a": [1]}, ("b",)),
        wire.Soft(1, {"online": 3}),
        wire.Ack(b"i" * 16, False, True, 4, EPOCH, None, "late"),
        wire.Status(b"i" * 16, True, True, {"x": 1}),
        wire.Pong(1.0, 2.0, 3.0),
        wire.Bye(4600, "later", 500),
    )


def test_a_packed_map_is_inflated() -> None:
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(ENCODE({"k": "v" * 2000})) + packer.flush()

    read = wire.decode(
        ENCODE(envelope.Sync("view", "all/1", EPOCH, 0, 4, b"m" * 8, packed, full=True, packed=True))
    )

    assert isinstance(read, wire.Sync)
    assert read.set == {"k": "v" * 2000}


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\xc1",
        ENCODE([1]),
        ENCODE({"t": "news"}),
        ENCODE({"t": "ack"}),
        ENCODE(
            {
                "t": "sync",
                "part": "me",
                "view": "v",
                "epoch": b"",
                "since": 0,
                "at": 1,
                "mark": b"",
                "set": b"x",
            }
            | {"packed": True}
        ),
    ],
)
def test_anything_else_is_a_bad_frame(message: bytes) -> None:
    with pytest.raises(wire.BadFrame):
        wire.decode(message)
