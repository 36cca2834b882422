"""The report: percentiles, JSON, and lines where there is no terminal."""

import io
import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

import load.__main__
from app.accounts.model import Contact, Role, Seat
from app.accounts.model import Link as SiteLink
from app.meetings.links.sheet import csv_of
from load import texts
from load.__main__ import main
from load.checker import Verdict
from load.counted import Finding
from load.door import Link, read_links
from load.figures import Server, Spread, Times
from load.machine import SPARE_FILES
from load.report import Lines, Report, Terminal
from load.watch import GivenUp


def a_report(*findings: Finding, joined: int = 2, ended: bool | None = True) -> Report:
    return Report(
        seed=1,
        participants=2,
        joined=joined,
        fallback=0,
        votings=1,
        ended=ended,
        duration_s=1.25,
        commands=Counter(ok=4),
        refusals=Counter(),
        put_offs=Counter(),
        connections=3,
        turned_away=0,
        times=Times(Spread.of_seconds([0.01, 0.02]), None, None, None, None, None, {}),
        burst=None,
        storm=None,
        server=Server(None, None, None, None, None, None),
        client_cpu_s=0.5,
        checker=Verdict(findings, 2, 0, 0, 0),
    )


def test_percentiles_are_by_the_nearest_rank() -> None:
    spread = Spread.of_seconds(n / 1000 for n in range(1, 201))

    assert spread == Spread(200, 100.0, 180.0, 198.0, 200.0)
    assert Spread.of([]) is None
    assert Spread.of_seconds([0.5]) == Spread(1, 500.0, 500.0, 500.0, 500.0)


def test_json_holds_the_verdict_and_the_percentiles() -> None:
    written = json.loads(json.dumps(a_report(Finding("lost", "voting 1, c1")).to_json()))

    assert (written["checker"]["lost"], written["checker"]["doubled"], written["checker"]["gaps"]) == (
        1,
        0,
        0,
    )
    assert written["milliseconds"]["join"]["p50"] == 10.0
    assert written["milliseconds"]["receipt"] is None
    assert written["failed"] is True


def test_a_run_fails_by_findings_by_absent_people_or_by_not_ending() -> None:
    assert not a_report().failed
    assert not a_report(ended=None).failed
    assert a_report(Finding("gaps", "p1")).failed
    assert a_report(joined=1).failed
    assert a_report(ended=False).failed


@pytest.mark.parametrize("is_terminal", [True, False])
def test_people_read_the_verdict_on_a_terminal_and_in_a_log(is_terminal: bool) -> None:
    out = io.StringIO()

    a_report().show(Console(file=out, force_terminal=is_terminal, width=120))

    assert texts.PASSED in out.getvalue()
    assert ("\x1b" in out.getvalue()) is is_terminal


def test_progress_in_a_log_is_a_line_a_question() -> None:
    out = io.StringIO()
    lines = Lines(Console(file=out, width=120))

    for held, votes in ((0, 0), (0, 1), (1, 2), (1, 2)):
        lines.show(2, 2, held, 9, votes)

    assert len(out.getvalue().splitlines()) == 2


def test_progress_on_a_terminal_is_drawn() -> None:
    out = io.StringIO()

    with Terminal(Console(file=out, force_terminal=True, width=120)) as progress:
        progress.show(1, 2, 3, 9, 4)

    assert texts.JOINED in out.getvalue()


@pytest.mark.parametrize(
    "content", ["nonsense", "[]", '[{"token": "t", "role": "participant", "name": "n", "creditors": []}]']
)
def test_a_links_file_that_cannot_serve_is_a_usage_error(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "links.json").write_text(content)
    argv = ["load", "--url", "http://127.0.0.1:9", "--links", str(tmp_path / "links.json")]
    monkeypatch.setattr(sys, "argv", argv)

    assert main() == 2
    assert capsys.readouterr().err


def test_the_sites_own_list_of_links_is_read_as_it_is(tmp_path: Path) -> None:
    seats: tuple[tuple[Role, str], ...] = (("organizer", "Пульт"), ("participant", "ООО «А»; и Ко"))
    issued = tuple(
        SiteLink(f"l{n}", Seat(f"s{n}", f"p{n}", "m_1", role, Contact(name)), f"https://k.example/#secret{n}")
        for n, (role, name) in enumerate(seats)
    )
    (tmp_path / "links.csv").write_bytes(csv_of(issued))

    assert read_links(tmp_path / "links.csv") == (
        Link("secret0", "organizer", "Пульт", ()),
        Link("secret1", "participant", "ООО «А»; и Ко", ()),
    )


def test_what_a_human_does_not_show_is_neither_passed_nor_failed() -> None:
    out = io.StringIO()
    verdict = replace(a_report().checker, not_proved=(texts.NO_KEYS,))

    report = replace(a_report(ended=None), checker=verdict)
    report.show(Console(file=out, width=200))

    assert not report.failed
    assert texts.NOT_PROVED in out.getvalue()
    assert texts.NO_KEYS in out.getvalue()
    assert texts.PASSED not in out.getvalue()


def test_every_step_of_the_organizer_is_said_in_russian() -> None:
    out = io.StringIO()
    stuck = replace(a_report(ended=False), given_up=GivenUp.STALLED, last_seen={"step": "starting q1"})

    stuck.show(Console(file=out, width=200))

    assert texts.GIVEN_UP[GivenUp.STALLED].format(step=texts.STEPS["starting"]) in out.getvalue()


def test_more_participants_than_files_may_be_open_are_refused_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    roles = ["organizer", *["participant"] * 3]
    rows = [{"token": "t", "role": role, "name": "n", "creditors": []} for role in roles]
    (tmp_path / "links.json").write_text(json.dumps(rows))
    monkeypatch.setattr(load.__main__, "allowed_files", lambda: SPARE_FILES + 2)
    argv = ["load", "--url", "http://127.0.0.1:9", "--links", str(tmp_path / "links.json")]
    monkeypatch.setattr(sys, "argv", argv)

    assert main() == 2
    assert "ulimit" in capsys.readouterr().err
