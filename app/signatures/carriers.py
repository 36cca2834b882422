"""Key carriers: one carrier (token) signs for one person, as far as the person's own computer tells the truth.

The name of the container comes from JavaScript on that computer, nothing in a signature proves it: this ends the habit of
one agent signing for many from one token, it does not stop an attacker. Family members who share a token and an agent
with powers of attorney are honest cases, hence the officer who may hand a carrier
to whoever was refused with it, with a reason. It goes to nobody else: the next who signs might be the attacker again.

A carrier's serial number is personal data: only its MAC is stored. A private key in a file or registry has no carrier.

Nothing is remembered in the process, so that what one worker binds or hands over holds on all of them at once: those who
come together are looked up by one query, and written only where something is new.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from app.kernel.away import away_as_retry
from app.kernel.clock import Clock, Micros
from app.kernel.crypto import MacKeys
from app.kernel.db import Database
from app.kernel.errors import NotFound
from app.kernel.together import Together
from app.signatures.carrier_tables import key_carrier, key_carrier_refusal, key_carrier_release
from app.signatures.identity import digits
from app.signatures.model import Owner
from app.signatures.refusals import CarrierOtherPerson, LocalKey, ReasonMissing

LocalPolicy = Literal["allow", "warn", "refuse"]
Outcome = Literal["known", "new", "local", "local_warned"]

CARRIER, PERSON = "key_carrier", "key_person"
LONGEST_CONTAINER = 400
LONGEST_OFFICER = 200
LONGEST_REASON = 1000
MAC_AT, SHORT, SHORTEST = 2, 8, 4
"""A short name is the first 8 hex digits of the MAC, after the number of its key."""


@dataclass(frozen=True, slots=True)
class Binding:
    """`carrier` is empty for a local key."""

    outcome: Outcome
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who signed with what: MACs under every key, the newest first, so that a rotated key forgets nobody."""

    carriers: tuple[str, ...]
    person_keys: tuple[str, ...]
    person: str
    thumbprint: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """`person` was refused with a carrier of `holder`; both are ids of accounts."""

    carrier: str
    person: str
    holder: str
    refused_at: Micros

    @property
    def short(self) -> str:
        return short_name(self.carrier)


def carrier_name(container: str) -> str | None:
    """Reader and serial number of a container's unique name (SCARD\\rutoken_…\\0A00\\28A9); None for a local key."""
    parts = [part for part in container[:LONGEST_CONTAINER].replace("\\\\.\\", "").split("\\") if part]
    head = parts[0].upper() if parts else ""
    is_carrier = len(parts) > 1 and (head == "SCARD" or head.startswith("FKC"))
    return f"{head}\\{parts[1].upper()}" if is_carrier else None


def short_name(carrier: str) -> str:
    """What people tell each other in place of a MAC."""
    return carrier[MAC_AT : MAC_AT + SHORT]


class Carriers:
    """`local`: what to do with keys that are in no carrier."""

    def __init__(self, database: Database, macs: MacKeys, clock: Clock, local: LocalPolicy = "allow") -> None:
        self._database = database
        self._macs = macs
        self._clock = clock
        self._local = local
        self._binding: Together[Claim, Binding] = Together(self._bind_all)

    async def bind(self, container: str, owner: Owner, thumbprint: str, person: str) -> Binding:
        """After a good signature of `owner`, by the account `person`; the certificate may be renewed.

        Raises CarrierOtherPerson, LocalKey, DatabaseAway.
        """
        name = carrier_name(container)
        if name is None:
            return self._local_binding()
        person_keys = self._all(PERSON, person_of(owner, thumbprint))
        claim = Claim(self._all(CARRIER, name), person_keys, person, thumbprint)
        with away_as_retry():
            return await self._binding.ask(claim)

    async def conflicts(self, persons: Iterable[str]) -> tuple[Conflict, ...]:
        """Who of these was refused with a carrier that is still another's, the latest first."""
        asked = tuple(persons)
        return await self._database.read(lambda db: _conflicts(db, asked))

    async def named(self, short: str) -> str:
        """The carrier of a short name, or of its first four digits and more, if it is the only one. Raises NotFound."""
        if len(short) < SHORTEST:
            raise NotFound
        return await self._database.read(lambda db: _named(db, short.lower()))

    async def hand_over(self, carrier: str, person: str, officer: str, reason: str) -> None:
        """To `person`, who was refused with it; then the former holder is refused. Recorded for ever.

        Raises ReasonMissing, NotFound.
        """
        if not reason.strip() or not officer.strip():
            raise ReasonMissing
        now = self._clock()
        await self._database.write(
            lambda db: _hand_over(db, carrier, person, officer.strip(), reason.strip(), now)
        )

    def _local_binding(self) -> Binding:
        if self._local == "refuse":
            raise LocalKey
        return Binding("local_warned" if self._local == "warn" else "local")

    async def _bind_all(self, claims: tuple[Claim, ...]) -> Sequence[Binding | Exception]:
        now = self._clock()
        bound = await self._database.read(lambda db: _bound(db, claims))
        if all(is_as_bound(claim, bound.get(claim)) for claim in claims):
            return [Binding("known", bound[claim].carrier) for claim in claims]
        return await self._database.write(lambda db: _bind(db, claims, now))

    def _all(self, purpose: str, message: str) -> tuple[str, ...]:
        return tuple(mac.hex() for mac in self._macs.every(purpose, message.encode()))


