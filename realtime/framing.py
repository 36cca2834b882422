"""A server's websocket frame (RFC 6455): whole, unmasked, uncompressed, so that the same bytes are right on every connection."""

_BINARY = 0x82
"""FIN and opcode 2; JSON travels in binary frames too."""


def framed(payload: bytes) -> bytes:
    """One binary message as it stands on the wire."""
    size = len(payload)
    if size < 126:
        return bytes((_BINARY, size)) + payload
    if size < 65_536:
        return bytes((_BINARY, 126)) + size.to_bytes(2, "big") + payload
    return bytes((_BINARY, 127)) + size.to_bytes(8, "big") + payload
