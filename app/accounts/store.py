"""Rows of accounts: functions over a Connection; rules are in `service.py`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    RowMapping,
    Select,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from app.accounts.model import Role
from app.accounts.tables import access_link, login, login_link, person, seat, spent_ticket
from app.accounts.vault import Wrapped
from app.kernel.clock import Micros
from app.kernel.ids import new_id

_SEAT = (seat.c.id, seat.c.person, seat.c.meeting, seat.c.role, person.c.kek_id, person.c.contact_wrapped)


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A seat whose person's contact is still wrapped."""

    id: str
    person: str
    meeting: str | None
    role: Role
    contact: Wrapped


@dataclass(frozen=True, slots=True)
class LinkRow:
    id: str
    token_hash: bytes = field(repr=False)
    token: Wrapped


@dataclass(frozen=True, slots=True)
class NewRow:
    """A person (new or known), the role of the new seat, its link."""

    person: str
    contact: Wrapped
    role: Role
    link: LinkRow


@dataclass(frozen=True, slots=True)
class LoginRow:
    id: str
    created_at: Micros
    seen_at: Micros


Held = tuple[LoginRow | None, frozenset[tuple[str, str | None]]]
"""A login that has not ended, and its seats as (person, meeting)."""


def add_people(db: Connection, meeting: str | None, rows: list[NewRow], now: Micros) -> None:
    """Persons that are not there yet, with a seat and a link each. Raises IntegrityError for a seat held already."""
    known = _known(db, {row.person for row in rows})
    persons = {row.person: _person_values(row, now) for row in rows if row.person not in known}
    if persons:
        db.execute(insert(person), list(persons.values()))
    seats = [
        {"id": new_id("s"), "person": row.person, "meeting": meeting, "role": row.role, "created_at": now}
        for row in rows
    ]
    db.execute(insert(seat), seats)
    pairs = zip(seats, rows, strict=True)
    db.execute(insert(access_link), [_link_values(place["id"], row.link, now) for place, row in pairs])


def seats_by_token(db: Connection, token_hashes: Iterable[bytes]) -> dict[bytes, tuple[str, SeatRow]]:
    """(link, seat) by the hashes of links that are not revoked."""
    columns = (access_link.c.id.label("link"), access_link.c.token_hash)
    query = _seats(*columns).join(access_link, access_link.c.seat == seat.c.id)
    live = and_(access_link.c.token_hash.in_(set(token_hashes)), access_link.c.revoked_at.is_(None))
    rows = db.execute(query.where(live)).mappings()
    return {row["token_hash"]: (row["link"], _seat(row)) for row in rows}


def links_of(db: Connection, meeting: str) -> tuple[tuple[LinkRow, SeatRow], ...]:
    """Links that are not revoked, in no order."""
    columns = (
        access_link.c.id.label("link"),
        access_link.c.token_hash,
        access_link.c.kek_id.label("token_kek_id"),
        access_link.c.token_wrapped,
    )
    query = _seats(*columns).join(access_link, access_link.c.seat == seat.c.id)
    live = and_(seat.c.meeting == meeting, access_link.c.revoked_at.is_(None))
    rows = db.execute(query.where(live)).mappings()
    return tuple((_link(row), _seat(row)) for row in rows)


def revoke(db: Connection, meeting: str, link: str, now: Micros) -> bool:
    """False if the meeting has no such live link."""
    seats = select(seat.c.id).where(seat.c.meeting == meeting)
    live = and_(access_link.c.id == link, access_link.c.seat.in_(seats), access_link.c.revoked_at.is_(None))
    return db.execute(update(access_link).where(live).values(revoked_at=now)).rowcount == 1


def add_logins(db: Connection, fresh: list[tuple[bytes, str]], now: Micros) -> None:
    """New logins by (hash of the cookie, link that each was opened with)."""
    if not fresh:
        return
    ids = [new_id("l") for _ in fresh]
    logins = [
        {"id": id, "cookie_hash": cookie_hash, "created_at": now, "seen_at": now}
        for id, (cookie_hash, _) in zip(ids, fresh, strict=True)
    ]
    db.execute(insert(login), logins)
    db.execute(
        insert(login_link),
        [{"login": id, "link": link} for id, (_, link) in zip(ids, fresh, strict=True)],
    )


def attach(db: Connection, login_id: str, link: str) -> None:
    """The same link twice is one seat."""
    place = and_(login_link.c.login == login_id, login_link.c.link == link)
    if db.execute(select(login_link.c.link).where(place)).first() is None:
        db.execute(insert(login_link).values(login=login_id, link=link))


def login_by_cookie(db: Connection, cookie_hash: bytes) -> LoginRow | None:
    return logins_by_cookie(db, (cookie_hash,)).get(cookie_hash)


def logins_by_cookie(db: Connection, cookie_hashes: Iterable[bytes]) -> dict[bytes, LoginRow]:
    """Logins that have not ended."""
    rows = db.execute(_BY_COOKIE, {"hashes": tuple(set(cookie_hashes))})
    return {row.cookie_hash: _login(row) for row in rows}


def held(db: Connection, logins: Sequence[str]) -> list[Held]:
    """Of each of these logins, by the rule of `seats_of`."""
    rows = {row.id: _login(row) for row in db.execute(_BY_ID, {"ids": tuple(set(logins))})}
    return _with_seats(db, [rows.get(each) for each in logins])


