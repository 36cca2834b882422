"""What lies wrapped in the tables of accounts: contacts of persons and tokens of links; the keys are outside."""

import secrets
from dataclasses import dataclass, field

import msgspec

from app.accounts.model import Contact
from app.kernel.crypto import KeyEncryptionKeys

TOKEN_BYTES = 16


@dataclass(frozen=True, slots=True)
class Wrapped:
    """Bytes that open with the key `kek_id`, and only for the row they were wrapped for."""

    kek_id: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Vault:
    keks: KeyEncryptionKeys

    def wrap_contact(self, person: str, contact: Contact) -> Wrapped:
        return self._wrap(msgspec.json.encode(contact), f"person/{person}")

    def contact(self, person: str, wrapped: Wrapped) -> Contact:
        return msgspec.json.decode(self._unwrap(wrapped, f"person/{person}"), type=Contact)

    def wrap_token(self, link: str, token: bytes) -> Wrapped:
        return self._wrap(token, f"link/{link}")

    def token(self, link: str, wrapped: Wrapped) -> bytes:
        return self._unwrap(wrapped, f"link/{link}")

    def _wrap(self, secret: bytes, place: str) -> Wrapped:
        return Wrapped(self.keks.current, self.keks.wrap(secret, place.encode()))

    def _unwrap(self, wrapped: Wrapped, place: str) -> bytes:
        return self.keks.unwrap(wrapped.kek_id, wrapped.body, place.encode())


def new_token() -> bytes:
    """128 random bits: what an access link is worth."""
    return secrets.token_bytes(TOKEN_BYTES)
