"""Accounts at work: links are made and exchanged for logins, logins hold seats, tickets are issued and spent."""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from app.accounts import store, tickets
from app.accounts.model import Contact, Link, Newcomer, Seat, TicketHolder
from app.accounts.refusals import LinkRefused
from app.accounts.store import Held, LinkRow, LoginRow, NewRow, SeatRow
from app.accounts.tickets import Ticket
from app.accounts.vault import TOKEN_BYTES, Vault, new_token
from app.kernel.clock import Clock, Micros
from app.kernel.crypto import KeyEncryptionKeys, MacKeys
from app.kernel.db import Database
from app.kernel.errors import NotFound
from app.kernel.ids import new_id
from app.kernel.together import Together

COOKIE_BYTES = 32
IDLE_US = 12 * 3600 * 1_000_000
LIFETIME_US = 7 * 24 * 3600 * 1_000_000
SEEN_EVERY_US = 5 * 60 * 1_000_000
"""How often a login's last use is written down: a write for each request would cost more than it tells."""
PEOPLE_PER_WRITE = 150
SIGN_INS_PER_WRITE = 40


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`cookie` is the new secret for the browser, None if the browser's own login got one more seat."""

    seat: Seat
    cookie: str | None = field(repr=False)


async def nobody_listens() -> None:
    """Where no live engine runs there are no sockets to close."""


