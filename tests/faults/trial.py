"""A trial: one small meeting, one fault in its burst of votes, and the judges' word on what came of it."""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, TypeVar

from load.client import Client, Retry
from load.history import Outcome as Said
from load.human import Pace
from load.report import Report
from load.scenario import run
from tests.faults.meeting import VOTINGS, Kept, Played
from tests.faults.programs import ROOT
from tests.faults.stand import CLUSTER, Layout, Stand

T = TypeVar("T")

EVIDENCE = ROOT / "var/faults"
SOON = Retry(first_s=0.5, ceiling_s=4.0, again_s=0.2)
"""Browsers have more patience, which would only make trials longer."""
CROWD = Pace(
    join_s=0.4, think_s=(0.0, 1.6, 0.8), away_s=(0.05, 0.3), drops=0.05, strolls=0.05, silent=0, retry=SOON
)
BURST_S = (0.3, 1.3)
COUNTDOWN_S = 120
"""Votings end as soon as everybody has voted; on a slow machine servers start slowly."""
RUN_S = 300.0
STRIKE_S = 60.0
SERVED_S = 45.0
LOOK_S = 0.2
BOUND_S = 20.0
"""Served again later than this is a failure; it is waited for longer, to know how late."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault has to work with; `rng` decides everything that it chooses.

    A fault leaves what it saw in `notes`, what should not have been in `wrong`, and in `twins` the SHA-256 of ballots
    that were acknowledged to participants outside the crowd. What it pushes on `closing` is closed after the meeting.
    It sets `others_serve` where clients may be served from then on, before everything is mended.
    """

    stand: Stand
    meeting: Played
    rng: Random
    notes: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    twins: set[str] = field(default_factory=set)
    others_serve: asyncio.Event = field(default_factory=asyncio.Event)
    closing: AsyncExitStack = field(default_factory=AsyncExitStack)


def must_be_some(scene: Scene, what: str, count: int) -> None:
    """A fault that nobody felt proves nothing."""
    scene.notes.append(f"{count} {what}")
    if count <= 0:
        scene.wrong.append(f"no {what}: there was no fault")


async def watched(look: Callable[[], Awaitable[T]], is_seen: Callable[[T], bool], within_s: float) -> T:
    """Look again and again, and return what was seen last: a fault is held until it is felt."""
    deadline = time.monotonic() + within_s
    while True:
        seen = await look()
        if is_seen(seen) or time.monotonic() > deadline:
            return seen
        await asyncio.sleep(LOOK_S)


