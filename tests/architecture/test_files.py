"""What lock files, texts and types may not hold."""

import importlib
import inspect
import json
import re
import subprocess
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = [
    p for name in ("app", "realtime", "tally", "bbb_bridge", "load") for p in (ROOT / name).rglob("*.py")
]
WIRE_MODULES = ("app.meetings.commands", "app.meetings.view_types", "realtime.envelope")


def tracked_files() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("file", sorted(ROOT.glob("requirements*.txt")), ids=lambda p: p.name)
def test_python_lock_files_hold_hashes_and_no_addresses(file: Path) -> None:
    text = file.read_text()

    assert "--hash=sha256:" in text
    assert "://" not in text
    assert "index-url" not in text


def test_the_npm_lock_file_holds_no_addresses() -> None:
    lock = json.loads((ROOT / "web/package-lock.json").read_text())

    assert len(lock["packages"]) > 20
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
    assert "omit-lockfile-registry-resolved=true" in (ROOT / "web/.npmrc").read_text()


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = {p.stem for p in SOURCE} | {p.parent.name for p in SOURCE}

    assert not names & {"utils", "helpers", "common", "manager", "misc"}


def test_every_module_says_what_it_is_for() -> None:
    silent = [p for p in SOURCE if not p.read_text().lstrip().startswith('"""')]

    assert not silent


def test_kopecks_never_travel_as_numbers() -> None:
    planted = msgspec.defstruct("Planted", [("sum_kopecks", int)])
    assert plain_kopecks([planted]) == ["Planted.sum_kopecks"]

    assert not plain_kopecks([struct for name in WIRE_MODULES for struct in wire_structs(name)])


def test_times_on_the_wire_are_whole_milliseconds() -> None:
    datetimes = [
        f"{struct.__name__}.{field.name}"
        for name in WIRE_MODULES
        for struct in wire_structs(name)
        for field in msgspec.structs.fields(struct)
        if "datetime" in str(field.type)
    ]

    assert not datetimes


def test_the_code_uses_the_words_of_the_glossary() -> None:
    glossary = (ROOT / "docs/glossary.md").read_text()
    forbidden = re.findall(r"`(\w+)`", glossary.split("Forbidden in code:")[1].split(")")[0])
    assert "voter" in forbidden

    pattern = re.compile(rf"\b(?:class|def)\s+\w*?({'|'.join(forbidden)})s?\b", re.IGNORECASE)
    used = [f"{p.relative_to(ROOT)}: {m.group(0)}" for p in SOURCE for m in pattern.finditer(p.read_text())]

    assert not used


def test_every_relative_link_of_the_docs_leads_somewhere() -> None:
    broken = []
    for page in tracked_files():
        if page.suffix == ".md":
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
                if not (page.parent / target).exists():
                    broken.append(f"{page.relative_to(ROOT)} -> {target}")

    assert not broken


def wire_structs(module: str) -> list[type[msgspec.Struct]]:
    loaded = importlib.import_module(module)
    return [
        value
        for _, value in inspect.getmembers(loaded, inspect.isclass)
        if issubclass(value, msgspec.Struct) and value.__module__ == module
    ]


def plain_kopecks(structs: list[type[msgspec.Struct]]) -> list[str]:
    fields = [(struct.__name__, field) for struct in structs for field in msgspec.structs.fields(struct)]
    return [
        f"{owner}.{f.name}" for owner, f in fields if f.name.endswith("_kopecks") and "int" in str(f.type)
    ]