def held_by_cookie(db: Connection, cookie_hashes: Sequence[bytes]) -> list[Held]:
    rows = logins_by_cookie(db, cookie_hashes)
    return _with_seats(db, [rows.get(each) for each in cookie_hashes])


def seats_of(db: Connection, login_id: str) -> tuple[SeatRow, ...]:
    """Seats whose links this login was opened with; a practitioner's link opens all seats of that person."""
    through = seat.alias("through")
    own = or_(through.c.id == seat.c.id, through.c.role == "practitioner")
    query = (
        _seats()
        .join(through, and_(through.c.person == seat.c.person, own))
        .join(access_link, and_(access_link.c.seat == through.c.id, access_link.c.revoked_at.is_(None)))
        .join(login_link, and_(login_link.c.link == access_link.c.id, login_link.c.login == login_id))
        .order_by(seat.c.created_at, seat.c.id)
        .distinct()
        .add_columns(seat.c.created_at)
    )
    return tuple(_seat(row) for row in db.execute(query).mappings())


def touch(db: Connection, logins: Iterable[str], now: Micros) -> None:
    db.execute(update(login).where(login.c.id.in_(set(logins))).values(seen_at=now))


def end_login(db: Connection, cookie_hash: bytes, now: Micros) -> str | None:
    """The id of the login that ended, None if there was none."""
    found = login_by_cookie(db, cookie_hash)
    if found:
        db.execute(update(login).where(login.c.id == found.id).values(ended_at=now))
    return found.id if found else None


def spend(db: Connection, tickets: Mapping[bytes, Micros]) -> frozenset[bytes]:
    """Spend nonces until they expire; those that were spent already. Raises IntegrityError in a race with another."""
    known = select(spent_ticket.c.nonce).where(spent_ticket.c.nonce.in_(tickets))
    spent = frozenset(db.scalars(known))
    fresh = [{"nonce": nonce, "expires_at": until} for nonce, until in tickets.items() if nonce not in spent]
    if fresh:
        db.execute(insert(spent_ticket), fresh)
    return spent


def sweep(db: Connection, tickets_before: Micros, idle_before: Micros, made_before: Micros) -> None:
    """Forget spent tickets that are past their time and logins that have ended or were idle too long."""
    db.execute(delete(spent_ticket).where(spent_ticket.c.expires_at < tickets_before))
    over = or_(login.c.ended_at.is_not(None), login.c.seen_at < idle_before, login.c.created_at < made_before)
    ended = [row.id for row in db.execute(select(login.c.id).where(over).limit(200))]
    db.execute(delete(login_link).where(login_link.c.login.in_(ended)))
    db.execute(delete(login).where(login.c.id.in_(ended)))


def _known(db: Connection, persons: set[str]) -> set[str]:
    return {row.id for row in db.execute(select(person.c.id).where(person.c.id.in_(persons)))}


def _seats(*more: object) -> Select[tuple[object, ...]]:
    return select(*_SEAT, *more).join_from(seat, person)


def _seat(row: RowMapping) -> SeatRow:
    contact = Wrapped(row["kek_id"], row["contact_wrapped"])
    return SeatRow(row["id"], row["person"], row["meeting"], row["role"], contact)


def _link(row: RowMapping) -> LinkRow:
    return LinkRow(row["link"], row["token_hash"], Wrapped(row["token_kek_id"], row["token_wrapped"]))


def _person_values(row: NewRow, now: Micros) -> dict[str, object]:
    return {
        "id": row.person,
        "kek_id": row.contact.kek_id,
        "contact_wrapped": row.contact.body,
        "created_at": now,
    }


def _link_values(seat_id: object, link: LinkRow, now: Micros) -> dict[str, object]:
    return {
        "id": link.id,
        "seat": seat_id,
        "token_hash": link.token_hash,
        "kek_id": link.token.kek_id,
        "token_wrapped": link.token.body,
        "created_at": now,
        "revoked_at": None,
    }


def _logins(*more: ColumnElement[Any]) -> Select[Any]:
    return select(login.c.id, login.c.created_at, login.c.seen_at, *more).where(login.c.ended_at.is_(None))


def _with_seats(db: Connection, logins: Sequence[LoginRow | None]) -> list[Held]:
    seats: dict[str, set[tuple[str, str | None]]] = {row.id: set() for row in logins if row}
    for row in db.execute(_HELD, {"logins": tuple(seats)}) if seats else ():
        seats[row.login].add((row.person, row.meeting))
    return [(login, frozenset(seats[login.id] if login else ())) for login in logins]


def _login(row: Row[Any]) -> LoginRow:
    return LoginRow(row.id, row.created_at, row.seen_at)


_BY_COOKIE = _logins(login.c.cookie_hash).where(login.c.cookie_hash.in_(bindparam("hashes", expanding=True)))
_BY_ID = _logins().where(login.c.id.in_(bindparam("ids", expanding=True)))
_THROUGH = seat.alias("through")
_HELD = (
    select(login_link.c.login, seat.c.person, seat.c.meeting)
    .join_from(
        seat,
        _THROUGH,
        and_(
            _THROUGH.c.person == seat.c.person,
            or_(_THROUGH.c.id == seat.c.id, _THROUGH.c.role == "practitioner"),
        ),
    )
    .join(access_link, and_(access_link.c.seat == _THROUGH.c.id, access_link.c.revoked_at.is_(None)))
    .join(login_link, login_link.c.link == access_link.c.id)
    .where(login_link.c.login.in_(bindparam("logins", expanding=True)))
)
"""Asked again and again, so they are made once."""
