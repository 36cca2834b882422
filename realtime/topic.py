"""One topic of this worker in time: when to read the log, when to flush, how somebody is let in. What goes out: `hub.py`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import perf_counter

from realtime.close_codes import CloseCode
from realtime.counts import Counts
from realtime.crowd import Member
from realtime.envelope import Have
from realtime.hub import Facts, Hub
from realtime.limits import Limits, Turnstile
from realtime.logins import Logins
from realtime.ports import Door, Gone, Position, Source, Unanswered
from realtime.presence import hinted
from realtime.resume import Claim, is_suspicious

FLUSH_S = 0.1
"""At most ten flushes a second of what nobody waits for; urgent ones come besides."""
URGENT_FLUSH_S = 0.02
SLOW_FLUSH_S = 0.3
FLUSH_SHARE = 0.05
"""What flushes may take of the time before they become rarer: in a large meeting receipts go before the count of voters."""
READ_S = 0.05
"""At most twenty reads of the log a second."""
AHEAD_S = 2.0
"""How long a client that has seen more than this worker is kept waiting."""
HINT_S = 300.0
"""A hint that was never taken back is forgotten after this."""
HINTS_A_PERSON = 4
GLIMPSE_S = 10.0
"""Who polls counts as present for so long after each poll."""

log = logging.getLogger(__name__)


class NotLetIn(Exception):
    """The connection is closed with this code."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(reason)


