import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from load.bench.page import EVERYTHING, page, record, write
from load.bench.plot import svg
from tests.load.bench.test_tables import fanout_round, result

MACHINE = {
    "date": "2026-01-02 03:04 UTC",
    "cpu": "A CPU",
    "cores": 2,
    "memory_gb": 8,
    "kernel": "Linux",
    "python": "3.11",
    "versions": {"uvloop": "0.23"},
    "load_average": 0.1,
}


def test_the_page_names_the_machine_the_targets_and_every_contender() -> None:
    recorded = {**result([fanout_round("kvorum", 1.0)]), "machine": MACHINE}

    text = page({"fanout-1000": recorded}, "What it means.")

    assert "A CPU, 2 cores" in text
    assert "What it means." in text
    assert "| kvorum | 1.00 |" in text
    assert "not measured" in text


def test_a_page_is_made_of_a_folder_and_again_the_same(tmp_path: Path) -> None:
    recorded = tmp_path / "performance"
    recorded.mkdir()
    measured = {**result([fanout_round("kvorum", 1.0)]), "machine": MACHINE}
    (recorded / "fanout-1000.json").write_text(json.dumps(measured), "utf-8")

    write(recorded, tmp_path)
    first = (tmp_path / "performance.md").read_text("utf-8")
    write(recorded, tmp_path)

    assert (tmp_path / "performance.md").read_text("utf-8") == first
    ElementTree.parse(tmp_path / "performance.svg")


def test_each_section_names_its_own_machine_and_what_is_absent_is_named() -> None:
    hundred = {**result([fanout_round("kvorum", 1.0)]), "machine": MACHINE}
    thousand = {**hundred, "machine": {**MACHINE, "date": "2026-05-06 07:08 UTC", "load_average": 9.0}}

    text = page({"fanout-100": hundred, "fanout-1000": thousand}, "")

    assert "2026-01-02 03:04 UTC" in text
    assert "2026-05-06 07:08 UTC" in text
    assert "load average at the start 9.0" in text
    assert (
        "**Not measured:** fanout-300, fanout-3000, votes, signatures, documents, sealing, resume, load-embedded"
        in text
    )


WRITES = "import pathlib, sys; pathlib.Path(sys.argv[2]).write_text('{}')"


@pytest.mark.parametrize(("program", "failed"), [(WRITES, []), ("raise SystemExit(1)", ["votes"])])
def test_an_older_record_never_passes_for_one_that_failed(
    program: str, failed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(EVERYTHING, "votes", (sys.executable, "-c", program))
    path = tmp_path / "votes.json"
    path.write_text('{"old": 1}', "utf-8")

    assert record(["votes"], lambda line: None, tmp_path) == failed

    assert path.exists() == (not failed)
    assert not path.exists() or list(json.loads(path.read_text("utf-8"))) == ["machine"]


def test_a_plot_is_well_formed_and_escapes_names() -> None:
    text = svg("t", "x", "y", {"a < b": [(100, 1.0), (1000, 20.0)], "c": [(100, 3.0)]})

    root = ElementTree.fromstring(text)

    assert "a < b" in [element.text for element in root.iter()]
    assert len([element for element in root.iter() if element.tag.endswith("circle")]) == 3
