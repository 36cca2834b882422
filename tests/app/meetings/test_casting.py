"""Casting: whose ballot, of which voting, in time, once; all ballots of a command or none."""

import pytest

from app.kernel.canonical import canonical
from app.kernel.errors import Refused
from app.kernel.log.model import RefusedWithEvents
from app.meetings.commands import Cast, ReceivePaper, RegisterDeparture, RegisterPresent, SignedBallot
from tests.builders import REGISTRAR, SECOND, START, Log, a_creditor, a_meeting, a_question, person_of

COMMITTEE = a_question(
    "q1", "committee", options=(("k1", "Первый"), ("k2", "Второй"), ("k3", "Третий")), seats=2
)


def test_a_second_ballot_is_refused_with_the_place_of_the_first() -> None:
    log = a_meeting()
    log.start("q1")
    log.cast(1, "A", "for")
    first = len(log.events)

    refusal = log.refused(person_of("A"), log.a_cast(1, "A", "against"))

    assert (refusal.code, refusal.details["pos"], refusal.final) == ("already_voted", first, True)


def test_a_vote_is_in_time_up_to_the_tolerance() -> None:
    log = a_meeting()
    log.start("q1")
    until = log.state.votings[1].admit_until

    log.cast(1, "A", "for", received_at=until, now=until + 5 * SECOND)

    assert log.code(person_of("B"), log.a_cast(1, "B", "for"), received_at=until + 1) == "late"


def test_a_vote_that_came_in_time_and_was_saved_too_late_is_listed_once() -> None:
    log = a_meeting()
    log.start("q1")
    ballot = log.a_cast(1, "A", "for")
    log.close(1)

    refusal = log.refused(person_of("A"), ballot, received_at=START + SECOND)
    again = log.refused(person_of("A"), ballot, received_at=START + SECOND)

    assert isinstance(refusal, RefusedWithEvents)
    assert refusal.code == again.code == "closed_before_saved"
    assert log.kinds().count("ballot_missed") == 1
    assert "choices" not in str(log.events[-1].body)
    assert log.seen("registrar")["missed/1"].rows[0].name == "ООО «A»"


def test_a_late_vote_after_the_closing_is_just_late() -> None:
    log = a_meeting()
    log.start("q1")
    ballot = log.a_cast(1, "A", "for")
    log.close(1)

    assert log.code(person_of("A"), ballot, received_at=log.now + 1) == "late"
    assert "ballot_missed" not in log.kinds()


def test_a_representative_votes_for_several_creditors_at_once_with_one_receipt() -> None:
    log = a_meeting(representatives={"p_rep": ("A", "B")})
    log.start("q1")

    decision = log.submit("p_rep", Cast(1, [log.ballot(1, "A", "for"), log.ballot(1, "B", "against")]))

    head = len(log.events)
    assert decision.answer == {"voting": 1, "creditors": ["A", "B"]}
    assert [ballot.receipt_pos for ballot in log.state.votings[1].ballots.values()] == [head, head]
    assert len(decision.events[0].blobs) == 1


def test_one_refused_ballot_refuses_all() -> None:
    log = a_meeting(representatives={"p_rep": ("A", "B")})
    log.start("q1")
    log.cast(1, "B", "for")
    both = Cast(1, [log.ballot(1, "A", "for"), log.ballot(1, "B", "for")])

    refusal = log.refused("p_rep", both)

    assert (refusal.code, refusal.details) == (
        "ballots_refused",
        {"ballots": {"A": None, "B": "already_voted"}},
    )
    assert set(log.state.votings[1].ballots) == {"B"}


def test_two_ballots_of_one_creditor_in_a_command_are_refused() -> None:
    log = a_meeting()
    log.start("q1")
    twice = Cast(1, [log.ballot(1, "A", "for"), log.ballot(1, "A", "against")])

    assert log.refused(person_of("A"), twice).details == {"ballots": {"A": "doubled_creditor"}}


def test_nobody_votes_for_a_creditor_of_somebody_else() -> None:
    log = a_meeting()
    log.start("q1")

    assert log.code(person_of("A"), log.a_cast(1, "B", "for")) == "not_your_creditor"


def test_a_creditor_without_votes_on_the_question_has_no_right() -> None:
    lines = (a_creditor("A", 60_00), a_creditor("B", 40_00), a_creditor("S", 90_00, secured_kopecks=90_00))
    log = a_meeting(creditors=lines)
    log.start("q1")

    refusal = log.refused(person_of("S"), log.a_cast(1, "S", "for"))

    assert (refusal.code, refusal.article) == ("no_right", "127-ФЗ, ст. 12")


def test_a_settlement_needs_a_power_that_names_it() -> None:
    lines = (a_creditor("A", 50_00, representative="Петров"), a_creditor("B", 50_00))
    log = a_meeting(a_question("q1", "settlement"), creditors=lines)
    log.start("q1")

    refusal = log.refused(person_of("A"), log.a_cast(1, "A", "for"))

    assert (refusal.code, refusal.article) == ("may_not_vote_settlement", "127-ФЗ, ст. 150")
    assert log.mine(person_of("A"))["right/1/A"].code == "may_not_vote_settlement"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("meeting", "m_2"),
        ("question", "q9"),
        ("voting", 2),
        ("weight_kopecks", "1"),
        ("wording_sha256", "0" * 64),
        ("register_sha256", "0" * 64),
        ("electorate_sha256", "0" * 64),
    ],
)
def test_a_ballot_for_something_else_is_stale(field: str, value: object) -> None:
    log = a_meeting()
    log.start("q1")

    refusal = log.refused(person_of("A"), log.a_cast(1, "A", "for", **{field: value}))

    assert (refusal.code, refusal.details["field"]) == ("stale_ballot", field)


