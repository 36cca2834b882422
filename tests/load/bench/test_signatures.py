"""Both verifiers of the benchmark accept what they are timed with, and the table compares them within a round."""

from pathlib import Path

import pytest

from load.bench import signatures
from load.bench.signatures import ONE, OPENSSL, TWO, Plan, Round, measure
from load.bench.tables import grids


def test_a_round_times_every_contender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "OPENSSL_RUNS", 1)
    said: list[str] = []

    rounds = measure(Plan(1, 0.05, ("gost256",)), said.append)

    assert [each.contender for each in rounds] == list(signatures.CONTENDERS)
    assert all(each.verifications > 0 and each.cpu_ms > 0 for each in rounds)
    assert said == ["round 1 of 1: gost256"]


@pytest.mark.parametrize("algorithm", signatures.CASES)
def test_the_program_is_given_the_same_files(algorithm: str, tmp_path: Path) -> None:
    files = signatures.files_of(signatures.CASES[algorithm])

    options = list(signatures.openssl_options(files, tmp_path))

    assert files.content.is_file()
    assert str(files.signature) in options
    assert ("-engine" in options) == algorithm.startswith("gost")


def test_ratios_are_taken_within_a_round() -> None:
    rounds = [
        Round(ONE, "p256", 10, 2.0, 1.0),
        Round(TWO, "p256", 10, 1.0, 1.0),
        Round(OPENSSL, "p256", 10, 20.0, 10.0),
    ]
    options = {"algorithms": ["p256"], "rounds": 1}

    (grid,) = grids(
        {"benchmark": "signatures", "options": options, "rounds": [signature_round(each) for each in rounds]}
    )

    assert grid.rows[1] == (TWO, "1000", "1.00", "1.00", "0.10", "0.50")


def signature_round(each: Round) -> dict[str, object]:
    return {name: getattr(each, name) for name in Round.__slots__}
