"""What the kernel asks of cryptography: numbered MACs, signed receipts, sealed bytes. Keys come in as values."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class Unreadable(Exception):
    """Sealed bytes do not open: wrong key, wrong place or changed bytes."""


@dataclass(frozen=True, slots=True)
class MacKeys:
    """Numbered HMAC-SHA256 keys: the highest number signs, all of them check."""

    keys: Mapping[int, bytes] = field(repr=False)

    def mac(self, purpose: str, message: bytes) -> bytes:
        """Key number (1 byte) and MAC (32 bytes); a MAC of one purpose is worthless for another."""
        number = max(self.keys)
        return bytes([number]) + self._digest(number, purpose, message)

    def every(self, purpose: str, message: bytes) -> tuple[bytes, ...]:
        """As `mac` by each key, the newest first: what was stored under an older one is found again."""
        numbers = sorted(self.keys, reverse=True)
        return tuple(bytes([number]) + self._digest(number, purpose, message) for number in numbers)

    def check(self, purpose: str, message: bytes, mac: bytes) -> bool:
        if not mac or mac[0] not in self.keys:
            return False
        return hmac.compare_digest(mac[1:], self._digest(mac[0], purpose, message))

    def _digest(self, number: int, purpose: str, message: bytes) -> bytes:
        return hmac.digest(self.keys[number], purpose.encode() + b"\0" + message, hashlib.sha256)


@dataclass(frozen=True, slots=True)
class ReceiptKeys:
    """Numbered Ed25519 keys of receipts: the highest number signs, the public halves of all are published."""

    keys: Mapping[int, Ed25519PrivateKey] = field(repr=False)

    @property
    def current(self) -> str:
        return f"receipt-{max(self.keys)}"

    def sign(self, message: bytes) -> bytes:
        return self.keys[max(self.keys)].sign(message)

    def public(self) -> Mapping[str, bytes]:
        """Raw public keys by key id."""
        return {f"receipt-{number}": key.public_key().public_bytes_raw() for number, key in self.keys.items()}


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@dataclass(frozen=True, slots=True)
class KeyEncryptionKeys:
    """Numbered keys that wrap other keys; they live outside the database, so its copies alone open nothing."""

    keys: Mapping[int, bytes] = field(repr=False)

    @property
    def current(self) -> str:
        return f"kek-{max(self.keys)}"

    def wrap(self, secret: bytes, place: bytes) -> bytes:
        return seal(self.keys[max(self.keys)], secret, place)

    def unwrap(self, kek_id: str, wrapped: bytes, place: bytes) -> bytes:
        """Raises Unreadable for an unknown key id too."""
        key = self.keys.get(int(kek_id.removeprefix("kek-")))
        if key is None:
            raise Unreadable(kek_id)
        return unseal(key, wrapped, place)


def seal(key: bytes, plain: bytes, place: bytes) -> bytes:
    """AES-256-GCM; `place` binds the bytes to where they lie, so that rows cannot be swapped."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, place)


def unseal(key: bytes, sealed: bytes, place: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
    except (InvalidTag, ValueError) as error:
        raise Unreadable from error