class Topic:
    """A source, its hub and their timers."""

    def __init__(
        self,
        name: str,
        source: Source,
        door: Door,
        logins: Logins,
        limits: Limits,
        turnstile: Turnstile,
        facts: Facts,
        counts: Counts,
    ) -> None:
        self.name = name
        self.source = source
        self.hub = Hub(source, limits, self._soon, facts, counts)
        self.used_at = self.read_at = self._now()
        self.is_gone = False
        """To be dropped: this worker cannot read its log any more."""
        self._rung = (source.position.epoch, source.position.at)
        self._glimpsed: dict[str, float] = {}
        self._hints: dict[tuple[str, str], float] = {}
        self._counts = counts
        self._door = door
        self._logins = logins
        self._limits = limits
        self._turnstile = turnstile
        self._timer: asyncio.Handle | None = None
        self._due = 0.0
        """Kept here: what uvloop returns for a moment that has come cannot tell its own."""
        self._flushed_at = float("-inf")
        self._pace_s = FLUSH_S
        self._spent_s = 0.0
        """What the last flush took, with the slices that came after it."""
        self._flushed = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self._read_again = False
        self._is_closed = False

    # --- moving ---

    def heard(self, epoch: bytes, pos: int) -> None:
        """A ring: read the log if it is ahead of us."""
        position = self.source.position
        if epoch == position.epoch and pos <= position.at:
            self.wake()
        else:
            self.read()

    def compared(self, head: Position | None) -> None:
        """The log stands at `head`; None: nobody knows now."""
        self.read_at = self._now()
        if head is None or head == self.source.position:
            self.wake()
        else:
            self.read()

    def is_news(self, epoch: bytes, at: int) -> bool:
        """Has this worker not rung for this position yet? Asking counts as ringing."""
        rung_epoch, rung_at = self._rung
        if epoch == rung_epoch and at <= rung_at:
            return False
        self._rung = (epoch, at)
        return True

    def read(self) -> asyncio.Task[None]:
        """Catch up with the log: one read in flight, at most one more behind it."""
        self._read_again = True
        self.read_at = self._now()
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())
        return self._reader

    async def _read(self) -> None:
        while self._read_again:
            self._read_again = False
            try:
                await self.source.catch_up()
            except Gone:
                self.is_gone = True
                return
            except Exception:
                log.exception("reading the log of a topic failed; the safety poll tries again")
            self.wake()
            await asyncio.sleep(READ_S)

    def wake(self) -> None:
        """The source may have moved: flush when the pace allows."""
        if self.source.position == self.hub.flushed:
            return
        pace = URGENT_FLUSH_S if self.source.is_urgent(self.hub.flushed.at) else self._pace_s
        due = max(self._flushed_at + pace, self._now())
        if self._timer is None or due < self._due:
            self._cancel_timer()
            self._due = due
            self._timer = asyncio.get_running_loop().call_at(due, self._flush)

    def _flush(self) -> None:
        """The pace counts from its end, so that any second has ten at most; the loop's clock may stand still meanwhile."""
        self._timer = None
        at = self._now()
        self._pace_s, self._spent_s = pace_after(self._spent_s), 0.0
        self._timed(self.hub.flush)
        self._flushed_at = at + self._spent_s
        self._counts.on_flush(self._spent_s)
        self._flushed.set()
        self._flushed = asyncio.Event()
        self._tell_persons()

    def _soon(self, step: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_soon(self._timed, step)

    def _timed(self, step: Callable[[], None]) -> None:
        """A flush, or a slice of what it writes: in a large meeting most of it is in the slices."""
        begun = perf_counter()
        step()
        self._spent_s += perf_counter() - begun

    def _tell_persons(self) -> None:
        if self.hub.tell_persons():
            asyncio.get_running_loop().call_soon(self._tell_persons)

    # --- who is here ---

    def glimpse(self, person: str) -> None:
        """A poll of this person: present for a while without a connection."""
        self._glimpsed[person] = self._now() + GLIMPSE_S

    @property
    def persons(self) -> frozenset[str]:
        """Connected, or seen polling lately."""
        now = self._now()
        self._glimpsed = {person: until for person, until in self._glimpsed.items() if until > now}
        return self.hub.persons | self._glimpsed.keys()

    def note(self, person: str, hint: str, is_on: bool) -> None:
        """What this person is at, or no longer; the oldest of too many goes."""
        self._hints.pop((person, hint), None)
        mine = [key for key in self._hints if key[0] == person]
        for key in mine[: max(0, len(mine) - HINTS_A_PERSON + 1)]:
            del self._hints[key]
        if is_on:
            self._hints[person, hint] = self._now() + HINT_S

    @property
    def present(self) -> frozenset[str]:
        """Persons, and what they are at: what presence carries to the other workers."""
        persons, now = self.persons, self._now()
        self._hints = {key: until for key, until in self._hints.items() if until > now and key[0] in persons}
        return persons | {hinted(person, hint) for person, hint in self._hints}

    # --- letting in ---

    async def enter(self, member: Member, have: Have | None) -> None:
        """Welcome `member` and make it one of its class; raises `NotLetIn`."""
        self.used_at = self._now()
        claim = await self._claim(member, have)
        has_turn = False
        while not member.wire.is_closing:
            if self._is_closed:
                raise NotLetIn(CloseCode.ELSEWHERE, "elsewhere")
            plan = self.hub.plan(member.viewer.person, claim)
            if plan is None:
                raise NotLetIn(CloseCode.NO_RIGHT, "no right to see this")
            if plan.is_ahead:
                await self._next_flush()
            elif plan.view_since is None and not has_turn:
                await asyncio.sleep(self._turnstile.wait_s(self._now()))
                has_turn = True
            else:
                self.hub.join(member, plan, self._door.now_us() // 1000, self._door.clock_error_ms())
                self._keep_newest(member.viewer.person)
                await self.recheck(member)  # revoked on the way from the door to here, where no round looks
                return

    async def recheck(self, member: Member) -> None:
        """End the connection if its login is no longer good; while nobody can say, it stays until the next round."""
        try:
            is_good = await self._logins.ask(self.name, member.viewer)
        except Unanswered:
            return
        if not is_good:
            self.hub.dismiss(member, CloseCode.LOGIN_ENDED, "sign in again")

    def _keep_newest(self, person: str) -> None:
        """Too many sockets of one person: the oldest goes, for a phone that changed networks leaves dead ones behind."""
        members = self.hub.members_of(person)
        for member in members[: -self._limits.sockets_a_person]:
            self.hub.dismiss(member, CloseCode.TOO_MANY_SOCKETS, "opened elsewhere")

    async def _claim(self, member: Member, have: Have | None) -> Claim | None:
        if have is None or have.epoch != self.source.position.epoch:
            return None
        if max(have.at, have.me_at) > self.source.position.at:
            await self._in_time(asyncio.wait({self.read()}))
        claim = Claim(have, await self.source.mark_at(have.at), await self.source.mark_at(have.me_at))
        if is_suspicious(claim, self.source.position):
            self._counts.suspicions += 1
            if not member.is_suspected:
                log.warning("a client of %s has seen what the log does not hold", self.name)
            member.is_suspected = True
        return claim

    async def _next_flush(self) -> None:
        self.wake()
        await self._in_time(self._flushed.wait())

    async def _in_time(self, awaitable: Awaitable[object]) -> None:
        try:
            async with asyncio.timeout(AHEAD_S):
                await awaitable
        except TimeoutError:
            raise NotLetIn(CloseCode.TRY_AGAIN, "this worker is behind") from None

    def close(self) -> None:
        """Nobody comes in any more; who is waiting at the door is sent elsewhere."""
        self._is_closed = True
        self._cancel_timer()
        if self._reader is not None:
            self._reader.cancel()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def pace_after(took_s: float) -> float:
    """Seconds to the next flush that is not urgent, after one that took so long."""
    return min(max(FLUSH_S, took_s / FLUSH_SHARE), SLOW_FLUSH_S)
