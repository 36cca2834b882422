"""Every kind of fault, each on a stand of its own: a short selection in every run, all kinds × 8 seeds in the long one.

One again: `KVORUM_LONG=1 KVORUM_FAULT_SEED=3 pytest tests/faults -k worker-killed`.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from tests.faults.kinds import KINDS
from tests.faults.record import PAGE, Record, page
from tests.faults.stand import Stands
from tests.faults.trial import Kind, Outcome, came_to_nothing, try_kind

SEEDS = 8
SHORT_SEED = 1
LANES = 2
"""Stands that work side by side: a trial waits as much as it works, and a third one would make others late."""

Tell = Callable[[Outcome], None]

pytestmark = pytest.mark.asyncio(loop_scope="module")


def marks_of(kind: Kind) -> tuple[pytest.MarkDecorator, ...]:
    """Eight seeds take long, whatever the kind."""
    return () if kind.is_short and os.environ.get("KVORUM_LONG") != "1" else (pytest.mark.long,)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lanes() -> AsyncIterator[list[Stands]]:
    opened = [Stands() for _ in range(LANES)]
    yield opened
    for stands in opened:
        await stands.close()


class Progress:
    """How far the run is, in a line after each trial."""

    def __init__(self, planned: int) -> None:
        self._planned = planned
        self._done = 0
        self._began = time.monotonic()

    def skip(self, trials: int) -> None:
        """They were good before."""
        self._planned -= trials

    def line(self, outcome: Outcome) -> str:
        self._done += 1
        left_min = (time.monotonic() - self._began) / self._done * (self._planned - self._done) / 60
        verdict = (
            f"FAILED: {outcome.wrong[0][:200]}" if outcome.wrong else f"good, {outcome.duration_s:.0f} s"
        )
        trial = f"{outcome.kind} {outcome.seed}: {verdict}"
        return f"{self._done} of {self._planned}, some {left_min:.0f} min to go; {trial}"


@pytest.fixture(scope="module")
def progress(request: pytest.FixtureRequest) -> Progress:
    trials = [item for item in request.session.items if "no_fault_loses" in item.name]
    return Progress(len(trials) * len(wanted_seeds()))


@pytest.fixture
def tell(progress: Progress, capsys: pytest.CaptureFixture[str]) -> Tell:
    def tell(outcome: Outcome) -> None:
        """Past what pytest catches; the short run is quiet."""
        line = progress.line(outcome)
        if is_long():
            with capsys.disabled():
                sys.stdout.write(f"{line}\n")

    return tell


@pytest.mark.parametrize("kind", [pytest.param(k, id=k.name, marks=marks_of(k)) for k in KINDS])
async def test_no_fault_loses_or_doubles_a_vote(
    kind: Kind, lanes: list[Stands], progress: Progress, tell: Tell
) -> None:
    require(kind)
    record = Record.of_this_machine()
    seeds = [seed for seed in wanted_seeds() if not record.has_good(kind.name, seed)]
    progress.skip(len(wanted_seeds()) - len(seeds))

    outcomes = await asyncio.gather(
        *(tried(kind, seeds[lane::LANES], record, stands, tell) for lane, stands in enumerate(lanes))
    )

    assert not [outcome for lane in outcomes for outcome in lane if outcome.wrong]


@pytest.mark.long
async def test_the_record_is_written_from_what_was_run() -> None:
    """The last one here, so everything that was to be run has been."""
    PAGE.write_text(page(KINDS, Record.of_this_machine(), LANES))


def require(kind: Kind) -> None:
    """On CI the short selection may lack nothing."""
    missing = kind.layout.missing()
    if missing is None:
        return
    if kind.is_short and os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {missing}")
    pytest.skip(f"not run: needs {missing}")


def is_long() -> bool:
    return os.environ.get("KVORUM_LONG") == "1"


def wanted_seeds() -> list[int]:
    given = os.environ.get("KVORUM_FAULT_SEED")
    if given:
        return [int(given)]
    return list(range(1, SEEDS + 1)) if is_long() else [SHORT_SEED]


async def tried(kind: Kind, seeds: list[int], record: Record, stands: Stands, tell: Tell) -> list[Outcome]:
    """A fresh meeting for each seed. A stand on which a trial came to nothing is not used again."""
    outcomes = []
    for number, seed in enumerate(seeds):
        try:
            stand = await stands.of(kind.layout)
            if not stand.meetings:
                await stand.found(len(seeds) - number)
            outcomes.append(await try_kind(stand, kind, seed))
            await stand.served()
        except Exception as failure:  # the edge of a trial: the others must be tried too
            outcomes.append(came_to_nothing(kind, seed, failure))
            await stands.close()
        record.add(outcomes[-1])
        tell(outcomes[-1])
    return outcomes
