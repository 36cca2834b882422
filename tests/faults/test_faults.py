"""Every kind of fault, each on a stand of its own: a short selection in every run, all kinds × 8 seeds in the long one.

One again: `KVORUM_LONG=1 KVORUM_FAULT_SEED=3 pytest tests/faults -k worker-killed`.
"""

import os
import tempfile
from pathlib import Path

import pytest

from tests.faults.kinds import KINDS
from tests.faults.record import Record
from tests.faults.stand import opened_stand
from tests.faults.trial import Kind, Outcome, try_kind

SEEDS = 8
SHORT_SEED = 1


@pytest.mark.parametrize(
    "kind", [pytest.param(k, id=k.name, marks=() if k.is_short else pytest.mark.long) for k in KINDS]
)
async def test_no_fault_loses_or_doubles_a_vote(kind: Kind) -> None:
    require(kind)
    record = Record.of_this_machine()
    seeds = [seed for seed in wanted_seeds() if not record.has_good(kind.name, seed)]

    outcomes = await tried(kind, seeds, record)

    assert not [outcome for outcome in outcomes if outcome.wrong]


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


async def tried(kind: Kind, seeds: list[int], record: Record) -> list[Outcome]:
    """All seeds on one stand, a fresh meeting for each."""
    if not seeds:
        return []
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="kvf") as name:
        async with opened_stand(kind.layout, Path(name), len(seeds)) as stand:
            for seed in seeds:
                outcomes.append(await try_kind(stand, kind, seed))
                record.add(outcomes[-1])
                await stand.served()
    return outcomes
