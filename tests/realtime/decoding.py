"""Frames of the server as a client written in Python reads them."""

import msgspec

from realtime.codec import Format, format_of
from realtime.envelope import ServerFrame

_msgpack = msgspec.msgpack.Decoder(ServerFrame)
_json = msgspec.json.Decoder(ServerFrame)


def decode_server(data: bytes) -> ServerFrame:
    frame: ServerFrame = _json.decode(data) if format_of(data) is Format.JSON else _msgpack.decode(data)
    return frame