def person_of(owner: Owner, thumbprint: str) -> str:
    """What stays the same when a certificate is renewed or a surname changed; without numbers he is known by it alone."""
    if owner.snils:
        return f"snils:{digits(owner.snils)}"
    inn = digits(owner.inn or owner.inn_le)
    return f"inn:{inn}" if inn else f"certificate:{thumbprint}"


def is_as_bound(claim: Claim, row: Row[Any] | None) -> bool:
    """Nothing to write: his carrier, and the certificate of the last time."""
    return row is not None and row.person_key in claim.person_keys and row.thumbprint == claim.thumbprint


def _bound(db: Connection, claims: tuple[Claim, ...]) -> dict[Claim, Row[Any]]:
    wanted = {carrier for claim in claims for carrier in claim.carriers}
    rows = {
        row.carrier: row for row in db.execute(select(key_carrier).where(key_carrier.c.carrier.in_(wanted)))
    }
    found = ((claim, [rows[each] for each in claim.carriers if each in rows]) for claim in claims)
    return {claim: mine[0] for claim, mine in found if mine}


def _bind(db: Connection, claims: tuple[Claim, ...], now: Micros) -> list[Binding | Exception]:
    """In the order of the carriers, then of the persons, so that two workers never wait for each other's rows."""
    before = _bound(db, claims)
    new = {claim.carriers[0]: claim for claim in reversed(claims) if claim not in before}
    for carrier in sorted(new):
        row = {
            "carrier": carrier,
            "person_key": new[carrier].person_keys[0],
            "first_seen": now,
            "last_seen": now,
        }
        more = {"person": new[carrier].person, "thumbprint": new[carrier].thumbprint}
        db.execute(_upsert(db, key_carrier).values(**row, **more).on_conflict_do_nothing())
    bound = _bound(db, claims)  # another worker may have been first
    known = sorted(claims, key=lambda claim: (bound[claim].carrier, claim.person))
    outcomes = {claim: _outcome(db, claim, bound[claim], claim in before, now) for claim in known}
    return [outcomes[claim] for claim in claims]


def _outcome(
    db: Connection, claim: Claim, row: Row[Any], was_bound: bool, now: Micros
) -> Binding | Exception:
    if row.person_key not in claim.person_keys:
        _refuse(db, claim, row, now)
        return CarrierOtherPerson(details={"carrier": short_name(row.carrier)})
    if row.thumbprint != claim.thumbprint:
        mine = key_carrier.c.person_key == row.person_key  # it may be handed over in this very moment
        held = update(key_carrier).where(key_carrier.c.carrier == row.carrier, mine)
        db.execute(held.values(thumbprint=claim.thumbprint, person=claim.person, last_seen=now))
    return Binding("known" if was_bound else "new", row.carrier)


def _refuse(db: Connection, claim: Claim, row: Row[Any], now: Micros) -> None:
    told = {"person_key": claim.person_keys[0], "thumbprint": claim.thumbprint, "refused_at": now}
    refusal = _upsert(db, key_carrier_refusal).values(carrier=row.carrier, person=claim.person, **told)
    db.execute(refusal.on_conflict_do_update(index_elements=["carrier", "person"], set_=told))


def _upsert(db: Connection, table: Any) -> Any:
    return (insert_sqlite if db.dialect.name == "sqlite" else insert_postgresql)(table)


def _conflicts(db: Connection, persons: tuple[str, ...]) -> tuple[Conflict, ...]:
    told, held = key_carrier_refusal, key_carrier
    of_another = (held.c.carrier == told.c.carrier) & (held.c.person_key != told.c.person_key)
    query = select(told, held.c.person.label("holder")).join(held, of_another)
    rows = db.execute(query.where(told.c.person.in_(persons)).order_by(told.c.refused_at.desc()))
    return tuple(Conflict(row.carrier, row.person, row.holder, row.refused_at) for row in rows)


def _named(db: Connection, short: str) -> str:
    begins = func.substr(key_carrier.c.carrier, MAC_AT + 1, len(short)) == short
    found = db.scalars(select(key_carrier.c.carrier).where(begins).limit(2)).all()
    if len(found) != 1:
        raise NotFound
    return str(found[0])


def _hand_over(db: Connection, carrier: str, person: str, officer: str, reason: str, now: Micros) -> None:
    held = select(key_carrier).where(key_carrier.c.carrier == carrier).with_for_update()
    former = db.execute(held).first()
    told = key_carrier_refusal
    refusal = (told.c.carrier == carrier) & (told.c.person == person)
    refused = db.execute(select(told).where(refusal)).first()
    if former is None or refused is None:
        raise NotFound
    new = {"person_key": refused.person_key, "person": person, "thumbprint": refused.thumbprint}
    mine = update(key_carrier).where(key_carrier.c.carrier == carrier)
    db.execute(mine.values(**new, first_seen=now, last_seen=refused.refused_at))
    db.execute(delete(told).where(refusal))
    whose = {"carrier": carrier, "person_key": former.person_key, "person": former.person, "given_to": person}
    why = {"officer": officer[:LONGEST_OFFICER], "reason": reason[:LONGEST_REASON], "released_at": now}
    db.execute(insert(key_carrier_release).values(**whose, **why))
