"""The shortest whole story: found, convene, attend, open, vote, close, count, end."""

from app.meetings.commands import EndMeeting, StartVoting
from tests.builders import a_meeting


def test_a_meeting_goes_from_founding_to_its_end() -> None:
    log = a_meeting()

    log.by_organizer(StartVoting("q1"))
    log.cast(1, "A", "for")
    log.cast(1, "B", "against")
    log.cast(1, "C", "for")
    log.finish(1)
    log.by_organizer(EndMeeting())

    assert log.state.status == "ended"
    assert log.state.questions["q1"].outcome == "adopted"
    assert log.state.results[1].totals["for"] == 70_00
    assert log.timers == {}
    assert log.refold().results == log.state.results
