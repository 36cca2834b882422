"""Every kind of fault, each on a stand of its own: a short selection in every run, all kinds × 8 seeds in the long one.

One again: `KVORUM_LONG=1 KVORUM_FAULT_SEED=3 pytest tests/faults -k worker-killed`.
"""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.kinds import KINDS
from tests.faults.record import PAGE, Record, page
from tests.faults.stand import Stands
from tests.faults.trial import Kind, Outcome, came_to_nothing, try_kind

SEEDS = 8
SHORT_SEED = 1
LANES = 3
"""Stands that work side by side: a trial mostly waits."""

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


@pytest.mark.parametrize("kind", [pytest.param(k, id=k.name, marks=marks_of(k)) for k in KINDS])
async def test_no_fault_loses_or_doubles_a_vote(kind: Kind, lanes: list[Stands]) -> None:
    require(kind)
    record = Record.of_this_machine()
    seeds = [seed for seed in wanted_seeds() if not record.has_good(kind.name, seed)]

    outcomes = await asyncio.gather(
        *(tried(kind, seeds[lane::LANES], record, stands) for lane, stands in enumerate(lanes))
    )

    assert not [outcome for lane in outcomes for outcome in lane if outcome.wrong]


@pytest.mark.long
async def test_the_record_is_written_from_what_was_run() -> None:
    """The last one here, so everything that was to be run has been."""
    PAGE.write_text(page(KINDS, Record.of_this_machine().lines()))


def require(kind: Kind) -> None:
    """On CI the short selection may lack nothing."""
    missing = kind.layout.missing()
    if missing is None:
        return
    if kind.is_short and os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {missing}")
    pytest.skip(f"not run: needs {missing}")


def wanted_seeds() -> list[int]:
    given = os.environ.get("KVORUM_FAULT_SEED")
    if given:
        return [int(given)]
    return list(range(1, SEEDS + 1)) if os.environ.get("KVORUM_LONG") == "1" else [SHORT_SEED]


async def tried(kind: Kind, seeds: list[int], record: Record, stands: Stands) -> list[Outcome]:
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
    return outcomes
