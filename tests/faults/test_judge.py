"""The judges turn red: for a ballot that vanished from the log, a second ballot, an answer before the commit."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from app.kernel.settings import Settings
from tests.faults.kinds.repeats import register, reorder
from tests.faults.meeting import Kept, Played, copied, kept
from tests.faults.proxy import Relay
from tests.faults.stand import SQLITE, Stand, opened_stand
from tests.faults.trial import Kind, Scene, judged, try_kind
from tests.load.test_report import a_report


async def nothing(scene: Scene) -> None:
    """No fault."""


async def revive(scene: Scene) -> None:
    """The planted server ends itself."""
    (server,) = scene.stand.servers
    await server.gone()
    await server.start()


CALM = Kind("calm", "nothing happens", nothing, SQLITE)
NOBODY = Played("m_1", (), (), (), ())
EVERYBODY_KEPT = Kept(ballots=2, log_faults=())


@pytest.mark.parametrize(
    ("state", "lost", "doubled"),
    [
        (EVERYBODY_KEPT, 0, 0),
        (Kept(1, ()), 1, 0),
        (Kept(3, ()), 0, 1),
        (Kept(2, ("7: the chain breaks",)), 0, 0),
    ],
)
def test_the_database_and_the_log_have_a_say(state: Kept, lost: int, doubled: int) -> None:
    scene = Scene(Stand(Path(), Relay(), Settings()), NOBODY, Random(0))

    outcome = judged(a_report(), state, CALM, scene, (0.1,))

    assert (outcome.lost, outcome.doubled) == (lost, doubled)
    assert bool(outcome.wrong) == (state != EVERYBODY_KEPT)


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
