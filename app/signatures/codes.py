"""Codes by SMS, the simple signature: each is bound to a person, a voting and the hashes of the ballots under it.

All state is in the database, so the limits hold across workers. The code is never stored: only a keyed hash of it with
all that it is bound to, so that neither a copy of the database nor another person, voting or ballot makes use of it.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.kernel.away import away_as_retry
from app.kernel.canonical import canonical
from app.kernel.clock import Clock, Micros
from app.kernel.crypto import MacKeys
from app.kernel.db import Database
from app.signatures.code_tables import signing_code
from app.signatures.ports import CodeSender
from app.signatures.refusals import CodeTooOften

SECOND: Micros = 1_000_000
LIFETIME_US = 300 * SECOND
PAUSE_US = 30 * SECOND
"""Between two codes for the same ballots."""
HOUR_US = 3600 * SECOND
AN_HOUR = 20
"""Codes of one person; a meeting of a dozen questions needs as many, some twice."""
ATTEMPTS = 5
DIGITS = 6
RACES = 3
PURPOSE = "signing_code"

CodeVerdict = Literal["ok", "wrong", "expired", "spent", "unknown"]
"""`spent`: too many wrong attempts. `unknown`: no code was sent for exactly these ballots, or it has served already."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a code is good for; `ballots` are the SHA-256 (hex) of their bytes.

    `phone` is where the log has the number that it was sent to: after a change the code is good for nothing.
    """

    meeting: str
    voting: int
    person: str
    phone: tuple[int, int]
    ballots: tuple[str, ...]

    @property
    def message(self) -> bytes:
        return canonical([self.meeting, self.voting, self.person, list(self.phone), sorted(self.ballots)])


@dataclass(frozen=True, slots=True)
class CodeSent:
    expires_at: Micros
    again_at: Micros


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """What a code is worth under its ballots. `sent_at` is known of a good one, `left` attempts of a wrong one."""

    verdict: CodeVerdict
    sent_at: Micros | None = None
    left: int = 0


class Codes:
    """One object a process."""

    def __init__(self, database: Database, macs: MacKeys, clock: Clock, sender: CodeSender) -> None:
        self._database = database
        self._macs = macs
        self._clock = clock
        self._sender = sender

    async def send(self, bound: Bound, phone: str, message: Callable[[str], str]) -> CodeSent:
        """A new code, in place of an earlier one for the same ballots; `message` of the code is what is sent.

        Raises CodeTooOften or CodeNotSent.
        """
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        mac = self._macs.mac(PURPOSE, _with_code(bound, code))
        now = self._clock()
        await self._kept(bound, mac, now)
        await self._sender.send(phone, message(code))
        return CodeSent(now + LIFETIME_US, now + PAUSE_US)

    async def check(self, bound: Bound, code: str, command: bytes, received_at: Micros) -> CodeFacts:
        """Each command tries once: the same command again hears the same, and costs no attempt.

        A right code serves one command. `received_at` is when the code came here. Raises DatabaseAway.
        """
        macs = self._macs.every(PURPOSE, _with_code(bound, code))
        places = self._places(bound)
        with away_as_retry():
            return await self._database.write(
                lambda db: _check(db, bound.person, places, macs, command, received_at)
            )

    async def sweep(self) -> None:
        """Call it now and then: what no limit asks for any more is deleted."""
        before = self._clock() - HOUR_US
        await self._database.write(
            lambda db: db.execute(delete(signing_code).where(signing_code.c.sent_at < before))
        )

    async def _kept(self, bound: Bound, mac: bytes, now: Micros) -> None:
        """Codes of a person are numbered: of two workers that count at once, one counts again."""
        place = self._places(bound)
        for _ in range(RACES):
            try:
                return await self._database.write(lambda db: _keep(db, bound.person, place, mac, now))
            except IntegrityError:
                continue
        raise CodeTooOften(details={"again_at_ms": (now + PAUSE_US) // 1000})

    def _places(self, bound: Bound) -> tuple[str, ...]:
        """Under every key, the newest first."""
        return tuple(mac[1:].hex() for mac in self._macs.every(f"{PURPOSE}/place", bound.message))


def _with_code(bound: Bound, code: str) -> bytes:
    return bound.message + b"\0" + code.encode()


def _keep(db: Connection, person: str, places: tuple[str, ...], mac: bytes, now: Micros) -> None:
    """The number is looked up first: a code that another worker writes after this look is counted, or takes the number."""
    mine = signing_code.c.person == person
    number = db.scalar(select(func.coalesce(func.max(signing_code.c.number), 0)).where(mine)) or 0
    recent = db.execute(
        select(func.count(), func.min(signing_code.c.sent_at)).where(
            mine, signing_code.c.sent_at > now - HOUR_US
        )
    ).one()
    last = db.scalar(
        select(func.max(signing_code.c.sent_at)).where(mine, signing_code.c.bound_to.in_(places))
    )
    if recent[0] >= AN_HOUR:
        raise CodeTooOften(details={"again_at_ms": (recent[1] + HOUR_US) // 1000})
    if last is not None and now < last + PAUSE_US:
        raise CodeTooOften(details={"again_at_ms": (last + PAUSE_US) // 1000})
    db.execute(
        insert(signing_code).values(
            person=person,
            number=number + 1,
            bound_to=places[0],
            code_mac=mac,
            sent_at=now,
            attempts=0,
            is_right=False,
        )
    )


def _check(
    db: Connection,
    person: str,
    places: tuple[str, ...],
    macs: tuple[bytes, ...],
    command: bytes,
    received_at: Micros,
) -> CodeFacts:
    """The row is locked from the look to the count: guesses on several workers are counted one after another.

    `person` is for the index: a thousand look at once.
    """
    mine = signing_code.c.person == person
    newest = select(signing_code).where(mine, signing_code.c.bound_to.in_(places))
    row = db.execute(newest.order_by(signing_code.c.id.desc()).limit(1).with_for_update()).first()
    if row is None:
        return CodeFacts("unknown")
    tries = _tries(row)
    mark = hashlib.sha256(command).digest()
    if mark in tries:
        attempt = tries.index(mark) + 1
        return _facts(row, row.is_right and attempt == len(tries), attempt)
    if row.is_right:
        return CodeFacts("unknown")
    if received_at >= row.sent_at + LIFETIME_US:
        return CodeFacts("expired")
    if row.attempts >= ATTEMPTS:
        return CodeFacts("spent")
    is_right = any(secrets.compare_digest(row.code_mac, mac) for mac in macs)
    tried = {"attempts": row.attempts + 1, "tried_by": b"".join((*tries, mark)), "is_right": is_right}
    db.execute(update(signing_code).where(signing_code.c.id == row.id).values(**tried))
    return _facts(row, is_right, row.attempts + 1)


def _tries(row: Row[Any]) -> list[bytes]:
    """Hashes of the commands that tried this code, each an attempt, the earliest first; the right one is the last."""
    size = hashlib.sha256().digest_size
    joined = row.tried_by or b""
    return [joined[at : at + size] for at in range(0, len(joined), size)]


def _facts(row: Row[Any], is_right: bool, attempts: int) -> CodeFacts:
    if is_right:
        return CodeFacts("ok", sent_at=row.sent_at)
    return CodeFacts("wrong", left=ATTEMPTS - attempts) if attempts < ATTEMPTS else CodeFacts("spent")
