"""The canonical bytes of a ballot, by vectors that web/src/lib/meeting/ballot.test.ts runs too."""

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.kernel.canonical import canonical
from app.meetings.commands import BallotContent

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "ballots.json").read_text())


def named(rows: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(row, id=row["name"]) for row in rows]


@pytest.mark.parametrize("row", named([*VECTORS["ballots"], *VECTORS["values"]]))
def test_python_writes_the_bytes_of_the_vector(row: dict[str, Any]) -> None:
    written = canonical(row["value"])

    assert written == row["canonical"].encode()
    assert hashlib.sha256(written).hexdigest() == row["sha256"]


@pytest.mark.parametrize("row", named(VECTORS["ballots"]))
def test_a_ballot_of_the_vectors_has_the_shape_that_the_server_reads(row: dict[str, Any]) -> None:
    read = msgspec.json.decode(row["canonical"].encode(), type=BallotContent)

    assert canonical(msgspec.to_builtins(read)) == row["canonical"].encode()
