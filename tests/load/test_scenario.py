"""Whole meetings over real sockets: what the harness passes, and what it must not."""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from load import evidence, scenario
from load.__main__ import main
from load.checker import KINDS
from load.client import Client, Retry
from load.human import Pace
from load.organizer import Organizer
from load.report import Report
from load.scenario import run
from load.watch import GivenUp, Patience
from tests.load.fake_meeting import FakeMeeting, counted, links, serving

BRISK = Pace(
    join_s=0.1,
    think_s=(0.0, 0.2, 0.05),
    away_s=(0.02, 0.1),
    drops=0.3,
    strolls=0.2,
    silent=0,
    retry=Retry(0.1, 1.0, 0.1),
)

DEADLINE_S = 120
COUNTDOWN_S = 5
"""Ends sooner when everybody has voted; whoever is late on a slow machine is missed."""


async def played(
    faults: set[str], participants: int = 6, creditors_each: int = 1, patience: Patience | None = None
) -> tuple[Report, FakeMeeting]:
    meeting = FakeMeeting(links(participants, creditors_each), frozenset(faults))
    people = meeting.people.values()
    async with asyncio.timeout(DEADLINE_S), serving(meeting) as url:
        report = await run(
            url, people, participants, seed=7, countdown_s=COUNTDOWN_S, pace=BRISK, patience=patience
        )
    return report, meeting


async def test_a_meeting_with_lost_networks_ends_with_every_vote_counted_once() -> None:
    report, meeting = await played(set(), participants=8)

    assert report.checker.findings == ()
    assert not report.failed
    assert (report.joined, report.votings, report.ended) == (8, 1, True)
    assert sum(total["creditors"] for total in counted(meeting)["totals"]) == 8
    assert report.checker.ballots == 8
    assert report.connections > 8
    assert report.times.receipt is not None
    assert report.times.receipt.count <= 8


async def test_a_meeting_that_stands_still_is_given_up_and_the_report_says_where() -> None:
    report, _ = await played({"freeze"}, participants=2, patience=Patience(2, 30))

    assert report.failed
    assert report.given_up is GivenUp.STALLED
    assert report.last_seen is not None
    assert report.last_seen["step"] == "waiting for the count of voting 1"
    assert report.last_seen["organizer"]["votings"]["1"] == {"state": "open", "voted": 2, "electorate": 2} | {
        "deadline_ms": report.last_seen["organizer"]["votings"]["1"]["deadline_ms"]
    }
    assert report.last_seen["participants"]["stages"] == {"listening": 2}


async def test_a_server_that_says_nothing_does_not_hold_the_run() -> None:
    report, _ = await played({"silence"}, participants=2, patience=Patience(1, 30))

    assert report.given_up is GivenUp.STALLED
    assert report.last_seen is not None
    assert report.last_seen["participants"]["stages"] == {"greeting": 2}


async def test_receipts_are_verified_by_the_published_key() -> None:
    report, _ = await played(set(), participants=2)

    assert report.checker.receipts_verified == 2 + 2 + 5


async def test_a_representative_votes_for_forty_creditors_in_two_commands() -> None:
    report, meeting = await played(set(), participants=1, creditors_each=40)

    assert not report.failed
    assert report.checker.ballots == 40
    assert report.commands["ok"] == 5 + 1 + 2
    assert len(meeting.ballots) == 40


@pytest.mark.parametrize("fault", ["mute", "deaf", "busy"])
async def test_a_vote_without_an_answer_is_asked_for_and_counted_once(fault: str) -> None:
    report, meeting = await played({fault})

    assert not report.failed
    assert report.commands["unknown"] == 0
    assert len(meeting.ballots) == 6


async def test_a_participant_sent_away_for_no_reason_is_a_finding() -> None:
    report, _ = await played({"oust"})

    assert {finding.kind for finding in report.checker.findings} == {"faults", "stale"}
    assert report.commands["unknown"] == 1


async def test_a_vote_acknowledged_but_not_kept_is_reported_lost() -> None:
    report, _ = await played({"lose"})

    assert report.failed
    assert report.checker.count("lost") >= 1


