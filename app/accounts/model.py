"""The words of accounts: roles, seats, links; values only."""

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["organizer", "registrar", "participant", "observer", "screen", "practitioner"]

_PAGES = {
    "organizer": "/console/{meeting}",
    "registrar": "/desk/{meeting}",
    "participant": "/room/{meeting}",
    "observer": "/room/{meeting}",
    "screen": "/screen/{meeting}",
    "practitioner": "/new",
}


@dataclass(frozen=True, slots=True)
class Contact:
    """What is personal of a person: stored wrapped by a key outside the database."""

    name: str = field(repr=False)
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    snils: str | None = field(default=None, repr=False)
    inn: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's role in a meeting; a practitioner's seat is in none and lets found meetings."""

    id: str
    person: str
    meeting: str | None
    role: Role
    contact: Contact

    @property
    def name(self) -> str:
        return self.contact.name

    @property
    def page(self) -> str:
        return _PAGES[self.role].format(meeting=self.meeting) + f"?p={self.person}"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who is to get a seat and an access link; the caller makes the person's id (`p_…`)."""

    person: str
    role: Role
    contact: Contact


@dataclass(frozen=True, slots=True)
class Link:
    """An access link that is not revoked; `url` holds the secret, never log it."""

    id: str
    seat: Seat
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TicketHolder:
    person: str
    login: str
