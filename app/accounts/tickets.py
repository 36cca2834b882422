"""Tickets of the websocket: signed, good for 30 s and one use, bound to login, person and topic; no rows here."""

import base64
import binascii
import secrets

import msgspec

from app.accounts.model import TicketHolder
from app.kernel.clock import Micros
from app.kernel.crypto import MacKeys

LIFETIME_US = 30_000_000
PURPOSE = "ticket"
_LONGEST = 1_000


class Ticket(msgspec.Struct, frozen=True):
    """What a ticket says, in the order it is signed."""

    login: str
    person: str
    topic: str
    expires_at: Micros
    nonce: bytes

    @property
    def holder(self) -> TicketHolder:
        return TicketHolder(self.person, self.login)


def issue(macs: MacKeys, login: str, person: str, topic: str, now: Micros) -> str:
    ticket = Ticket(login, person, topic, now + LIFETIME_US, secrets.token_bytes(16))
    said = msgspec.json.encode(ticket)
    return f"{_text(said)}.{_text(macs.mac(PURPOSE, said))}"


def read(macs: MacKeys, typed: str, topic: str, now: Micros) -> Ticket | None:
    """The ticket if it is ours, for this topic and in time; whether it is spent, the table knows."""
    said, dot, mac = typed.partition(".")
    if not dot or len(typed) > _LONGEST:
        return None
    try:
        message = _bytes(said)
        if not macs.check(PURPOSE, message, _bytes(mac)):
            return None
        ticket = msgspec.json.decode(message, type=Ticket)
    except (binascii.Error, ValueError):  # msgspec's DecodeError is a ValueError
        return None
    return ticket if ticket.topic == topic and now < ticket.expires_at else None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
