"""Handoffs: what was chosen on a telephone is signed on the same person's computer, through boxes of ciphertext.

The key is on the telephone's screen and never here: a box has a name, which the key gives away to nobody, a letter
(the bytes to sign) and at most one answer (the signatures). After ten minutes all of it is gone.
"""

from sqlalchemy import Connection, delete, insert, select, update

from app.kernel.clock import Clock, Micros
from app.kernel.db import Database
from app.kernel.errors import NotFound
from app.signatures.handoff_tables import handoff
from app.signatures.refusals import HandoffAnswered

LIFETIME_US = 600_000_000
LETTER_BYTES = 98_304
ANSWER_BYTES = 524_288
OPEN_BOXES = 3
"""Of one person: another tab, another meeting; the oldest makes room for the next."""


class Handoffs:
    """Boxes by name. A box that is not there, is over or is another's is NotFound, whichever it is."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def put(self, person: str, box: str, letter: bytes) -> Micros:
        """A new box of this person; the same name again is NotFound. Returns when it ends."""
        now = self._clock()
        await self._database.write(lambda db: _put(db, person, box, letter, now))
        return now + LIFETIME_US

    async def letter(self, box: str) -> bytes:
        """For whoever knows the name. Raises NotFound."""
        now = self._clock()
        query = select(handoff.c.letter).where(handoff.c.box == box, handoff.c.expires_at > now)
        letter: bytes | None = await self._database.read(lambda db: db.execute(query).scalar())
        if letter is None:
            raise NotFound
        return letter

    async def give(self, box: str, answer: bytes) -> None:
        """The one answer. Raises NotFound or HandoffAnswered."""
        now = self._clock()
        await self._database.write(lambda db: _give(db, box, answer, now))

    async def answer(self, person: str, box: str) -> bytes | None:
        """None while there is none. Raises NotFound."""
        now = self._clock()
        own = (handoff.c.box == box, handoff.c.person == person, handoff.c.expires_at > now)
        row = await self._database.read(lambda db: db.execute(select(handoff.c.answer).where(*own)).first())
        if row is None:
            raise NotFound
        found: bytes | None = row.answer
        return found

    async def remove(self, person: str, box: str) -> None:
        """Whether it was there or not."""
        own = (handoff.c.box == box, handoff.c.person == person)
        await self._database.write(lambda db: db.execute(delete(handoff).where(*own)))

    async def sweep(self) -> None:
        """Call it every minute: what is over is deleted."""
        now = self._clock()
        await self._database.write(lambda db: _sweep(db, now))


def _put(db: Connection, person: str, box: str, letter: bytes, now: Micros) -> None:
    _sweep(db, now)
    if db.execute(select(handoff.c.box).where(handoff.c.box == box)).scalar() is not None:
        raise NotFound
    mine = select(handoff.c.box).where(handoff.c.person == person)
    too_many = db.scalars(mine.order_by(handoff.c.expires_at.desc()).offset(OPEN_BOXES - 1)).all()
    db.execute(delete(handoff).where(handoff.c.box.in_(too_many)))
    row = {"box": box, "person": person, "letter": letter, "expires_at": now + LIFETIME_US}
    db.execute(insert(handoff).values(**row))


def _give(db: Connection, box: str, answer: bytes, now: Micros) -> None:
    there = (handoff.c.box == box, handoff.c.expires_at > now)
    given = db.execute(update(handoff).where(*there, handoff.c.answer.is_(None)).values(answer=answer))
    if given.rowcount == 1:
        return
    if db.execute(select(handoff.c.box).where(*there)).scalar() is None:
        raise NotFound
    raise HandoffAnswered


def _sweep(db: Connection, now: Micros) -> None:
    db.execute(delete(handoff).where(handoff.c.expires_at <= now))
