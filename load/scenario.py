"""A whole meeting by simulated people: they join, vote, lose the network, see the end; then the checker speaks."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Hashable, Iterable
from random import Random
from typing import Any

from load import last_seen
from load.checker import Record, Verdict, check, without_evidence
from load.client import Client
from load.door import Link, Refusal
from load.evidence import gather, read_record
from load.history import Operation, Outcome
from load.human import AT_HUMAN_PACE, QUICK, Human, Pace
from load.organizer import Organizer
from load.report import Progress, Report, Silence, Spread
from load.watch import GLANCE_S, GivenUp, Patience
from load.wire import BadFrame

LAST_WORDS_S = 15.0
STALL_S = 30.0
EVIDENCE_S = 60.0
USUAL_QUESTIONS = 10


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
    patience: Patience | None = None,
    progress: Progress | None = None,
) -> Report:
    """Play the meeting at `url` with the first `participants` of `links` and judge it.

    A bot with the organizer's link leads through at most `questions` votings of `countdown_s` seconds; with
    `follow` a human leads, and the crowd lives at human pace until the meeting is over or the call is cancelled.
    A run that stands still or takes too long is given up: the report then has failed and says where it stood.
    """
    crew = _Crew(url, tuple(links), participants, seed, follow, countdown_s, pace)
    return await crew.play(questions, patience or crew.patience(questions), progress or Silence())


class _Crew:
    """Everybody of one run."""

    def __init__(
        self,
        url: str,
        links: tuple[Link, ...],
        participants: int | None,
        seed: int,
        follow: bool,
        countdown_s: int,
        pace: Pace | None,
    ) -> None:
        self._seed = seed
        self._countdown_s = countdown_s
        self._pace = pace or (AT_HUMAN_PACE if follow else QUICK)
        crowd = [link for link in links if link.role == "participant"][:participants]
        leaders = [link for link in links if link.role == "organizer" and not follow][:1]
        self._clients = tuple(Client(url, link, Random(f"{seed}/net/{n}")) for n, link in enumerate(crowd))
        self._humans = tuple(
            Human(client, self._pace, Random(f"{seed}/mind/{n}")) for n, client in enumerate(self._clients)
        )
        self._leader = Client(url, leaders[0], Random(f"{seed}/leader")) if leaders else None
        self._organizer = Organizer(self._leader, countdown_s) if self._leader else None

    def patience(self, questions: int | None) -> Patience:
        """Enough for a slow machine, never without an end; a human who leads has all the time in the world."""
        if self._organizer is None:
            return Patience(math.inf, math.inf)
        votings_s = (questions or USUAL_QUESTIONS) * (self._countdown_s + STALL_S)
        return Patience(self._countdown_s + STALL_S, 2 * self._assembly_s() + votings_s + STALL_S)

    async def play(self, questions: int | None, patience: Patience, progress: Progress) -> Report:
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            connections = self._connect(group)
            narrator = group.create_task(self._narrate(progress, questions))
            meeting = group.create_task(self._meet(questions))
            given_up = await patience.outlast(meeting, self._sign)
            ended = meeting.result() if given_up is None else False
            seen = self._last_seen() if ended is False else None
            duration_s = time.monotonic() - started
            verdict = await self._judge()
            for task in (meeting, narrator, *connections):
                task.cancel()
        return self._report(ended, duration_s, verdict, given_up, seen)

    async def _meet(self, questions: int | None) -> bool | None:
        """Everybody lives and the organizer leads; after the end each has a moment to see it."""
        async with asyncio.TaskGroup() as group:
            lives = [group.create_task(human.live()) for human in self._humans]
            ended = await self._lead(questions)
            if lives:
                await asyncio.wait(lives, timeout=None if ended is None else LAST_WORDS_S)
            for life in lives:
                life.cancel()
        return ended

    def _sign(self) -> Hashable:
        """Something that changes whenever the meeting goes on anywhere."""
        everybody = self._everybody()
        positions = sum(place.at for client in everybody if (place := client.replica.view.position))
        asked = sum(len(client.history) for client in everybody)
        return self._joined(), positions, asked, sum(len(client.unsettled) for client in everybody)

    def _last_seen(self) -> dict[str, Any]:
        leader = self._leader and last_seen.of_client(self._leader)
        step = self._organizer and self._organizer.step
        return {"step": step, "organizer": leader, "participants": last_seen.of_crowd(self._clients)}

    def _connect(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        ramp = Random(f"{self._seed}/ramp")
        coming = [(client, ramp.uniform(0, self._pace.join_s)) for client in self._clients]
        if self._leader is not None:
            coming.append((self._leader, 0.0))
        return [group.create_task(_come(client, delay_s)) for client, delay_s in coming]

    async def _lead(self, questions: int | None) -> bool | None:
        if self._organizer is None:
            return None
        return await self._organizer.hold(self._expected, self._assembly_s(), questions)

    def _assembly_s(self) -> float:
        return self._pace.join_s + 30 + len(self._clients) / 20

    def _expected(self) -> int:
        """Creditors of everybody who was not turned away."""
        coming = (client for client in self._clients if client.tally.stopped_by is None)
        return len({who for client in coming for who in client.link.creditors})

    async def _narrate(self, progress: Progress, questions: int | None) -> None:
        while True:
            progress.show(
                self._joined(), len(self._clients), *self._agenda(questions), len(_votes(self._operations()))
            )
            await asyncio.sleep(GLANCE_S)

    async def _judge(self) -> Verdict:
        """The organizer sees the most, so his record is asked for first. Without evidence nothing is passed."""
        present = tuple(client for client in self._everybody() if client.replica.is_whole)
        if not present:
            return check((), Record({}, {}, {}, {}))
        try:
            async with asyncio.timeout(EVIDENCE_S + len(present) / 10):
                return check(await gather(present), await read_record(present[0]))
        except (TimeoutError, Refusal, OSError, BadFrame) as fault:
            return without_evidence(f"{type(fault).__name__}: {fault}")

    def _report(
        self,
        ended: bool | None,
        duration_s: float,
        verdict: Verdict,
        given_up: GivenUp | None,
        seen: dict[str, Any] | None,
    ) -> Report:
        operations = self._operations()
        return Report(
            seed=self._seed,
            participants=len(self._clients),
            joined=self._joined(),
            votings=self._agenda(None)[0],
            ended=ended,
            duration_s=duration_s,
            commands=Counter(str(operation.outcome) for operation in operations),
            refusals=Counter(operation.code for operation in operations if operation.code),
            connections=sum(client.tally.connections for client in self._clients),
            join=Spread.of(s for client in self._clients if (s := client.tally.join_s) is not None),
            receipt=Spread.of(_waits(_votes(operations))),
            commit_to_screen=Spread.of(self._delays()),
            checker=verdict,
            given_up=given_up,
            last_seen=seen,
        )

    def _joined(self) -> int:
        return sum(client.tally.join_s is not None for client in self._clients)

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

    def _delays(self) -> list[float]:
        """From the organizer's answer «started» to each screen; a screen that was faster than the answer waited 0."""
        started = self._organizer.started if self._organizer else {}
        return [
            max(0.0, seen - started[voting])
            for client in self._clients
            for voting, seen in client.tally.opened_seen.items()
            if voting in started and seen is not None
        ]


async def _come(client: Client, delay_s: float) -> None:
    await asyncio.sleep(delay_s)
    await client.run()


def _votes(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    return tuple(op for op in operations if op.op == "cast" and op.outcome is Outcome.OK)


def _waits(operations: Iterable[Operation]) -> list[float]:
    return [op.settled_at - op.invoked_at for op in operations if op.settled_at is not None]
