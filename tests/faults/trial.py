"""A trial: one small meeting, one fault in its burst of votes, and the judges' word on what came of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from random import Random

from load.client import Client
from load.human import Pace
from load.report import Report
from load.scenario import run
from tests.faults.meeting import Kept, Played
from tests.faults.stand import CLUSTER, Layout, Stand

CROWD = Pace(join_s=0.4, think_s=(0.0, 1.6, 0.8), away_s=(0.05, 0.3), drops=0.05, strolls=0.05, silent=0)
BURST_S = 1.2
COUNTDOWN_S = 20
RUN_S = 150.0
STRIKE_S = 60.0
SERVED_S = 45.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault has to work with; `rng` decides everything that it chooses.

    A fault leaves what it saw in `notes`, what should not have been in `wrong`, and in `twins` the SHA-256 of ballots
    that were acknowledged to participants outside the crowd.
    """

    stand: Stand
    meeting: Played
    rng: Random
    notes: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    twins: set[str] = field(default_factory=set)


Fault = Callable[[Scene], Awaitable[None]]
"""Returns when the fault is over and its cause is mended; a killed process is running again."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault by name. `is_short` ones run in every `dev.py test`."""

    name: str
    what: str
    fault: Fault
    layout: Layout = CLUSTER
    is_short: bool = False


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
    began = time.monotonic()
    try:
        async with asyncio.timeout(RUN_S):
            report, recovered_s = await _play(scene, kind.fault, seed)
    except TimeoutError:
        raise StoodStill(await stand.where_it_stands(scene.meeting)) from None
    outcome = judged(report, await stand.kept(scene.meeting), kind, scene, recovered_s)
    if report.ended is not True:
        where = await stand.where_it_stands(scene.meeting)
        raise StoodStill(f"{outcome}\n\n{where}")
    return replace(outcome, duration_s=round(time.monotonic() - began, 1))


async def _play(scene: Scene, fault: Fault, seed: int) -> tuple[Report, tuple[float, ...]]:
    meeting, url = scene.meeting, scene.stand.url
    probes = [Client(url, link, Random(f"{seed}/probe/{n}")) for n, link in enumerate(meeting.probes)]
    watching = [asyncio.create_task(probe.run()) for probe in probes]
    striking = asyncio.create_task(_strike(scene, fault, probes))
    try:
        report = await run(url, meeting.crowd, seed=seed, countdown_s=COUNTDOWN_S, pace=CROWD)
        return report, await striking
    finally:
        await _cancelled([*watching, striking])


async def _strike(scene: Scene, fault: Fault, probes: list[Client]) -> tuple[float, ...]:
    """At a random moment of the first voting; then every probe asks something."""
    if not await probes[0].until(lambda: bool(probes[0].replica.of_view("voting")), STRIKE_S):
        raise RuntimeError("no voting has opened: there is nothing to disturb")
    await asyncio.sleep(scene.rng.uniform(0.05, BURST_S))
    await fault(scene)
    healed_at = time.monotonic()
    try:
        async with asyncio.timeout(SERVED_S):
            return tuple(await asyncio.gather(*(_answered(probe, healed_at) for probe in probes)))
    except TimeoutError:
        told = [f"{probe.tally} {probe.history.operations}" for probe in probes]
        raise StoodStill("a probe is not served again:\n" + "\n".join(told)) from None


async def _answered(probe: Client, since: float) -> float:
    """Seconds until the log has refused, for ever, what a screen may not do: socket, worker and database serve."""
    operation = await probe.command("end_meeting", {})
    return (operation.settled_at or time.monotonic()) - since


def judged(report: Report, kept: Kept, kind: Kind, scene: Scene, recovered_s: tuple[float, ...]) -> Outcome:
    """The checker compares clients with the servers; this adds what the database itself keeps."""
    checker = report.checker
    acknowledged = checker.ballots + len(scene.twins)
    wrong = [f"{finding.kind}: {finding.text}" for finding in checker.findings]
    wrong += [f"log: {fault}" for fault in kept.log_faults]
    if kept.ballots != acknowledged:
        wrong.append(f"database: {acknowledged} ballots were promised, {kept.ballots} are kept")
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


async def _cancelled(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
