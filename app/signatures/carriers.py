"""Key carriers: one carrier (token) signs for one person, as far as the person's own computer tells the truth.

The name of the container comes from JavaScript on that computer, nothing in a signature proves it: this ends the habit of
one agent signing for many from one token, it does not stop an attacker. Family members who share a token and an agent
with powers of attorney are honest cases, hence the officer who may let a carrier go, with a reason.

A carrier's serial number is personal data: only its MAC is stored. A private key in a file or registry has no carrier.
"""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from app.kernel.clock import Clock, Micros
from app.kernel.crypto import MacKeys
from app.kernel.db import Database
from app.kernel.errors import NotFound
from app.signatures.carrier_tables import key_carrier, key_carrier_release
from app.signatures.identity import digits
from app.signatures.model import Owner
from app.signatures.refusals import CarrierOtherPerson, LocalKey, ReasonMissing

LocalPolicy = Literal["allow", "warn", "refuse"]
Outcome = Literal["known", "new", "local", "local_warned"]

CARRIER, PERSON = "key_carrier", "key_person"
LONGEST_CONTAINER = 400
LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class Binding:
    """`carrier` is empty for a local key."""

    outcome: Outcome
    carrier: str = ""


def carrier_name(container: str) -> str | None:
    """Reader and serial number of a container's unique name (SCARD\\rutoken_…\\0A00\\28A9); None for a local key."""
    parts = [part for part in container[:LONGEST_CONTAINER].replace("\\\\.\\", "").split("\\") if part]
    head = parts[0].upper() if parts else ""
    is_carrier = len(parts) > 1 and (head == "SCARD" or head.startswith("FKC"))
    return f"{head}\\{parts[1].upper()}" if is_carrier else None


class Carriers:
    """`local`: what to do with keys that are in no carrier."""

    def __init__(self, database: Database, macs: MacKeys, clock: Clock, local: LocalPolicy = "allow") -> None:
        self._database = database
        self._macs = macs
        self._clock = clock
        self._local = local

    async def bind(self, container: str, owner: Owner, thumbprint: str) -> Binding:
        """After a good signature. The same person may renew the certificate. Raises CarrierOtherPerson, LocalKey."""
        now = self._clock()
        return await self._database.write(lambda db: self.bind_in(db, container, owner, thumbprint, now))

    def bind_in(self, db: Connection, container: str, owner: Owner, thumbprint: str, now: Micros) -> Binding:
        """As `bind`, inside the transaction that records the signature."""
        name = carrier_name(container)
        if name is None:
            return self._local_binding()
        carriers, persons = self._all(CARRIER, name), self._all(PERSON, person_of(owner, thumbprint))
        row = {"carrier": carriers[0], "person_key": persons[0], "thumbprint": thumbprint}
        outcome: Outcome = "known" if _known(db, carriers) else "new"
        if outcome == "new":
            upsert = insert_sqlite if db.dialect.name == "sqlite" else insert_postgresql
            db.execute(
                upsert(key_carrier).on_conflict_do_nothing(), {**row, "first_seen": now, "last_seen": now}
            )
        bound = _known(db, carriers)
        if bound is None or bound.person_key not in persons:  # another worker may have been first
            raise CarrierOtherPerson
        mine = update(key_carrier).where(key_carrier.c.carrier == bound.carrier)
        db.execute(mine.values(thumbprint=thumbprint, last_seen=now))
        return Binding(outcome, bound.carrier)

    def _local_binding(self) -> Binding:
        if self._local == "refuse":
            raise LocalKey
        return Binding("local_warned" if self._local == "warn" else "local")

    async def release(self, carrier: str, officer: str, reason: str) -> None:
        """The next who signs with it gets it; recorded for ever. Raises ReasonMissing, NotFound."""
        if not reason.strip():
            raise ReasonMissing
        now = self._clock()
        await self._database.write(lambda db: _release(db, carrier, officer, reason.strip(), now))

    def _all(self, purpose: str, message: str) -> tuple[str, ...]:
        """Under every key, the newest first: a rotated key forgets nobody."""
        return tuple(mac.hex() for mac in self._macs.every(purpose, message.encode()))


def person_of(owner: Owner, thumbprint: str) -> str:
    """What stays the same when a certificate is renewed or a surname changed; without numbers he is known by it alone."""
    if owner.snils:
        return f"snils:{digits(owner.snils)}"
    inn = digits(owner.inn or owner.inn_le)
    return f"inn:{inn}" if inn else f"certificate:{thumbprint}"


def _known(db: Connection, carriers: tuple[str, ...]) -> Row[Any] | None:
    return db.execute(select(key_carrier).where(key_carrier.c.carrier.in_(carriers))).first()


def _release(db: Connection, carrier: str, officer: str, reason: str, now: Micros) -> None:
    known = db.execute(select(key_carrier).where(key_carrier.c.carrier == carrier)).first()
    if known is None:
        raise NotFound
    db.execute(delete(key_carrier).where(key_carrier.c.carrier == carrier))
    row = {"carrier": carrier, "person_key": known.person_key, "officer": officer}
    db.execute(insert(key_carrier_release).values(**row, reason=reason[:LONGEST_REASON], released_at=now))
