import json
from pathlib import Path
from xml.etree import ElementTree

from load.bench.page import page, write
from load.bench.plot import svg
from tests.load.bench.test_tables import fanout_round, result

MACHINE = {
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


def test_a_plot_is_well_formed_and_escapes_names() -> None:
    text = svg("t", "x", "y", {"a < b": [(100, 1.0), (1000, 20.0)], "c": [(100, 3.0)]})

    root = ElementTree.fromstring(text)

    assert "a < b" in [element.text for element in root.iter()]
    assert len([element for element in root.iter() if element.tag.endswith("circle")]) == 3
