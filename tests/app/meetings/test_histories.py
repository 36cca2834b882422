"""Arbitrary commands in arbitrary order by arbitrary actors: whatever people do, the invariants hold (A-NFR-03)."""

import dataclasses
import os
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.kernel.errors import Refused
from app.kernel.log.model import RefusedWithEvents
from app.meetings import commands as c
from app.meetings.memory import Memory
from app.meetings.minutes import minutes
from app.meetings.model import SYSTEM, Mark, Meeting, Role
from app.meetings.personal import me
from app.meetings.view import view
from tests.builders import (
    OBSERVER,
    ORGANIZER,
    REGISTRAR,
    SCREEN,
    SECOND,
    START,
    Log,
    a_creditor,
    a_meeting,
    a_question,
    person_of,
)

T = TypeVar("T")
HISTORIES = int(os.environ.get("KVORUM_TEST_HISTORIES", "1000"))
CREDITORS = ("A", "B", "C", "D", "E")
QUESTIONS = ("plain", "peace", "parent", "nested1", "nested2", "deep", "committee", "choice", "nobody")
ACTORS = (ORGANIZER, REGISTRAR, OBSERVER, SCREEN, "stranger", SYSTEM, "p_rep")
ROLES: tuple[Role, ...] = ("organizer", "registrar", "participant", "observer", "screen")
STEPS = (0, 0, 0, 0, 0, 0, SECOND, SECOND, 11 * SECOND, 70 * SECOND)
histories = st.binary(min_size=100, max_size=500)
SETTINGS: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "suppress_health_check": [
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
}


class Entropy:
    """Bytes read as choices; `flip` turns every choice in a ballot into another one."""

    def __init__(self, data: bytes, flip: bool = False) -> None:
        self.left = iter(data)
        self.flip = flip
        self.over = False

    def pick(self, among: Sequence[T]) -> T:
        byte = next(self.left, None)
        self.over = byte is None
        return among[(byte or 0) % len(among)]


def a_rich_meeting(entropy: Entropy) -> Log:
    """Every form, packets two levels deep, a committee, a choice, a settlement; secured, repaid and late claims."""
    form = entropy.pick(("in_person", "in_person", "in_person", "absentee", "mixed"))
    secrecy = entropy.pick(("open", "closed"))
    deep = a_question("deep", duration_s=30)
    agenda = (
        a_question("plain", secrecy=secrecy),
        a_question("peace", "settlement", secrecy="closed"),
        a_question(
            "parent",
            nested=(
                a_question("nested1", duration_s=30),
                a_question("nested2", nested=(deep,), secrecy="closed"),
            ),
        ),
        a_question("committee", "committee", options=(("k1", "Один"), ("k2", "Два"), ("k3", "Три")), seats=2),
        a_question(
            "choice", "manager_choice", options=(("m1", "Первый"), ("m2", "Второй")), secrecy="closed"
        ),
    )
    lines = (
        a_creditor("A", 50_00, representative="Петров", power_of_attorney="№ 1"),
        a_creditor("B", 30_00, secured_kopecks=10_00),
        a_creditor("C", 20_00, repaid_kopecks=5_00),
        a_creditor("D", 20_00, restricted_topics=("manager_choice",)),
        a_creditor("E", 10_00, late=True),
    )
    until = entropy.pick(("draft", "convened", *["running"] * 8))
    ends_at = None if form == "in_person" else START + 3600 * SECOND
    return a_meeting(
        *agenda,
        creditors=lines,
        until=until,
        form=form,
        ends_at=ends_at,
        representatives={"p_rep": ("A", "B")},
    )


def a_command(log: Log, entropy: Entropy) -> tuple[str, Any]:
    """Somebody and something, more often what makes sense than what does not."""
    kind = entropy.pick(range(64))
    running = any(voting.running for voting in log.state.votings.values())
    if kind < (28 if running else 4):
        return a_cast(log, entropy)
    if kind < 30:
        return who(ORGANIZER, entropy), c.StartVoting(entropy.pick(QUESTIONS), 60)
    if kind < 38:
        return SYSTEM, a_timer(log, entropy)
    if kind < 42:
        creditor = entropy.pick(CREDITORS)
        return who(person_of(creditor), entropy), entropy.pick((c.Attend, c.Attend, c.Leave))([creditor])
    if kind < 50:
        return who(REGISTRAR, entropy), about_paper(log, entropy)
    return who(ORGANIZER, entropy), anything(log, entropy)


def who(proper: str, entropy: Entropy) -> str:
    """Mostly the one whose act it is, sometimes anybody."""
    return entropy.pick((*[proper] * 40, *ACTORS))


def a_voting(log: Log, entropy: Entropy) -> int:
    """The last voting mostly; an earlier one or one that is not there sometimes."""
    last = len(log.state.votings)
    return entropy.pick((*[last] * 8, last - 1, 1, 99))


