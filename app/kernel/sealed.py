"""Sealing of a closed voting: an X25519 pair a voting, ballots locked to its public half; pure functions of bytes.

A ballot and its signature are padded before they are locked: the ballot to one size for its voting, the whole to a
power of two, so that a length says nothing of a choice. Anybody who has the published secret opens them again:

    frame  = length of content (4 bytes) ‖ length of cms (4 bytes) ‖ content ‖ cms ‖ zeros up to a step of `STEPS`
    key    = HKDF-SHA256(X25519(once, voting), info = "kvorum/seal/1" ‖ public half of once ‖ of the voting)
    sealed = public half of once (32 bytes) ‖ ChaCha20-Poly1305(key, nonce 0, frame, place)
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.kernel.canonical import canonical
from app.kernel.crypto import Unreadable

STEPS = tuple(4096 << power for power in range(8))
"""Sizes of a frame: 4, 8, 16 … 512 KiB."""
KEY_BYTES = 32
LENGTH_BYTES = 4
_NONCE = bytes(12)  # every ballot has a key of its own


class TooLong(ValueError):
    """A ballot over the size of its voting, or the whole over the largest step."""


def new_pair() -> tuple[bytes, bytes]:
    """(secret, public half), 32 raw bytes each."""
    secret = X25519PrivateKey.generate()
    return secret.private_bytes_raw(), secret.public_key().public_bytes_raw()


def public_half(secret: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def seal_ballot(
    public_key: bytes, topic: str, voting: int, creditor: str, content: bytes, cms: bytes | None, size: int
) -> bytes:
    """Content and signature locked until the voting's secret is known. Raises TooLong.

    `size` is the number of bytes reserved for a content, the same for all ballots of the voting.
    """
    once = X25519PrivateKey.generate()
    shared = once.exchange(X25519PublicKey.from_public_bytes(public_key))
    own = once.public_key().public_bytes_raw()
    cipher = ChaCha20Poly1305(_key(shared, own, public_key))
    return own + cipher.encrypt(_NONCE, framed(content, cms or b"", size), place(topic, voting, creditor))


def open_ballot(
    secret: bytes, topic: str, voting: int, creditor: str, sealed: bytes
) -> tuple[bytes, bytes | None]:
    """(content, signature or None). Raises Unreadable: another key, another place or changed bytes."""
    mine = X25519PrivateKey.from_private_bytes(secret)
    own, locked = sealed[:KEY_BYTES], sealed[KEY_BYTES:]
    try:
        shared = mine.exchange(X25519PublicKey.from_public_bytes(own))
        key = _key(shared, own, mine.public_key().public_bytes_raw())
        frame = ChaCha20Poly1305(key).decrypt(_NONCE, locked, place(topic, voting, creditor))
    except (InvalidTag, ValueError) as error:
        raise Unreadable from error
    return unframed(frame)


def framed(content: bytes, cms: bytes, size: int) -> bytes:
    """The step is chosen as if every content had `size` bytes."""
    reserved = 2 * LENGTH_BYTES + size + len(cms)
    step = next((step for step in STEPS if reserved <= step), None)
    if len(content) > size or step is None:
        raise TooLong
    lengths = (len(part).to_bytes(LENGTH_BYTES, "big") for part in (content, cms))
    return b"".join((*lengths, content, cms)).ljust(step, b"\0")


def unframed(frame: bytes) -> tuple[bytes, bytes | None]:
    begun = 2 * LENGTH_BYTES
    middle = begun + int.from_bytes(frame[:LENGTH_BYTES], "big")
    end = middle + int.from_bytes(frame[LENGTH_BYTES:begun], "big")
    if end > len(frame):
        raise Unreadable("lengths of a sealed ballot are beyond its end")
    return frame[begun:middle], frame[middle:end] or None


def place(topic: str, voting: int, creditor: str) -> bytes:
    """What a sealed ballot is bound to, so that it opens nowhere else."""
    return canonical(["ballot", topic, voting, creditor])


def _key(shared: bytes, own: bytes, voting: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"kvorum/seal/1" + own + voting).derive(shared)