@pytest.mark.parametrize(
    "content",
    [b"{}", b"\xff\xfe", b"[]", b'{"choices":["for"] }', b"null"],
)
def test_bytes_that_are_no_canonical_ballot_are_refused(content: bytes) -> None:
    log = a_meeting()
    log.start("q1")

    assert log.code(person_of("A"), Cast(1, [SignedBallot(content)])) == "malformed_ballot"


def test_a_ballot_in_another_order_of_keys_is_not_canonical() -> None:
    log = a_meeting()
    log.start("q1")
    content = log.ballot(1, "A", "for").content

    assert log.code(person_of("A"), Cast(1, [SignedBallot(b" " + content)])) == "malformed_ballot"
    assert canonical({"b": 1, "a": 2}) == b'{"a":2,"b":1}'


@pytest.mark.parametrize("choices", [(), ("maybe",), ("for", "for")])
def test_unknown_empty_and_doubled_marks_are_refused(choices: tuple[str, ...]) -> None:
    log = a_meeting()
    log.start("q1")

    assert log.code(person_of("A"), log.a_cast(1, "A", *choices)) == "bad_choice"


def test_several_marks_make_an_invalid_ballot_that_stays_in_the_base() -> None:
    log = a_meeting()
    log.start("q1")
    log.cast(1, "A", "for", "against")
    log.cast(1, "B", "for")
    log.cast(1, "C", "for")

    log.finish(1)

    assert log.state.results[1].totals["invalid"] == 50_00
    assert not log.state.results[1].adopted
    assert log.state.opened[1].grounds == {"A": "several_marks"}


@pytest.mark.parametrize(
    "distribution",
    [None, {}, {"k1": "0"}, {"k1": "10001"}, {"k9": "1"}, {"k1": "5000", "k2": "5001"}],
)
def test_a_distribution_over_the_pool_or_for_strangers_is_refused(
    distribution: dict[str, str] | None,
) -> None:
    log = a_meeting(COMMITTEE)
    log.start("q1")

    assert log.code(person_of("A"), log.a_cast(1, "A", distribution=distribution)) == "bad_distribution"


def test_a_pool_is_weight_by_seats_and_may_be_split() -> None:
    log = a_meeting(COMMITTEE)
    log.start("q1")

    log.submit(person_of("A"), log.a_cast(1, "A", distribution={"k1": "6000", "k2": "4000"}))
    log.submit(person_of("B"), log.a_cast(1, "B", distribution={"k3": "6000"}))
    log.finish(1)

    assert log.state.results[1].candidates == {"k1": 60_00, "k2": 40_00, "k3": 60_00}
    assert set(log.state.results[1].chosen) == {"k1", "k3"}
    assert log.mine(person_of("A")).keys() >= {"ballot/1/A"}


def test_a_signature_is_not_taken_where_the_policy_is_off() -> None:
    log = a_meeting()
    log.start("q1")
    signed = SignedBallot(log.ballot(1, "A", "for").content, b"cms")

    assert log.code(person_of("A"), Cast(1, [signed])) == "signature_not_expected"


def test_an_unknown_voting_is_refused() -> None:
    log = a_meeting()

    with pytest.raises(Refused, match="unknown_voting"):
        log.submit(person_of("A"), Cast(7, [SignedBallot(b"{}")]))


def test_the_choice_is_in_the_blob_and_nowhere_in_the_events() -> None:
    log = a_meeting()
    log.start("q1")

    decision = log.cast(1, "A", "for")

    assert b'"choices":["for"]' in decision.events[0].blobs[0]
    assert "for" not in decision.events[0].body.values()
    assert "for" not in repr(decision.events[0])


def with_desk_representative() -> Log:
    log = a_meeting()
    log.submit(REGISTRAR, RegisterDeparture(["A"]))
    log.submit(REGISTRAR, RegisterPresent(["A"], "паспорт", "Сидоров С. С.", "№ 7"))
    log.start("q1")
    return log


def test_a_link_casts_nothing_while_a_representative_is_registered_at_the_desk() -> None:
    log = with_desk_representative()

    refusal = log.refused(person_of("A"), log.a_cast(1, "A", "for"))

    assert (refusal.code, refusal.article) == ("represented_by_another", "127-ФЗ, ст. 36")
    right = log.mine(person_of("A"))["right/1/A"]
    assert (right.may_vote, right.code) == (False, "represented_by_another")
    log.submit(REGISTRAR, ReceivePaper(1, "A"))


def test_the_departure_of_the_representative_lets_the_link_vote_again() -> None:
    log = with_desk_representative()
    log.submit(REGISTRAR, RegisterDeparture(["A"]))

    log.cast(1, "A", "for")

    assert log.state.votings[1].ballots["A"].person == person_of("A")


def test_a_creditor_whom_the_desk_registered_in_person_votes_by_the_own_link() -> None:
    log = a_meeting()
    log.submit(REGISTRAR, RegisterDeparture(["A"]))
    log.submit(REGISTRAR, RegisterPresent(["A"], "паспорт"))
    log.start("q1")

    log.cast(1, "A", "for")


def test_a_distribution_over_fifty_lines_is_no_ballot() -> None:
    log = a_meeting(a_question("q1", "committee", options=(("k1", "Первый"), ("k2", "Второй")), seats=1))
    log.start("q1")
    distribution = {f"k{number}": "1" for number in range(51)}

    assert log.code(person_of("A"), log.a_cast(1, "A", distribution=distribution)) == "malformed_ballot"
