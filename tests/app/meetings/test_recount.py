"""Whoever has the exported file comes to the recorded result with nothing but the count."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.meetings.commands import Cast
from app.meetings.recount import recount
from tally.case import count_case, read_case
from tests.builders import Log, a_creditor, a_meeting, a_question, attend, person_of
from tests.events.stories import a_rich_story

COMMITTEE = a_question("q1", "committee", seats=3, options=tuple((f"k{n}", f"Иванов {n}") for n in range(4)))


def a_committee_story() -> Log:
    log = a_meeting(COMMITTEE)
    voting = log.start("q1")
    for creditor, kopecks in (("A", 50_00), ("B", 30_00)):
        ballot = log.ballot(voting, creditor, distribution={"k0": str(kopecks * 2), "k1": str(kopecks)})
        log.submit(person_of(creditor), Cast(voting, [ballot]))
    log.finish(voting)
    return log


def a_story_with_nobody_for() -> Log:
    log = a_meeting(creditors=(a_creditor("A", 50_00), a_creditor("B", 30_00)), present=("A",))
    attend(log, "B")
    log.finish(log.start("q1"))
    return log


@pytest.mark.parametrize("story", [a_rich_story, a_committee_story, a_story_with_nobody_for])
def test_a_recount_of_the_exported_file_gives_the_recorded_result(story: Callable[[], Log]) -> None:
    log = story()
    assert log.state.results

    for number, recorded in log.state.results.items():
        exported = json.loads(json.dumps(recount(log.state, number)))
        (result,) = count_case(read_case(exported)).values()
        is_closed = log.state.questions[log.state.votings[number].question].secrecy == "closed"
        assert recorded.input_sha256 == ("" if is_closed else result.input_hash)
        assert (result.outcome, result.adopted) == (recorded.outcome, recorded.adopted)


def test_the_command_of_the_readme_counts_the_file(tmp_path: Path) -> None:
    log = a_committee_story()
    file = tmp_path / "recount.json"
    file.write_text(json.dumps(recount(log.state, 1)))

    done = subprocess.run(
        [sys.executable, "-m", "tally", "count", str(file)], capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert log.state.results[1].input_sha256 in done.stdout


def test_the_file_names_nobody() -> None:
    log = a_committee_story()

    text = json.dumps(recount(log.state, 1), ensure_ascii=False)

    assert "Иванов" not in text
    assert "ООО" not in text