def a_cast(log: Log, entropy: Entropy) -> tuple[str, Any]:
    creditor = entropy.pick((*CREDITORS[:4] * 4, "E", "nobody"))
    number = a_voting(log, entropy)
    owner = person_of(creditor)
    actor = who(entropy.pick((owner, owner, owner, "p_rep")), entropy)
    return actor, c.Cast(number, ballots(log, number, creditor, entropy))


def a_timer(log: Log, entropy: Entropy) -> Any:
    """What is due next, its hour having come; or a timer that nobody set."""
    set_by_log = entropy.pick((True, True, True, False))
    if log.timers and set_by_log:
        name, due_at = min(log.timers.items(), key=lambda item: (item[1], item[0]))
        log.now = max(log.now, due_at)
        kind, number = name.split("/")
        return c.Close(int(number)) if kind == "close" else c.Count(int(number))
    return entropy.pick((c.Close, c.Count))(a_voting(log, entropy))


def about_paper(log: Log, entropy: Entropy) -> Any:
    """A paper that lies there is read, mostly; else one is handed in."""
    papers = [
        (voting.number, ballot.creditor)
        for voting in log.state.votings.values()
        for ballot in voting.ballots.values()
        if ballot.channel == "paper"
    ]
    if not papers or entropy.pick((True, False, False)):
        return c.ReceivePaper(a_voting(log, entropy), entropy.pick(CREDITORS))
    number, creditor = papers[-1]
    reading = entropy.pick((1, 1, 2, 2, 3))
    if reading == 3:
        return c.ReadPaper(number, creditor, 1, spoiled=True)
    return c.ReadPaper(number, creditor, reading, [entropy.pick(("for", "for", "against"))])


def anything(log: Log, entropy: Entropy) -> Any:
    number, creditor, question = a_voting(log, entropy), entropy.pick(CREDITORS), entropy.pick(QUESTIONS)
    ahead = log.now // 1000 + 60_000
    ordinary: tuple[Any, ...] = (
        c.Convene(),
        c.OpenMeeting(),
        c.Prolong(number, 60),
        c.StopVoting(number),
        c.CancelVoting(number, "причина"),
        c.AnnulBallot(number, creditor, "причина"),
        c.AnnulBallot(number, creditor, "причина"),
        c.WithdrawQuestion(question, "причина"),
        c.BarQuestion(question, "Суд", "А40-1/2026", "2026-01-01"),
        c.Recess(entropy.pick((ahead, 0)), "обед"),
        c.Resume(),
        c.Resume(),
        c.Postpone(entropy.pick((ahead, 0)), "причина"),
        c.CancelMeeting("причина"),
        c.DeclareFailed(),
        c.EndMeeting(),
        c.CorrectLine(creditor, "причина", claim_kopecks=entropy.pick(("0", "9000"))),
        c.RegisterPresent(
            [creditor], "паспорт", entropy.pick((None, "Сидоров")), entropy.pick((None, "№ 2"))
        ),
        c.RegisterDeparture([creditor]),
    )
    return entropy.pick(ordinary)


def ballots(log: Log, number: int, creditor: str, entropy: Entropy) -> list[c.SignedBallot]:
    if number not in log.state.votings:
        return [c.SignedBallot(b"{}")]
    kind = log.state.questions[log.state.votings[number].question].kind
    weight = log.state.weights(log.state.votings[number]).get(creditor, 0)
    choice = entropy.pick((0, 1))
    change: dict[str, Any] = entropy.pick(
        ({}, {}, {}, {}, {}, {"weight_kopecks": "1"}, {"choices": ["nothing"]})
    )
    if entropy.flip:
        choice = 1 - choice
    if kind == "cumulative":
        change = {**change, "distribution": {("k1", "k2")[choice]: str(weight * 2)}}
        return [log.ballot(number, creditor, **change)]
    marks = ("for", "against") if kind == "yes_no" else ("m1", "m2")
    both = [log.ballot(number, creditor, marks[choice], **change)]
    if creditor == "A" and entropy.pick((True, False)):
        both.append(log.ballot(number, "B", marks[choice]))
    return both


def one_step(log: Log, entropy: Entropy) -> None:
    """Time passes, somebody does something; a refusal is coded and, unless it says so, leaves nothing behind."""
    log.now += entropy.pick(STEPS)
    actor, command = a_command(log, entropy)
    facts: dict[str, Any] = {"received_at": log.now}
    if isinstance(command, c.Cast | c.ReceivePaper) and command.voting in log.state.votings:
        until = log.state.votings[command.voting].admit_until
        facts["received_at"] = entropy.pick((*[min(log.now, until)] * 4, log.now, until + 1))
    if isinstance(command, c.Close):
        facts["workers_drained"] = entropy.pick((1, 1, 1, 0))
    if isinstance(command, c.Count) and command.voting in log.state.votings:
        is_closed = (
            log.state.votings[command.voting].state == "closed"
        )  # of a cancelled one the key is no more
        facts["outside"] = log.outside(command.voting) if is_closed else {}
    before, head = log.state, len(log.events)
    refused = refusal_of(log, actor, command, facts)
    if isinstance(refused, RefusedWithEvents):
        assert len(log.events) == head + 1
    elif refused is not None:
        assert log.state is before
        check_missed(log, command, facts["received_at"], refused.code)
    if actor in (OBSERVER, SCREEN, "stranger"):
        assert len(log.events) == head


