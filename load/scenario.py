"""A whole meeting by simulated people: they join, vote, lose the network, see the end; then the checker speaks."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Iterable
from contextlib import suppress
from random import Random
from typing import Any

from load import figures, last_seen
from load.checker import Verdict, check, without_evidence
from load.client import Client
from load.company import Company
from load.counted import Record
from load.door import Link
from load.evidence import gather, never_whole, read_record
from load.figures import Sample, Storm
from load.history import Operation
from load.http import Place, Refusal
from load.human import AT_HUMAN_PACE, QUICK, Human, Pace
from load.machine import own_cpu_s, usage_of
from load.metrics import read_metrics
from load.organizer import Organizer
from load.report import Progress, Report, Silence
from load.watch import GLANCE_S, GivenUp, Patience
from load.wire import BadFrame

LAST_WORDS_S = 15.0
STALL_S = 30.0
EVIDENCE_S = 60.0
USUAL_QUESTIONS = 10
STORM_AFTER_S = 1.0
STORM_S = 90.0
JUST_STARTED_S = 30.0


async def run(
    url: str,
    links: Iterable[Link],
    participants: int | None = None,
    questions: int | None = None,
    seed: int = 0,
    *,
    follow: bool = False,
    countdown_s: int = 10,
    pace: Pace | None = None,
    fallback: float = 0.0,
    storm: bool = False,
    server_pid: int | None = None,
    patience: Patience | None = None,
    progress: Progress | None = None,
    before_judging: Callable[[], Awaitable[object]] | None = None,
) -> Report:
    """Play the meeting at `url` with the first `participants` of `links` and judge it; nobody else votes in a bot's
    meeting but perhaps the participants who are left over.

    A bot with the organizer's link leads through at most `questions` votings of `countdown_s` seconds; with
    `follow` a human leads, and the crowd lives at human pace until the meeting is over or the call is cancelled.
    A share `fallback` of the crowd has no websockets. `storm` takes the network from all at once in the middle.
    Processor time and memory are read of the tree of `server_pid`.
    A run that stands still or takes too long is given up: the report then has failed and says where it stood.
    Whoever disturbs the server on purpose says by `before_judging` when evidence may be gathered.
    """
    everybody = tuple(links)
    may_play = [link for link in everybody if link.role == "participant"]
    crowd = may_play[:participants]
    leaders = [link for link in everybody if link.role == "organizer" and not follow][:1]
    pace = pace or (AT_HUMAN_PACE if follow else QUICK)
    crew = _Crew(url, crowd, leaders, seed, countdown_s, pace, fallback)
    crew.has_storm, crew.server_pid, crew.before_judging = storm, server_pid, before_judging
    crew.company = _company(leaders, may_play[len(crowd) :])
    return await crew.play(questions, patience or crew.patience(questions), progress or Silence())


class _Crew:
    """Everybody of one run."""

    def __init__(
        self,
        url: str,
        crowd: list[Link],
        leaders: list[Link],
        seed: int,
        countdown_s: int,
        pace: Pace,
        fallback: float,
    ) -> None:
        self.company = Company()
        self.has_storm = False
        self.server_pid: int | None = None
        self.before_judging: Callable[[], Awaitable[object]] | None = None
        self._place = Place.of(url)
        self._seed = seed
        self._pace = pace
        self._countdown_s = countdown_s
        without_sockets = set(
            Random(f"{seed}/fallback").sample(range(len(crowd)), round(fallback * len(crowd)))
        )
        self._clients = tuple(
            Client(url, link, Random(f"{seed}/net/{n}"), pace.retry, uses_fallback=n in without_sockets)
            for n, link in enumerate(crowd)
        )
        self._humans = tuple(
            Human(client, pace, Random(f"{seed}/mind/{n}")) for n, client in enumerate(self._clients)
        )
        self._leader = next(
            (Client(url, link, Random(f"{seed}/lead"), pace.retry, is_attentive=True) for link in leaders),
            None,
        )
        self._organizer = Organizer(self._leader, countdown_s) if self._leader else None
        self._storm: Storm | None = None
        self._joined_sample: Sample | None = None
        self._connected_then = 0

    def patience(self, questions: int | None) -> Patience:
        """Enough for a slow machine, never without an end; a human who leads has all the time in the world."""
        if self._organizer is None:
            return Patience(math.inf, math.inf)
        votings_s = (questions or USUAL_QUESTIONS) * (self._countdown_s + STALL_S)
        return Patience(STALL_S, 2 * self._assembly_s() + votings_s + STORM_S)

    async def play(self, questions: int | None, patience: Patience, progress: Progress) -> Report:
        async with asyncio.TaskGroup() as group:
            before = await self._prepare(group, min(JUST_STARTED_S, patience.stall_s))
            own_cpu, started = own_cpu_s(), time.monotonic()
            meeting = group.create_task(self._meet(questions))
            narrator = group.create_task(self._narrate(progress, questions))
            given_up = await patience.outlast(meeting, self._sign)
            ended = meeting.result() if given_up is None else False
            seen = self._last_seen() if ended is False else None
            duration_s, own_cpu = time.monotonic() - started, own_cpu_s() - own_cpu
            after = await self._sample()
            meeting.cancel()
            if self.before_judging is not None:
                await self.before_judging()
            verdict = await self._judge()
            for task in (narrator, *self._connections):
                task.cancel()
        costs = figures.server(before, self._joined_sample, after, self._connected_then, self._deliveries())
        return self._report(ended, duration_s, own_cpu, costs, verdict, given_up, seen)

    # --- the meeting ---

    async def _prepare(self, group: asyncio.TaskGroup, patience_s: float) -> Sample:
        """The organizer is there first, so that what the server builds once is not counted as the crowd's."""
        self._connections: list[asyncio.Task[None]] = []
        if (leader := self._leader) is not None:
            self._connections.append(group.create_task(leader.run()))
            await leader.until(lambda: leader.is_in_step, patience_s)
        before = await self._sample()
        ramp = Random(f"{self._seed}/ramp")
        for client in self._clients:
            self._connections.append(group.create_task(_come(client, ramp.uniform(0, self._pace.join_s))))
        return before

    async def _meet(self, questions: int | None) -> bool | None:
        """Everybody lives and the organizer leads; after the end each has a moment to see it."""
        async with asyncio.TaskGroup() as group:
            lives = [group.create_task(human.live()) for human in self._humans]
            storm = group.create_task(self._unleash())
            ended = await self._lead(questions)
            await asyncio.wait((*lives, storm), timeout=None if ended is None else LAST_WORDS_S)
            for task in (*lives, storm):
                task.cancel()
        return ended

    async def _lead(self, questions: int | None) -> bool | None:
        if self._organizer is None:
            return None
        return await self._organizer.hold(self._are_all_here, self._assembly_s(), questions)

    def _assembly_s(self) -> float:
        return self._pace.join_s + 30 + len(self._clients) / 10

    def _are_all_here(self, creditors_present: int) -> bool:
        """Whoever was not turned away has joined, and is in the journal where the form has one."""
        coming = [client for client in self._clients if client.tally.stopped_by is None]
        if any(client.tally.join_s is None for client in coming):
            return False
        theirs = {who for client in coming for who in client.replica.of_me("creditor")}
        return creditors_present >= (0 if self._form() == "absentee" else len(theirs))

    def _form(self) -> str:
        meeting = self._leader.replica.view.values.get("meeting", {}) if self._leader else {}
        return str(meeting.get("form"))

    async def _unleash(self) -> None:
        """In the middle of the meeting and of a countdown: every network is lost, everybody comes back by the rules."""
        if not self.has_storm or self._organizer is None:
            return
        await self._organizer.middle.wait()
        await asyncio.sleep(STORM_AFTER_S)
        victims = [client for client in self._clients if client.is_in_step]
        turned_away, full_views = self._turned_away(), _full_views(victims)
        for client in victims:
            client.drop()
        self._storm = Storm(len(victims), None, 0, 0)
        with suppress(TimeoutError):
            async with asyncio.timeout(STORM_S):
                for client in victims:
                    await client.until(client.has_returned)
        last_s = _last_return_s(victims) if all(client.has_returned() for client in victims) else None
        self._storm = Storm(
            len(victims), last_s, self._turned_away() - turned_away, _full_views(victims) - full_views
        )

    # --- watching it ---

    async def _narrate(self, progress: Progress, questions: int | None) -> None:
        sampled_at = time.monotonic() + self._assembly_s()
        while True:
            votes = len(figures.votes_of(self._operations()))
            progress.show(self._joined(), len(self._clients), *self._agenda(questions), votes)
            if self._joined_sample is None and (
                self._joined() == len(self._clients) or time.monotonic() > sampled_at
            ):
                self._connected_then = self._connected()
                self._joined_sample = await self._sample()
            await asyncio.sleep(GLANCE_S)

    async def _sample(self) -> Sample:
        usage = None if self.server_pid is None else usage_of(self.server_pid)
        return Sample(usage, await read_metrics(self._place))

    def _sign(self) -> Hashable:
        """Something that changes whenever the meeting goes on anywhere; a countdown that runs is a sign too."""
        everybody = self._everybody()
        positions = sum(place.at for client in everybody if (place := client.replica.view.position))
        asked = sum(len(client.history) for client in everybody)
        unsettled = sum(len(client.unsettled) for client in everybody)
        return self._joined(), positions, asked, unsettled, self._leader and self._leader.seconds_left()

    def _last_seen(self) -> dict[str, Any]:
        leader = self._leader and last_seen.of_client(self._leader)
        step = self._organizer and self._organizer.step
        return {"step": step, "organizer": leader, "participants": last_seen.of_crowd(self._clients)}

    # --- the verdict and the figures ---

    async def _judge(self) -> Verdict:
        """The organizer sees the most, so his record is asked for first. Without evidence nothing is passed."""
        present = tuple(client for client in self._everybody() if client.replica.is_whole)
        others = tuple(never_whole(client) for client in self._everybody() if client not in present)
        if not present:
            return check(others, Record({}, {}, {}, {}, {}), self.company)
        try:
            async with asyncio.timeout(EVIDENCE_S + len(present) / 10):
                witnesses = (*await gather(present), *others)
                return check(witnesses, await read_record(present[0]), self.company)
        except (OSError, Refusal, BadFrame) as fault:
            return without_evidence(f"{type(fault).__name__}: {fault}")

    def _report(
        self,
        ended: bool | None,
        duration_s: float,
        own_cpu_s: float,
        costs: figures.Server,
        verdict: Verdict,
        given_up: GivenUp | None,
        seen: dict[str, Any] | None,
    ) -> Report:
        operations = self._operations()
        with_sockets = tuple(client for client in self._clients if not client.uses_fallback)
        return Report(
            seed=self._seed,
            participants=len(self._clients),
            joined=self._joined(),
            fallback=len(self._clients) - len(with_sockets),
            votings=self._agenda(None)[0],
            ended=ended,
            duration_s=duration_s,
            commands=Counter(str(operation.outcome) for operation in operations),
            refusals=Counter(operation.code for operation in operations if operation.code),
            put_offs=sum((client.history.put_offs for client in self._everybody()), Counter()),
            connections=sum(client.tally.connections for client in self._clients),
            turned_away=self._turned_away(),
            times=figures.times(with_sockets, self._organizer.acts if self._organizer else ()),
            burst=figures.burst(with_sockets),
            storm=self._storm,
            server=costs,
            client_cpu_s=own_cpu_s,
            checker=verdict,
            given_up=given_up,
            last_seen=seen,
        )

    def _joined(self) -> int:
        return sum(client.tally.join_s is not None for client in self._clients)

    def _connected(self) -> int:
        """Without those who poll."""
        return sum(client.tally.join_s is not None and not client.uses_fallback for client in self._clients)

    def _turned_away(self) -> int:
        return sum(client.tally.turned_away + client.door.put_off for client in self._everybody())

    def _deliveries(self) -> int:
        return sum(client.tally.frames for client in self._everybody())

    def _agenda(self, questions: int | None) -> tuple[int, int]:
        """Votings counted so far, questions there are to put; a packet brings its own."""
        some = self._leader or next((client for client in self._clients if client.replica.is_whole), None)
        if some is None:
            return 0, 0
        agenda, held = len(some.replica.view.values.get("agenda", ())), len(some.replica.of_view("result"))
        return held, max(held, min(agenda, questions or agenda))

    def _everybody(self) -> tuple[Client, ...]:
        return self._clients if self._leader is None else (self._leader, *self._clients)

    def _operations(self) -> tuple[Operation, ...]:
        return tuple(operation for client in self._everybody() for operation in client.history.operations)


def _company(leaders: list[Link], idle: list[Link]) -> Company:
    """A human's meeting is anybody's; so is one where it is not known for whom the others vote."""
    if not leaders or any(not link.creditors for link in idle):
        return Company(leads=bool(leaders), others=None)
    return Company(others=frozenset(who for link in idle for who in link.creditors))


async def _come(client: Client, delay_s: float) -> None:
    await asyncio.sleep(delay_s)
    await client.run()


def _full_views(clients: Iterable[Client]) -> int:
    return sum(client.replica.full_views for client in clients)


def _last_return_s(clients: Iterable[Client]) -> float:
    return round(max((client.tally.returns_s[-1] for client in clients), default=0.0), 3)