class Accounts:
    """One object a process; all state is in the database. `login_ended` is told when rights were taken away."""

    def __init__(
        self,
        database: Database,
        macs: MacKeys,
        keks: KeyEncryptionKeys,
        clock: Clock,
        public_url: str,
        login_ended: Callable[[], Awaitable[None]] = nobody_listens,
    ) -> None:
        self._database = database
        self._macs = macs
        self._vault = Vault(keks)
        self._clock = clock
        self._public_url = public_url.rstrip("/")
        self._login_ended = login_ended
        self._logins = Together(self._logins_by_cookie)
        self._holdings = Together(self._held)
        self._browsers = Together(self._held_by_cookie)
        self._uses = Together(self._touch)
        self._spending = Together(self._spend)
        self._signing_in = Together(self._sign_in_all, SIGN_INS_PER_WRITE)

    # --- people and links ---------------------------------------------------------------------------------------

    async def admit(self, meeting: str | None, people: tuple[Newcomer, ...]) -> None:
        """Persons (new or known), a seat in the meeting for each, an access link for each; 150 to a write.

        Whoever must not see the meeting before all are in goes last. A seat held already raises IntegrityError.
        """
        for start in range(0, len(people), PEOPLE_PER_WRITE):
            part = people[start : start + PEOPLE_PER_WRITE]
            rows = [self._new_row(newcomer, new_token()) for newcomer in part]
            await self._database.write(
                partial(store.add_people, meeting=meeting, rows=rows, now=self._clock())
            )

    async def links(self, meeting: str) -> tuple[Link, ...]:
        """All live links of the meeting with their secrets, by role and name: for the organizer's list only."""
        rows = await self._database.read(lambda db: store.links_of(db, meeting))
        links = [Link(row.id, self._seat(seat), self._url(row)) for row, seat in rows]
        return tuple(sorted(links, key=lambda link: (link.seat.role, link.seat.name.casefold())))

    async def practitioner_link(self, person: str, name: str) -> str:
        """A new person (`p_…`) who may found meetings; the URL of his access link."""
        token = new_token()
        row = self._new_row(Newcomer(person, "practitioner", Contact(name)), token)
        await self._database.write(lambda db: store.add_people(db, None, [row], self._clock()))
        return self._url_of(token)

    async def revoke(self, meeting: str, link: str) -> None:
        """From now on the link opens nothing, and the logins opened with it lose its seat. Raises NotFound."""
        if not await self._database.write(lambda db: store.revoke(db, meeting, link, self._clock())):
            raise NotFound
        await self._login_ended()

    # --- logins -------------------------------------------------------------------------------------------------

    async def sign_in(self, token: str, cookie: str | None) -> SignedIn:
        """Exchange a link's token for a seat: in the browser's login if it has a good one, else in a new one.

        Raises LinkRefused. The same link opens any number of logins, until it is revoked.
        """
        asked = (_token_hash(token), cookie)
        try:
            return await self._signing_in.ask(asked)
        except IntegrityError:  # the same link in two tabs at once: now the other's row is there
            return await self._signing_in.ask(asked)

    async def login_of(self, cookie: str | None) -> str | None:
        """The id of the browser's login while it is good."""
        if cookie is None:
            return None
        return await self._used(await self._logins.ask(_hash(cookie)))

    async def seats(self, cookie: str | None) -> tuple[Seat, ...]:
        """What this browser may do; nothing if its login is not good."""
        login = await self.login_of(cookie)
        if login is None:
            return ()
        rows = await self._database.read(lambda db: store.seats_of(db, login))
        return tuple(self._seat(row) for row in rows)

    async def login_is_good(self, login: str, person: str, meeting: str | None = None) -> bool:
        """Has the login not ended, and does it still hold a seat of this person (in this meeting)?"""
        return await self._is_good(await self._holdings.ask(login), person, meeting)

    async def login_at(self, cookie: str | None, person: str, meeting: str) -> tuple[str | None, bool]:
        """As `login_of`, and whether it holds a seat of this person in the meeting: by one question."""
        if cookie is None:
            return None, False
        row, seats = await self._browsers.ask(_hash(cookie))
        return await self._used(row), (person, meeting) in seats

    async def sign_out(self, cookie: str) -> None:
        """End the browser's login, if it has one, and its sockets."""
        if await self._database.write(lambda db: store.end_login(db, _hash(cookie), self._clock())):
            await self._login_ended()

    # --- tickets ------------------------------------------------------------------------------------------------

    def issue_ticket(self, login: str, person: str, topic: str) -> str:
        """The caller has checked the seat. The ticket says nothing about rights: they are looked up when it is spent."""
        return tickets.issue(self._macs, login, person, topic, self._clock())

    async def spend_ticket(self, typed: str, topic: str) -> TicketHolder | None:
        """Once only, on whatever worker: None if it is not ours, late, for another topic, spent, or the login ended."""
        ticket = tickets.read(self._macs, typed, topic, self._clock())
        if ticket is None:
            return None
        try:
            held = await self._spending.ask(ticket)
        except IntegrityError:  # by another worker, just now
            return None
        is_good = held is not None and await self._is_good(held, ticket.person)
        return ticket.holder if is_good else None

    async def sweep(self) -> None:
        """Call it every few minutes: spent tickets past their time and dead logins are forgotten."""
        now = self._clock()
        await self._database.write(lambda db: store.sweep(db, now, now - IDLE_US, now - LIFETIME_US))

    # --- inside -------------------------------------------------------------------------------------------------

    async def _sign_in_all(self, asked: tuple[tuple[bytes, str | None], ...]) -> list[SignedIn | Exception]:
        return await self._database.write(lambda db: self._signed_in(db, asked))

    def _signed_in(
        self, db: Connection, asked: tuple[tuple[bytes, str | None], ...]
    ) -> list[SignedIn | Exception]:
        """A seat more for the logins that browsers have, all new logins in one insert."""
        now = self._clock()
        found = store.seats_by_token(db, (token for token, _ in asked))
        logins = store.logins_by_cookie(db, (_hash(cookie) for _, cookie in asked if cookie))
        answers: list[SignedIn | Exception] = []
        fresh: list[tuple[bytes, str]] = []
        for token, cookie in asked:
            if token not in found:
                answers.append(LinkRefused())
                continue
            link, seat = found[token]
            row = logins.get(_hash(cookie)) if cookie else None
            made = None
            if row and _is_alive(row, now):
                store.attach(db, row.id, link)
                store.touch(db, (row.id,), now)
            else:
                made = secrets.token_urlsafe(COOKIE_BYTES)
                fresh.append((_hash(made), link))
            answers.append(SignedIn(self._seat(seat), made))
        store.add_logins(db, fresh, now)
        return answers

    async def _used(self, row: LoginRow | None) -> str | None:
        """The login's id if it is alive; its use is written down every five minutes."""
        now = self._clock()
        if row is None or not _is_alive(row, now):
            return None
        if now - row.seen_at >= SEEN_EVERY_US:
            await self._uses.ask(row.id)
        return row.id

    async def _logins_by_cookie(self, hashes: tuple[bytes, ...]) -> list[LoginRow | Exception | None]:
        found = await self._database.read(lambda db: store.logins_by_cookie(db, hashes))
        return [found.get(each) for each in hashes]

    async def _is_good(self, held: Held, person: str, meeting: str | None = None) -> bool:
        row, seats = held
        if await self._used(row) is None:
            return False
        return any(who == person and meeting in (None, where) for who, where in seats)

    async def _held(self, logins: tuple[str, ...]) -> list[Held | Exception]:
        return list(await self._database.read(lambda db: store.held(db, logins)))

    async def _held_by_cookie(self, hashes: tuple[bytes, ...]) -> list[Held | Exception]:
        return list(await self._database.read(lambda db: store.held_by_cookie(db, hashes)))

    async def _touch(self, logins: tuple[str, ...]) -> list[None]:
        now = self._clock()
        await self._database.write(lambda db: store.touch(db, logins, now))
        return [None] * len(logins)

    async def _spend(self, asked: tuple[Ticket, ...]) -> list[Held | Exception | None]:
        """What its login holds now; None: the ticket was spent before. Of two copies at once the first is good."""
        return await self._database.write(lambda db: _spent(db, asked))

    def _new_row(self, newcomer: Newcomer, token: bytes) -> NewRow:
        id = new_id("k")
        link = LinkRow(id, _digest(token), self._vault.wrap_token(id, token))
        contact = self._vault.wrap_contact(newcomer.person, newcomer.contact)
        return NewRow(newcomer.person, contact, newcomer.role, link)

    def _seat(self, row: SeatRow) -> Seat:
        contact = self._vault.contact(row.person, row.contact)
        return Seat(row.id, row.person, row.meeting, row.role, contact)

    def _url(self, row: LinkRow) -> str:
        return self._url_of(self._vault.token(row.id, row.token))

    def _url_of(self, token: bytes) -> str:
        """The token stands in the fragment, which a browser sends to no server and writes into no log."""
        return f"{self._public_url}/in#{base64.urlsafe_b64encode(token).decode().rstrip('=')}"


def _spent(db: Connection, asked: Sequence[Ticket]) -> list[Held | Exception | None]:
    """The logins are looked at after the tickets are spent."""
    spent = set(store.spend(db, {ticket.nonce: ticket.expires_at for ticket in asked}))
    answers: list[Held | Exception | None] = []
    for ticket, held in zip(asked, store.held(db, [ticket.login for ticket in asked]), strict=True):
        answers.append(None if ticket.nonce in spent else held)
        spent.add(ticket.nonce)
    return answers


def _is_alive(row: LoginRow, now: Micros) -> bool:
    return now - row.seen_at < IDLE_US and now - row.created_at < LIFETIME_US


def _hash(cookie: str) -> bytes:
    return _digest(cookie.encode())


def _digest(secret: bytes) -> bytes:
    """A plain hash is enough: the secrets are 128 and 256 random bits."""
    return hashlib.sha256(secret).digest()


def _token_hash(token: str) -> bytes:
    """Raises LinkRefused for what cannot be a token."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise LinkRefused from error
    if len(raw) != TOKEN_BYTES:
        raise LinkRefused
    return _digest(raw)
