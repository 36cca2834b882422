"""Websocket framing by hand (RFC 6455), for a load client and a floor server that cost next to nothing."""

import base64
import hashlib
from collections.abc import Iterator

BINARY, CLOSE, PING, PONG = 0x2, 0x8, 0x9, 0xA
END_OF_HEAD = b"\r\n\r\n"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY = base64.b64encode(bytes(16)).decode()


def request(host: str, port: int, origin: str, path: str = "/live") -> bytes:
    """The client's half of the handshake; the key is the same every time, for nobody checks it here."""
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {host}:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {_KEY}",
        "Sec-WebSocket-Version: 13",
        f"Origin: {origin}",
    )
    return "\r\n".join(lines).encode() + END_OF_HEAD


def response(head: bytes) -> bytes:
    """The server's half."""
    fields = (line.partition(b":") for line in head.split(b"\r\n"))
    key = next(value.strip() for name, _, value in fields if name.lower() == b"sec-websocket-key")
    accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + END_OF_HEAD
    )


def framed(payload: bytes, opcode: int = BINARY) -> bytes:
    """As a server sends it."""
    return bytes((0x80 | opcode,)) + _length(len(payload), 0) + payload


def masked(payload: bytes, opcode: int = BINARY) -> bytes:
    """As a client sends it; a mask of zeros leaves the payload as it is."""
    return bytes((0x80 | opcode,)) + _length(len(payload), 0x80) + bytes(4) + payload


def _length(size: int, mask_bit: int) -> bytes:
    if size < 126:
        return bytes((mask_bit | size,))
    if size < 65536:
        return bytes((mask_bit | 126,)) + size.to_bytes(2, "big")
    return bytes((mask_bit | 127,)) + size.to_bytes(8, "big")


class Inbox:
    """Bytes of one connection as they come, whole frames as they go."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def frames(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """(opcode, payload) of every frame that is complete now. Fragmented messages are not put together."""
        data = self._rest + data if self._rest else data
        at, end = 0, len(data)
        while end - at >= 2:
            start, size = _span(data, at)
            if start + size > end:
                break
            yield data[at] & 0x0F, data[start : start + size]
            at = start + size
        self._rest = data[at:]


def _span(data: bytes, at: int) -> tuple[int, int]:
    """Where the payload of the frame at `at` starts, and its size; a mask (of zeros) is stepped over."""
    size, start = data[at + 1] & 0x7F, at + 2
    if size == 126:
        size, start = int.from_bytes(data[start : start + 2], "big"), start + 2
    elif size == 127:
        size, start = int.from_bytes(data[start : start + 8], "big"), start + 8
    return (start + 4 if data[at + 1] & 0x80 else start), size
