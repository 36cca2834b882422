"""A meeting as the live engine sees it: what moves together, who is touched, what commands are answered."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from app.kernel.db import Database
from app.kernel.errors import ClockAway, DatabaseAway, Elsewhere, Malformed, Overloaded, Retry
from app.kernel.keys import Keys
from app.kernel.log.redaction import Redact
from app.meetings import channel
from app.meetings.channel import MeetingSource, decoded, fingerprint, online_facts
from app.meetings.commands import SENT_BY_PEOPLE, Attend, CancelMeeting, Close, Command, Count
from app.meetings.founding import creditor_subject
from app.meetings.joins import text_refs
from app.meetings.model import SYSTEM, Meeting, Ref
from app.meetings.texts.words import GONE
from realtime.ports import Gone, Unanswered, Viewer
from realtime.presence import hinted
from tests.builders import ORGANIZER, person_of
from tests.commands import new_command_id
from tests.contracts.closing import Story, a_story


@pytest.fixture
async def story(sqlite_database: Database, keys: Keys) -> AsyncIterator[Story]:
    async with a_story(sqlite_database, keys) as story:
        yield story


async def the_source(story: Story, worker: int = 0) -> MeetingSource:
    return await story.processes[worker].meetings.source(story.meeting)


def test_every_command_of_people_can_be_sent_and_none_of_the_clock() -> None:
    assert {Close, Count}.isdisjoint(SENT_BY_PEOPLE)
    for op in ("close", "count", "found", "nonsense", ""):
        with pytest.raises(Malformed, match="unknown_command"):
            decoded(op, {"voting": 1})


@pytest.mark.parametrize("body", [[], "x", {"creditors": []}, {"creditors": ["A"], "more": 1}, None, {1: 2}])
def test_a_body_of_another_shape_is_malformed(body: object) -> None:
    with pytest.raises(Malformed):
        decoded("attend", body)


def test_a_body_cannot_name_another_operation() -> None:
    assert decoded("attend", {"creditors": ["A"], "op": "end_meeting"}) == Attend(["A"])
    assert fingerprint(Attend(["A"])) != fingerprint(Attend(["B"]))


@pytest.mark.parametrize(
    ("op", "body"),
    [
        ("cancel_meeting", {"reason": "   "}),
        ("cancel_meeting", {"reason": " \u00a0аб\n"}),
        ("register_present", {"creditors": ["A"], "documents": "     "}),
        ("register_present", {"creditors": ["A"], "documents": "паспорт", "representative": "    "}),
        ("bar_question", {"question": "q1", "court": "суд", "case_no": " ", "act_date": "2026-01-01"}),
    ],
)
def test_spaces_are_no_text(op: str, body: dict[str, object]) -> None:
    with pytest.raises(Malformed, match="malformed"):
        decoded(op, body)


@pytest.mark.parametrize("field", ["documents", "representative", "power_of_attorney"])
def test_a_text_with_a_character_nobody_sees_is_refused_by_its_code(field: str) -> None:
    body = {"creditors": ["A"], "documents": "паспорт", field: "№ 5\u202e от вчера"}
    with pytest.raises(Malformed, match="hidden_character") as refused:
        decoded("register_present", body)
    assert refused.value.details == {"field": field, "sign": "U+202E"}


def test_a_reason_stays_as_written_but_for_spaces_at_its_ends() -> None:
    text = "Заявление ООО «Ромашка»\u00a0№ 5,\nпере\u00adнос"
    assert decoded("cancel_meeting", {"reason": f" {text}\n"}) == CancelMeeting(text)


async def test_state_texts_and_position_move_together(story: Story) -> None:
    source = await the_source(story)
    before = source.position

    await story.cast(0, "A")
    assert source.position == before
    assert source.meeting.votings[1].ballots == {}

    await source.catch_up()
    assert source.position.at == before.at + 1
    assert list(source.meeting.votings[1].ballots) == ["A"]
    assert source.touched(before.at) == frozenset({person_of("A")})
    assert source.touched(0) is None
    assert not source.is_urgent(before.at)


async def test_a_later_deadline_is_shown_at_once(story: Story) -> None:
    source = await the_source(story)
    before = source.position

    await story.order(0, "prolong")
    await source.catch_up()

    assert source.is_urgent(before.at)


async def test_two_workers_give_the_same_views(story: Story) -> None:
    await story.cast(0, "A")
    one, other = await the_source(story, 0), await the_source(story, 1)

    for role in ("organizer", "registrar", "participant", "observer", "screen"):
        assert one.view(role) == other.view(role)
    assert one.me(person_of("A")) == other.me(person_of("A"))
    assert one.position == other.position


async def test_names_stay_in_sight_while_a_redaction_is_being_read(story: Story) -> None:
    source = await the_source(story)
    name = source.view("organizer")["creditor/A"].name
    redact = Redact("act", subjects=("nobody",))
    await source.topic.submit(SYSTEM, new_command_id(), redact, b"redact", story.observer())

    reading = asyncio.create_task(source.catch_up())
    seen = set()
    while not reading.done():
        seen.add(source.view("organizer")["creditor/A"].name)
        await asyncio.sleep(0)

    assert seen == {name} == {source.view("organizer")["creditor/A"].name}


async def test_what_this_release_cannot_read_is_gone_for_the_engine_and_a_refusal_for_the_rest(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = await the_source(story)

    async def unknown() -> None:
        raise Elsewhere

    monkeypatch.setattr(source.topic, "catch_up", unknown)

    with pytest.raises(Gone) as gone:
        await source.catch_up()
    assert gone.value.code == "elsewhere"
    with pytest.raises(Elsewhere):
        await source.read()


async def test_without_trusted_time_nothing_is_decided(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> int:
        raise ClockAway

    source = await the_source(story)
    monkeypatch.setattr(source, "_clock", away)

    reply = await source.command(Viewer(ORGANIZER, "l"), new_command_id(), "end_meeting", {}, 0)

    assert (reply.ok, reply.final, reply.code) == (False, False, "clock_away")


async def test_a_destroyed_text_is_asked_for_once(story: Story) -> None:
    source = await the_source(story)
    redact = Redact("act", subjects=(creditor_subject(story.meeting, "A"),))
    await source.topic.submit(SYSTEM, new_command_id(), redact, b"redact", story.observer())
    await source.catch_up()
    assert source.view("organizer")["creditor/A"].name == GONE
    texts = source.texts

    await story.cast(0, "B")
    await source.catch_up()

    assert source.texts is texts


async def test_a_catch_up_that_began_before_a_restore_shows_nothing_of_the_lost_history(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = await the_source(story)
    before, meeting = source.position, source.meeting
    await story.cast(0, "A")

    def restored_meanwhile(meeting: Meeting, before: Meeting | None = None) -> Iterator[Ref]:
        fold = source.topic._reader.fold
        restored = replace(fold.position, epoch=b"restored")
        monkeypatch.setattr(source.topic._reader, "fold", replace(fold, position=restored))
        return text_refs(meeting, before)

    monkeypatch.setattr(channel, "text_refs", restored_meanwhile)
    await source.catch_up()

    assert (source.position, source.meeting) == (before, meeting)


@pytest.mark.parametrize("fault", [DatabaseAway, ClockAway, Overloaded])
async def test_what_can_be_asked_again_is_unanswered(
    story: Story, monkeypatch: pytest.MonkeyPatch, fault: type[Retry]
) -> None:
    async def faulty(*_: object) -> object:
        raise fault

    source, viewer = await the_source(story), Viewer(ORGANIZER, "l")
    for name in ("answers", "mark_at", "holds"):
        monkeypatch.setattr(source.topic, name, faulty)
    monkeypatch.setattr(source.topic, "is_ours", lambda given: True)

    for asked in (source.status(viewer, (b"i",)), source.mark_at(1), source.shown_receipts(viewer, ({},))):
        with pytest.raises(Unanswered, match=fault.code):
            await asked


async def test_a_mistake_of_ours_is_a_number_and_not_final(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(command: Command) -> bytes:
        raise RuntimeError

    source = await the_source(story)
    monkeypatch.setattr("app.meetings.channel.fingerprint", broken)

    reply = await source.command(Viewer(ORGANIZER, "l"), new_command_id(), "end_meeting", {}, 0)

    assert (reply.ok, reply.final, reply.code) == (False, False, "internal")
    assert reply.body["details"].keys() == {"incident"}


async def test_staff_learns_who_is_online_and_the_others_how_many(story: Story) -> None:
    source = await the_source(story)
    online = frozenset({person_of("A"), ORGANIZER, hinted(person_of("A"), "signing/1")})

    assert online_facts(source, "participant", online, True) == {"online": 2, "degraded": False}
    assert online_facts(source, "organizer", online, False) == {
        "online": 2,
        "degraded": True,
        "online_creditors": ["A"],
        "signing": {"1": 1},
    }


async def test_who_comes_and_goes_without_end_is_slowed_down_and_nobody_else(
    sqlite_database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "ENTRIES", 5)  # one was to come to the story
    async with a_story(sqlite_database, keys) as story:
        source = await the_source(story)

        async def sent(creditor: str, op: str) -> str | None:
            viewer, body = Viewer(person_of(creditor), "l_1"), {"creditors": [creditor]}
            return (await source.command(viewer, new_command_id(), op, body, story.observer())).code

        acts = ("leave", "attend", "leave", "attend")
        assert [await sent("A", op) for op in acts] == [None] * 4
        assert [await sent("A", op) for op in ("leave", "attend")] == ["too_many_entries"] * 2
        assert await sent("B", "leave") is None
