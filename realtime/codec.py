"""Frames to bytes and back: MessagePack by default, JSON (also in binary frames) for whoever debugs; it knows no session."""

import zlib
from collections.abc import Iterable
from enum import Enum
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec

from realtime.bulk import is_bulky, is_bulky_json
from realtime.close_codes import CloseCode
from realtime.envelope import ClientFrame, Cmd, Frame

MAX_FRAME = 65_536
"""Bytes of one client frame; anything bigger goes by HTTP with the same command id."""
MAX_DEPTH = 16
"""Maps and lists inside each other in the body of a command."""
PACK_OVER = 1_024
"""Full maps of more bytes than this travel as raw deflate."""


Decoded = TypeVar("Decoded", covariant=True)


class Format(Enum):
    MSGPACK = "msgpack"
    JSON = "json"


class BadFrame(Exception):
    """Bytes that are no frame of ours: `code` says how the connection ends, `reason` why (never the payload)."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(reason)


class _Decodes(Protocol[Decoded]):
    def decode(self, data: bytes, /) -> Decoded: ...


_msgpack = msgspec.msgpack.Encoder()
_json = msgspec.json.Encoder()
_from_msgpack = msgspec.msgpack.Decoder(ClientFrame)
_from_json = msgspec.json.Decoder(ClientFrame)
_from_msgpack_list = msgspec.msgpack.Decoder(list[ClientFrame])


def format_of(data: bytes) -> Format:
    """JSON begins with `{`, which as MessagePack would be the number 123 and never a frame."""
    return Format.JSON if data[:1] == b"{" else Format.MSGPACK


def encode(frame: Frame, form: Format = Format.MSGPACK) -> bytes:
    return _json.encode(frame) if form is Format.JSON else _msgpack.encode(frame)


def decode(data: bytes) -> ClientFrame:
    """One frame of a client; raises `BadFrame` for everything else."""
    if len(data) > MAX_FRAME:
        raise BadFrame(CloseCode.TOO_LARGE, "frame over 64 KiB")
    is_json = format_of(data) is Format.JSON
    if is_bulky_json(data) if is_json else is_bulky(data):
        raise BadFrame(CloseCode.BAD_PROTOCOL, "too many values")
    decoder: _Decodes[ClientFrame] = _from_json if is_json else _from_msgpack
    frame = _strictly(decoder, data)
    _check_body(frame)
    return frame


def decode_many(data: bytes, max_bytes: int) -> list[ClientFrame]:
    """The MessagePack array of frames that a request of the HTTP fallback carries; raises `BadFrame`."""
    if len(data) > max_bytes:
        raise BadFrame(CloseCode.TOO_LARGE, "request too large")
    if is_bulky(data):
        raise BadFrame(CloseCode.BAD_PROTOCOL, "too many values")
    frames = _strictly(_from_msgpack_list, data)
    for frame in frames:
        _check_body(frame)
    return frames


def array_of(frames: list[bytes]) -> bytes:
    """Encoded MessagePack frames as one MessagePack array, without decoding them again."""
    return b"\xdd" + len(frames).to_bytes(4, "big") + b"".join(frames)


class Packed(NamedTuple):
    """A full map as it travels; `plain_bytes` is its size before deflation."""

    set: Any
    is_packed: bool
    plain_bytes: int


def pack(view_map: Any) -> Packed:
    """`set` of a full map: raw deflate of its MessagePack when that is over 1 KB, else the map."""
    plain = _msgpack.encode(view_map)
    if len(plain) <= PACK_OVER:
        return Packed(view_map, False, len(plain))
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    return Packed(deflate.compress(plain) + deflate.flush(), True, len(plain))


def unpack(packed: bytes) -> dict[str, Any]:
    """The map out of a packed `set`."""
    return msgspec.msgpack.decode(zlib.decompress(packed, -15), type=dict[str, Any])


def _strictly(decoder: _Decodes[Decoded], data: bytes) -> Decoded:
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as fault:
        raise BadFrame(CloseCode.BAD_PROTOCOL, "not a frame") from fault


def _check_body(frame: ClientFrame) -> None:
    """A body holds what `ports.Value` names and nothing deeper than MAX_DEPTH."""
    if not isinstance(frame, Cmd):
        return
    level = [frame.body]
    for _ in range(MAX_DEPTH):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    raise BadFrame(CloseCode.BAD_PROTOCOL, "body nested too deep")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise BadFrame(CloseCode.BAD_PROTOCOL, "keys of a body are texts")
        return value.values()
    if isinstance(value, list):
        return value
    if value is None or isinstance(value, str | bytes | int):
        return ()
    raise BadFrame(CloseCode.BAD_PROTOCOL, "a body holds maps, lists, texts, bytes, integers, booleans, null")
