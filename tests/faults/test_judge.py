"""The judges turn red: for a ballot that vanished from the log, a second ballot, an answer before the commit."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from app.kernel.settings import Settings
from load.checker import Verdict
from load.client import Client
from load.door import Link
from load.replica import Step
from tests.faults.kinds.repeats import register, reorder
from tests.faults.meeting import SIGNED_CREDITORS, VOTINGS, Kept, Played, copied, kept
from tests.faults.proxy import Relay
from tests.faults.stand import SIGNED, SQLITE, Stand, opened_stand
from tests.faults.trial import BOUND_S, Kind, Scene, StoodStill, answered, faults_of, judged, try_kind
from tests.load.test_report import a_report


async def nothing(scene: Scene) -> None:
    """No fault."""


async def revive(scene: Scene) -> None:
    """The planted server ends itself."""
    (server,) = scene.stand.servers
    await server.gone()
    await server.start()


CALM = Kind("calm", "nothing happens", nothing, SQLITE)
TWO_VOTES = Played("m_1", (Link("", "participant", "", ("c0001",)),), (), (), ())
ALL_KEPT = Kept(ballots=2, log_faults=())

A_MEETING = replace(a_report(), votings=2)


@pytest.mark.parametrize(
    ("state", "lost", "doubled"),
    [
        (ALL_KEPT, 0, 0),
        (Kept(1, ()), 1, 0),
        (Kept(3, ()), 0, 1),
        (Kept(2, ("7: the chain breaks",)), 0, 0),
        (Kept(2, (), unsigned=("voting 1, c0001: bad_signature",)), 0, 0),
    ],
)
def test_the_database_and_the_log_have_a_say(state: Kept, lost: int, doubled: int) -> None:
    outcome = judged(A_MEETING, state, CALM, a_scene(), (0.1,))

    assert (outcome.lost, outcome.doubled) == (lost, doubled)
    assert bool(outcome.wrong) == (state != ALL_KEPT)


def test_half_a_meeting_proves_nothing() -> None:
    one_voting = replace(A_MEETING, votings=1)
    one_ballot = replace(A_MEETING, checker=Verdict((), 1, 0, 0, 0))

    assert judged(one_voting, ALL_KEPT, CALM, a_scene(), (0.1,)).wrong == ("1 votings were counted, not 2",)
    assert judged(one_ballot, Kept(1, ()), CALM, a_scene(), (0.1,)).wrong == (
        "1 ballots were promised, 2 could be",
    )


def test_to_be_served_late_is_a_failure() -> None:
    late = judged(A_MEETING, ALL_KEPT, CALM, a_scene(), (0.1, BOUND_S + 1))

    assert late.wrong == ("served again only after 21.0 s",)


def test_what_a_probe_met_is_told() -> None:
    probe = Client("http://localhost", TWO_VOTES.crowd[0], Random(0))
    assert not faults_of(probe)

    probe.tally.faults.append("closed with 4503")
    probe.replica.steps[Step.GAP] += 1

    assert faults_of(probe) == ["1 gaps", "closed with 4503"]


async def test_a_probe_that_was_told_to_stop_is_not_served() -> None:
    """Its command ends at once, undecided."""
    probe = Client("http://localhost", TWO_VOTES.crowd[0], Random(0))
    probe.tally.stopped_by = 4503

    with pytest.raises(StoodStill, match="no refusal"):
        await answered(probe, 0.0)


def a_scene() -> Scene:
    return Scene(Stand(Path(), Relay(), Settings()), TWO_VOTES, Random(0))


@pytest.mark.long
async def test_a_ballot_that_vanished_from_the_log_is_missed(tmp_path: Path) -> None:
    async with opened_stand(SQLITE) as stand:
        await stand.found(1)
        (meeting,) = stand.meetings
        outcome = await try_kind(stand, CALM, 1)
        settings = copied(stand.settings, tmp_path)
        with database_of(tmp_path / "copy.db") as database:
            forget_last_ballot(database)
        left = await kept(settings, meeting)

    assert not outcome.wrong
    assert left.ballots == outcome.acknowledged - 1
    assert left.log_faults


@pytest.mark.long
async def test_a_signature_that_is_not_kept_as_it_came_is_missed() -> None:
    async with opened_stand(SIGNED) as stand:
        await stand.found(1)
        (meeting,) = stand.meetings
        outcome = await try_kind(stand, Kind("calm", "nothing happens", nothing, SIGNED), 1)
        await stand.postgres.say(
            "alter table log_blob disable trigger all",
            "update log_blob set body = 'x' where part = 1 and pos = (select max(pos) from log_blob where part = 1)",
        )
        left = await stand.kept(meeting)

    assert not outcome.wrong
    assert outcome.acknowledged == left.ballots == VOTINGS * SIGNED_CREDITORS
    assert [which.partition(": ")[2] for which in left.unsigned] == ["malformed"]


@pytest.mark.long
async def test_an_answer_before_the_commit_is_a_lost_vote() -> None:
    layout = replace(SQLITE, program=("tests.faults.planted", "answer_early", "serve"))
    async with opened_stand(layout) as stand:
        await stand.found(1)
        outcome = await try_kind(stand, Kind("early", "answered too early", revive, layout), 1)

    assert outcome.lost > 0


@pytest.mark.long
async def test_without_its_guards_rival_ballots_are_counted_twice() -> None:
    layout = replace(SQLITE, program=("tests.faults.planted", "vote_twice", "serve"))
    async with opened_stand(layout) as stand:
        await stand.found(1)
        outcome = await try_kind(stand, Kind("rivals", "reordered", reorder, layout, prepare=register), 1)

    assert any("rival ballots" in wrong for wrong in outcome.wrong)


@contextmanager
def database_of(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as database:
        yield database
        database.commit()


def forget_last_ballot(database: sqlite3.Connection) -> None:
    for (trigger,) in database.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        database.execute(f"drop trigger {trigger}")
    (topic, pos) = database.execute("select topic, max(pos) from ballot_guard").fetchone()
    for table in ("ballot_guard", "log_blob", "log_private", "log_event"):
        database.execute(f"delete from {table} where topic = ? and pos = ?", (topic, pos))
