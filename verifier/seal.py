"""Opening a ballot of a closed voting with the secret that its count published; the format is that of the server."""

import hashlib
import hmac

from tally.digest import canonical
from verifier.libcrypto import TAG_BYTES, chacha20_poly1305, x25519

KEY_BYTES, LENGTH_BYTES = 32, 4
INFO = b"kvorum/seal/1"


def opened(
    secret: bytes, meeting: str, voting: int, creditor: str, sealed: bytes
) -> tuple[bytes, bytes] | None:
    """Ballot and signature (empty if there is none); None when they were not locked for this place with this key.

    X25519, HKDF-SHA256 (RFC 5869), ChaCha20-Poly1305 (RFC 8439).
    """
    once, locked = sealed[:KEY_BYTES], sealed[KEY_BYTES:]
    if len(locked) < TAG_BYTES:
        return None
    agreed = x25519(secret, once)
    if agreed is None:
        return None
    shared, public = agreed
    drawn = hmac.digest(bytes(hashlib.sha256().digest_size), shared, "sha256")
    key = hmac.digest(drawn, INFO + once + public + b"\x01", "sha256")
    frame = chacha20_poly1305(key, bytes(12), locked, canonical(["ballot", meeting, voting, creditor]))
    return None if frame is None else _unframed(frame)


def _unframed(frame: bytes) -> tuple[bytes, bytes] | None:
    begun = 2 * LENGTH_BYTES
    middle = begun + int.from_bytes(frame[:LENGTH_BYTES], "big")
    end = middle + int.from_bytes(frame[LENGTH_BYTES:begun], "big")
    return (frame[begun:middle], frame[middle:end]) if end <= len(frame) else None