def refusal_of(log: Log, actor: str, command: Any, facts: dict[str, Any]) -> Refused | None:
    try:
        log.submit(actor, command, **facts)
    except Refused as refused:
        return refused
    return None


def check_missed(log: Log, command: Any, received_at: int, code: str) -> None:
    """P6: a vote that came in time and found the voting closed is listed (this one was listed before)."""
    if code == "closed_before_saved":
        voting = log.state.votings[command.voting]
        assert received_at <= voting.admit_until
        assert voting.missed


def check_state(meeting: Meeting) -> None:
    running = [voting for voting in meeting.votings.values() if voting.running]
    if meeting.card is not None and meeting.card.form == "in_person":
        assert len(running) <= 1
    for voting in running:
        assert voting.number not in meeting.opened
        assert meeting.status == "running"
    if meeting.status in ("ended", "failed", "cancelled"):
        assert not any(voting.unfinished for voting in meeting.votings.values())


def check_log(log: Log) -> None:
    """P6 and uniqueness over the whole log: order of ballots and closings, one live ballot a place, all counted."""
    closed: set[int] = set()
    live: set[tuple[Any, Any]] = set()
    for event in log.events:
        body = event.body
        place = (body.get("voting"), body.get("creditor"))
        if event.kind in ("ballot_cast", "paper_received"):
            assert body["voting"] not in closed
            assert place not in live
            live.add(place)
        if event.kind == "ballot_annulled":
            assert body["voting"] not in closed
            live.remove(place)
        if event.kind in ("voting_closed", "voting_cancelled"):
            closed.add(body["voting"])
    for number in log.state.results:
        counted = set(log.state.opened[number].marks) if number in log.state.opened else set()
        assert counted == {creditor for voting, creditor in live if voting == number}


def check_memory(log: Log, memory: Memory) -> None:
    """P13: a map made with the memory of earlier ones equals one made in full, whatever happened in between."""
    for role in ("organizer", "participant"):
        assert view(log.state, log.texts, role, memory) == view(log.state, log.texts, role)


def check_fold(log: Log) -> None:
    """The same history folded twice gives the same bytes of state, views and minutes."""
    again = log.refold()
    assert msgspec.json.encode(log.state) == msgspec.json.encode(again)
    for role in ROLES:
        assert msgspec.msgpack.encode(view(log.state, log.texts, role)) == msgspec.msgpack.encode(
            view(again, log.texts, role)
        )
    assert minutes(log.state, log.texts, "organizer") == minutes(again, log.texts, "organizer")


def marks_in(value: Any) -> Iterator[Mark]:
    """Walk the whole state for anything that says how somebody voted."""
    if isinstance(value, Mark):
        yield value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from marks_in(getattr(value, field.name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from marks_in(item)
    elif isinstance(value, (tuple, list, frozenset)):
        for item in value:
            yield from marks_in(item)


def play(data: bytes) -> None:
    entropy = Entropy(data)
    log = a_rich_meeting(entropy)
    weights: dict[int, dict[str, int]] = {}
    memory = Memory()
    while not entropy.over:
        one_step(log, entropy)
        check_state(log.state)
        if len(log.events) % 3 == 0:
            check_memory(log, memory)
        for voting in log.state.votings.values():
            frozen = weights.setdefault(voting.number, dict(log.state.weights(voting)))
            assert frozen is not None
        if not any(voting.state in ("closed", "counted") for voting in log.state.votings.values()):
            assert not log.state.opened
    for number, frozen in weights.items():
        assert log.state.weights(log.state.votings[number]) == frozen
    check_log(log)
    check_fold(log)


@settings(max_examples=HISTORIES, **SETTINGS)
@given(histories)
def test_any_history_keeps_the_invariants(data: bytes) -> None:
    play(data)


@pytest.mark.long
@settings(max_examples=10_000, **SETTINGS)
@given(histories)
def test_ten_thousand_histories_keep_the_invariants(data: bytes) -> None:
    play(data)


@settings(max_examples=max(50, HISTORIES // 10), **SETTINGS)
@given(histories)
def test_until_the_closing_views_do_not_depend_on_choices(data: bytes) -> None:
    one, other = Entropy(data), Entropy(data, flip=True)
    log, flipped = a_rich_meeting(one), a_rich_meeting(other)

    while not one.over and not any(v.state in ("closed", "counted") for v in log.state.votings.values()):
        one_step(log, one)
        one_step(flipped, other)

        if any(v.state == "closed" for v in log.state.votings.values()):
            break
        assert not list(marks_in(log.state))
        assert [event.kind for event in log.events] == [event.kind for event in flipped.events]
        for role in ROLES:
            shown, shown_flipped = view(log.state, log.texts, role), view(flipped.state, flipped.texts, role)
            assert shown == shown_flipped
    assert set(me(log.state, log.texts, person_of("A"))) == set(
        me(flipped.state, flipped.texts, person_of("A"))
    )
