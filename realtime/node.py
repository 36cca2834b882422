"""This worker's part of the live engine: its open topics, the bus, presence, and what runs by the clock."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from realtime.broker import Broker, Ring
from realtime.close_codes import CloseCode
from realtime.counts import Counts
from realtime.ending import ended
from realtime.hub import Facts, online_count
from realtime.limits import Buckets, Limits, Turnstile
from realtime.logins import Logins
from realtime.ports import Door, Unanswered
from realtime.presence import Online, Presence, RollCall
from realtime.topic import Topic

SWEEP_S = 0.1
PRESENCE_S = 0.5
QUIET_TILE_S = 30.0
RECHECK_S = 30.0
RECHECKED_AT_ONCE = 100
RECHECK_PAUSE_S = 1.0
"""From one round to the next: who signs in and out without end must not keep every worker asking about everybody."""
IDLE_S = 600.0
"""A topic without listeners leaves memory after this."""
POLL_S = 3.0
POLL_PRESSING_WITHOUT_BUS_S = 0.25
POLL_WITHOUT_BUS_S = 1.0
STOP_S = 5.0
"""So long a worker that stops waits for the commands it has begun, and then for the stores to forget it."""
LOGINS = "~logins"
"""No topic: a ring for it asks every worker to look at its logins again."""

log = logging.getLogger(__name__)


class Node:
    """Topics of this process. `start` before the first connection, `stop` at the end."""

    def __init__(
        self,
        door: Door,
        broker: Broker,
        presence: Presence,
        limits: Limits | None = None,
        facts: Facts = online_count,
    ) -> None:
        self.door = door
        self.limits = limits or Limits()
        self.addresses = Buckets(self.limits.handshakes_a_second, self.limits.handshake_burst)
        self.persons = Buckets(self.limits.frames_a_second, self.limits.request_frames)
        """Frames by HTTP, where every request is a session of its own."""
        self.logins = Logins(door, lambda: broker.is_healthy, self._now)
        self.sockets = self.bodies_bytes = 0
        self.counts = Counts()
        self._broker = broker
        self._presence = presence
        self._facts = facts
        self._turnstile = Turnstile(self.limits)
        self._topics: dict[str, Topic] = {}
        self._opening: dict[str, asyncio.Task[Topic | None]] = {}
        self._calls: dict[str, RollCall] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._rechecking = asyncio.Lock()
        self._recheck_waits = False
        self._rechecked_at = float("-inf")

    # --- life ---

    async def start(self) -> None:
        await self._broker.start(self._heard)
        await self._broker.subscribe(LOGINS)
        for period_s, step in (
            (SWEEP_S, self._sweep),
            (PRESENCE_S, self._tell_presence),
            (POLL_PRESSING_WITHOUT_BUS_S, self._poll),
            (QUIET_TILE_S, self._keep_above_horizon),
            (RECHECK_S, self.recheck_logins),
        ):
            self._loops.append(asyncio.create_task(self._every(period_s, step)))

    async def stop(self) -> None:
        """Commands are answered, then everybody is sent away, to come back spread over some seconds."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_S)
        leaving = asyncio.create_task(self._leave())
        left, _ = await asyncio.wait({leaving}, timeout=STOP_S)
        await ended((*self._loops, *self._tasks, leaving))
        await self._broker.stop()
        for task in left:
            task.result()

    async def _leave(self) -> None:
        """Every listener hears it at once; only the stores may take their time."""
        await asyncio.gather(*(self.drop(name, CloseCode.GOING_AWAY) for name in tuple(self._topics)))
        await self._presence.stop()

    def keep(self, task: asyncio.Task[None]) -> None:
        """Hold on to a task until it is done, whatever becomes of the connection that started it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- topics ---

    async def topic(self, name: str) -> Topic | None:
        """The topic, opened on demand; None: there is none."""
        topic = self._topics.get(name)
        if topic is not None:
            return topic
        opening = self._opening.get(name)
        if opening is None:
            opening = self._opening[name] = asyncio.create_task(self._open(name))
            opening.add_done_callback(lambda _: self._opening.pop(name, None))
        return await asyncio.shield(opening)

    async def _open(self, name: str) -> Topic | None:
        source = await self.door.open(name)
        if source is None:
            return None
        await self._broker.subscribe(name)
        await source.catch_up()
        topic = Topic(
            name, source, self.door, self.logins, self.limits, self._turnstile, self._facts, self.counts
        )
        self._calls[name] = RollCall(name, self._presence)
        self._topics[name] = topic
        return topic

    @property
    def hears_the_bus(self) -> bool:
        return self._broker.is_healthy

    async def drop(self, name: str, code: CloseCode = CloseCode.ELSEWHERE) -> None:
        """Forget a topic and send its listeners elsewhere."""
        topic, call = self._topics.pop(name, None), self._calls.pop(name, None)
        if topic is None or call is None:
            return
        topic.close()
        for member in topic.hub.members:
            topic.hub.dismiss(member, code, "elsewhere")
        await self._broker.unsubscribe(
            name
        )  # first: who opens the topic anew meanwhile subscribes after this
        if self._broker.is_healthy:
            await call.end()

    async def moved(self, name: str, epoch: bytes, at: int) -> None:
        """The log of this topic stands at `at`: flush here, ring for the others. Cheap to repeat."""
        topic = self._topics.get(name)
        if topic is not None:
            topic.heard(epoch, at)
        if topic is None or topic.is_news(epoch, at):
            await self._broker.ring(Ring(name, epoch, at))

    async def login_ended(self) -> None:
        """Some login was revoked: every worker looks at its logins again as soon as it can."""
        self.logins.forget()
        await self._broker.ring(Ring(LOGINS, b"", 0))

    # --- by the clock ---

    async def recheck_logins(self) -> None:
        """End the connections whose login is no longer good: one round at a time, and one soon behind it for all who ask meanwhile."""
        if self._recheck_waits:
            return
        self._recheck_waits = True
        async with self._rechecking:
            if (wait_s := self._rechecked_at + RECHECK_PAUSE_S - self._now()) > 0:
                await asyncio.sleep(wait_s)
            self._recheck_waits = False
            members = [(topic, member) for topic in self._topics.values() for member in topic.hub.members]
            for start in range(0, len(members), RECHECKED_AT_ONCE):
                part = members[start : start + RECHECKED_AT_ONCE]
                await asyncio.gather(*(topic.recheck(member) for topic, member in part))
            self._rechecked_at = self._now()

    async def _sweep(self) -> None:
        now = self._now()
        for topic in self._topics.values():
            topic.hub.sweep(now)

    async def _keep_above_horizon(self) -> None:
        for topic in self._topics.values():
            topic.hub.keep_above_horizon()

    async def _tell_presence(self) -> None:
        """While the bus is down nobody else is asked: one store that hangs would cost every topic its wait."""
        for topic, call in [(topic, self._calls[name]) for name, topic in self._topics.items()]:
            present = topic.present
            online: Online | None = Online(present, False)
            if self._broker.is_healthy:
                online = await call.call(present, self._now())
            if online is not None:
                topic.hub.tell_soft(online.persons, online.is_complete and self._broker.is_healthy)

    async def _poll(self) -> None:
        """The last lost ring is noticed by nothing else: nothing here waits but for the log. Also where topics end."""
        now, due = self._now(), []
        for name, topic in self._topics.items():
            if topic.persons:
                topic.used_at = now
            if topic.is_gone or now - topic.used_at > IDLE_S:
                self.keep(asyncio.create_task(self.drop(name)))
            elif now - topic.read_at >= self._poll_after_s(topic):
                due.append(topic)
        if due:
            await self._compare(due)

    async def _compare(self, topics: list[Topic]) -> None:
        """One question for all of them; who is elsewhere than its log reads it, also where the log went back."""
        heads = await self.door.heads(tuple(topic.name for topic in topics))
        for topic in topics:
            topic.compared(heads.get(topic.name))

    def _poll_after_s(self, topic: Topic) -> float:
        if self._broker.is_healthy:
            return POLL_S
        return POLL_PRESSING_WITHOUT_BUS_S if topic.source.is_pressing else POLL_WITHOUT_BUS_S

    async def _every(self, period_s: float, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(period_s)
            try:
                await step()
            except Unanswered:
                continue
            except Exception:
                log.exception("a step of the live engine failed; it runs again in %s s", period_s)

    # --- the bus ---

    def _heard(self, ring: Ring) -> None:
        if ring.topic == LOGINS:
            self.logins.forget()
            self.keep(asyncio.create_task(self.recheck_logins()))
            return
        topic = self._topics.get(ring.topic)
        if topic is not None:
            topic.heard(ring.epoch, ring.pos)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