Fault = Callable[[Scene], Coroutine[Any, Any, None]]
"""Returns when the fault is over and its cause is mended; a killed process is running again."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault by name. `is_short` ones run in every `dev.py test`; `prepare` comes before anybody does."""

    name: str
    what: str
    fault: Fault
    layout: Layout = CLUSTER
    is_short: bool = False
    prepare: Fault | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`recovered_s`: for each probe, from the end of the fault to the answer of a command sent then.

    `wrong` is everything that no fault may bring about; empty in a good trial.
    """

    kind: str
    stand: str
    seed: int
    acknowledged: int
    lost: int
    doubled: int
    gaps: int
    recovered_s: tuple[float, ...]
    duration_s: float
    wrong: tuple[str, ...]
    notes: tuple[str, ...] = ()


class StoodStill(Exception):
    """The meeting did not come to its end; the text is where it stands."""


async def try_kind(stand: Stand, kind: Kind, seed: int) -> Outcome:
    """Play and judge. Raises StoodStill."""
    scene = Scene(stand, stand.meetings.pop(), Random(f"{kind.name}/{seed}"))
    for relay in stand.relays:
        relay.draw_from(Random(scene.rng.random()))
    began = time.monotonic()
    try:
        async with asyncio.timeout(RUN_S), scene.closing:
            report, recovered_s = await _play(scene, kind, seed)
    except TimeoutError:
        raise StoodStill(await stand.where_it_stands(scene.meeting)) from None
    outcome = judged(report, await stand.kept(scene.meeting), kind, scene, recovered_s)
    if outcome.wrong:
        _keep(kind, seed, f"{outcome}\n{report.to_json()}\n\n{await stand.where_it_stands(scene.meeting)}")
    return replace(outcome, duration_s=round(time.monotonic() - began, 1))


async def _play(scene: Scene, kind: Kind, seed: int) -> tuple[Report, tuple[float, ...]]:
    if kind.prepare is not None:
        await kind.prepare(scene)
    meeting, url = scene.meeting, scene.stand.url
    probes = [
        Client(url, link, Random(f"{seed}/probe/{n}"), SOON, is_attentive=True)
        for n, link in enumerate(meeting.probes)
    ]
    watching = [asyncio.create_task(probe.run()) for probe in probes]
    striking = asyncio.create_task(_strike(scene, kind, probes))
    try:
        playing = sum(link.role == "participant" for link in meeting.crowd)
        report = await run(
            url, (*meeting.crowd, *meeting.twins), playing, seed=seed, countdown_s=COUNTDOWN_S, pace=CROWD,
            before_judging=lambda: asyncio.wait([striking]),
        )  # fmt: skip
        recovered_s = await striking
        for number, probe in enumerate(probes):
            scene.wrong.extend(f"probe {number}: {what}" for what in faults_of(probe))
        return report, recovered_s
    finally:
        for task in (*watching, striking):
            task.cancel()
        await asyncio.gather(*watching, striking, return_exceptions=True)


async def _strike(scene: Scene, kind: Kind, probes: list[Client]) -> tuple[float, ...]:
    """At a random moment of the first voting; then every probe asks something."""
    if not await probes[0].until(lambda: bool(probes[0].replica.of_view("voting")), STRIKE_S):
        raise RuntimeError("no voting has opened: there is nothing to disturb")
    await asyncio.sleep(scene.rng.uniform(*BURST_S))
    async with asyncio.TaskGroup() as group:
        fault = group.create_task(kind.fault(scene))
        fault.add_done_callback(lambda _: scene.others_serve.set())
        await scene.others_serve.wait()
        answers = group.create_task(_answers(probes, time.monotonic()))
    return answers.result()


async def _answers(probes: list[Client], since: float) -> tuple[float, ...]:
    try:
        async with asyncio.timeout(SERVED_S):
            return tuple(await asyncio.gather(*(answered(probe, since) for probe in probes)))
    except TimeoutError:
        told = [f"{probe.tally} {probe.history.operations}" for probe in probes]
        raise StoodStill("a probe is not served again:\n" + "\n".join(told)) from None


async def answered(probe: Client, since: float) -> float:
    """Seconds until the log has refused, for ever, what a screen may not do: socket, worker and database serve."""
    operation = await probe.command("end_meeting", {})
    if operation.outcome is not Said.REFUSED or operation.settled_at is None:
        raise StoodStill(f"a probe got no refusal: {operation}, {probe.tally.faults}")
    return operation.settled_at - since


def faults_of(probe: Client) -> list[str]:
    """What a client that only watches should never meet."""
    gaps = [f"{probe.replica.gaps} gaps"] if probe.replica.gaps else []
    return [*gaps, *probe.tally.faults, *probe.history.contradictions]


def judged(report: Report, kept: Kept, kind: Kind, scene: Scene, recovered_s: tuple[float, ...]) -> Outcome:
    """The checker compares clients with the servers; this adds what the database itself keeps."""
    checker = report.checker
    acknowledged = checker.ballots + len(scene.twins)
    wrong = [f"{finding.kind}: {finding.text}" for finding in checker.findings]
    wrong += [f"log: {fault}" for fault in kept.log_faults]
    wrong += [f"unsigned: {which}" for which in kept.unsigned]
    if kept.ballots != acknowledged:
        wrong.append(f"database: {acknowledged} ballots were promised, {kept.ballots} are kept")
    wrong += _missing(report, scene.meeting)
    late = [seconds for seconds in recovered_s if seconds > BOUND_S]
    if late:
        wrong.append(f"served again only after {max(late):.1f} s")
    if report.ended is not True:
        wrong.append("the meeting did not end")
    if report.joined < report.participants:
        wrong.append(f"joined: {report.joined} of {report.participants}")
    return Outcome(
        kind=kind.name,
        stand=kind.layout.name,
        seed=report.seed,
        acknowledged=acknowledged,
        lost=max(checker.count("lost"), acknowledged - kept.ballots),
        doubled=max(checker.count("doubled"), kept.ballots - acknowledged),
        gaps=checker.count("gaps"),
        recovered_s=tuple(round(seconds, 2) for seconds in recovered_s),
        duration_s=0.0,
        wrong=(*wrong, *scene.wrong),
        notes=tuple(scene.notes),
    )


def _missing(report: Report, meeting: Played) -> list[str]:
    """A meeting that was not held to its end proves less than it seems to: everybody votes on everything."""
    eligible = VOTINGS * sum(len(link.creditors) for link in meeting.crowd)
    missing = []
    if report.votings != VOTINGS:
        missing.append(f"{report.votings} votings were counted, not {VOTINGS}")
    if report.checker.ballots != eligible:
        missing.append(f"{report.checker.ballots} ballots were promised, {eligible} could be")
    return missing


def came_to_nothing(kind: Kind, seed: int, failure: Exception) -> Outcome:
    """A trial without a verdict is a bad one; what is known of it stays under var/ to be read."""
    _keep(kind, seed, "".join(traceback.format_exception(failure)))
    wrong = (f"no verdict: {type(failure).__name__}: {str(failure)[:300]}",)
    return Outcome(kind.name, kind.layout.name, seed, 0, 0, 0, 0, (), 0.0, wrong)


def _keep(kind: Kind, seed: int, evidence: str) -> None:
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    (EVIDENCE / f"{kind.name}-{seed}.txt").write_text(evidence)
