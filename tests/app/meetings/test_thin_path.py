"""The shortest whole story: found, convene, attend, open, vote, close, count, end."""

import msgspec

from app.meetings.commands import EndMeeting, StartVoting
from app.meetings.model import Role
from tests.builders import a_meeting, person_of


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


def test_every_role_sees_the_end_of_the_meeting() -> None:
    log = a_meeting()
    log.by_organizer(StartVoting("q1"))
    log.cast(1, "A", "for")
    log.cast(1, "C", "for")
    log.finish(1)
    log.by_organizer(EndMeeting())

    roles: tuple[Role, ...] = ("organizer", "registrar", "participant", "screen")
    maps = {role: log.seen(role) for role in roles}

    assert all(map["result/1"].adopted for map in maps.values())
    assert [row.mark for row in log.table(1).rows] == ["for", "not_submitted", "for"]
    assert "creditor/A" not in maps["participant"]
    assert maps["organizer"]["next"].op is None
    assert log.mine(person_of("A"))["ballot/1/A"].channel == "electronic"
    assert msgspec.msgpack.encode(maps["organizer"])