async def test_a_creditor_counted_twice_is_reported_doubled() -> None:
    report, _ = await played({"double"})

    assert report.failed
    assert report.checker.count("doubled") >= 1
    assert report.checker.count("sums") >= 1


async def test_a_patch_that_never_came_is_reported_as_a_gap() -> None:
    report, _ = await played({"skip"})

    assert report.failed
    assert report.checker.count("gaps") >= 1
    assert report.checker.count("stale") == 0


async def test_a_choice_turned_in_the_table_is_reported() -> None:
    report, _ = await played({"turn"})

    assert report.failed
    assert report.checker.count("changed") >= 1


async def test_an_unknown_link_is_a_finding_and_the_run_fails() -> None:
    meeting = FakeMeeting(links(2), frozenset())
    async with serving(meeting) as url:
        strangers = [*meeting.people.values(), links(3)[3]]
        report = await run(url, strangers, seed=7, countdown_s=COUNTDOWN_S, pace=BRISK)

    assert (report.joined, report.participants) == (2, 3)
    assert report.failed
    assert kinds_of(report) == {"faults"}


async def test_what_a_client_went_through_who_never_saw_the_meeting_is_a_finding() -> None:
    meeting = FakeMeeting(links(2), frozenset())
    async with serving(meeting) as url:
        report = await run(url, (links(3)[3],), seed=7, pace=BRISK, patience=Patience(1, 3))

    assert "faults" in kinds_of(report)


def kinds_of(report: Report) -> set[str]:
    return {finding.kind for finding in report.checker.findings}


async def test_a_crowd_follows_a_human_organizer_to_the_end() -> None:
    meeting = FakeMeeting(links(3), frozenset())
    async with serving(meeting) as url:
        boss, *_ = meeting.people.values()
        leader = Client(url, boss, Random(1), is_attentive=True)
        connection = asyncio.create_task(leader.run())
        leading = asyncio.create_task(
            Organizer(leader, COUNTDOWN_S).hold(lambda present: present >= 3, 10, None)
        )
        report = await run(url, meeting.people.values(), seed=7, follow=True, pace=BRISK)
        connection.cancel()

    assert await leading
    assert not report.failed
    assert (report.ended, report.joined, report.checker.ballots) == (None, 3, 3)
    assert report.times.commit_to_screen is None


LIES = [
    ("lose", "lost"),
    ("minutes without one", "lost"),
    ("double", "doubled"),
    ("recount twice", "doubled"),
    ("turn", "changed"),
    ("recount turned", "changed"),
    ("minutes turned", "changed"),
    ("skip", "gaps"),
    ("warp", "stale"),
    ("miscount", "sums"),
    ("minutes miscounted", "sums"),
    ("forge", "forged"),
]


@pytest.mark.parametrize(("fault", "counter"), [(None, None), *LIES])
async def test_each_lie_of_a_server_moves_its_counter_and_the_exit_code(
    fault: str | None, counter: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scenario, "QUICK", replace(BRISK, drops=0, strolls=0))
    monkeypatch.setattr(evidence, "LOOKS", 2)
    people = links(3)
    rows = [
        {"token": who.token, "role": who.role, "name": who.name, "creditors": who.creditors} for who in people
    ]
    (tmp_path / "links.json").write_text(json.dumps(rows))
    argv = ["load", "--links", str(tmp_path / "links.json"), "--json", str(tmp_path / "report.json")]
    meeting = FakeMeeting(people, frozenset({fault} if fault else ()))
    async with asyncio.timeout(DEADLINE_S), serving(meeting) as url:
        monkeypatch.setattr(sys, "argv", [*argv, "--url", url, "--countdown", str(COUNTDOWN_S)])
        code = await asyncio.to_thread(main)

    written = json.loads((tmp_path / "report.json").read_text())
    assert code == (1 if counter else 0)
    assert {kind for kind in KINDS if written["checker"][kind]} >= ({counter} if counter else set())
    assert written["failed"] is (counter is not None)
    assert written["milliseconds"]["commit_to_screen"]["count"] >= 1
