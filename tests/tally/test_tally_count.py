"""The count of one question: presence, totals, the decision and the proof of the inputs."""

import hashlib
from dataclasses import replace
from fractions import Fraction

import pytest

from tally import (
    PROFILE,
    Attendance,
    Ballot,
    MeetingContext,
    Question,
    RegisterLine,
    TallyError,
    count,
    not_put_to_vote,
)
from tally.attendance import Entry
from tally.count import participants
from tally.profile import Threshold
from tally.question import Form
from tally.result import Requirement
from tests.tally.tally_builders import (
    LIQUIDATION,
    OBSERVATION,
    a_committee,
    a_question,
    a_register,
    counted,
    distributions,
    everybody,
    marks,
)

ABC = a_register(A=500, B=300, C=200)
ABSENTEE = MeetingContext("liquidation", form="absentee", deadline=1000)
MIXED = MeetingContext("liquidation", form="mixed", deadline=1000)


def test_every_mark_has_its_kopecks_and_its_creditors() -> None:
    register = a_register(A=1, B=20, C=300, D=4000, E=50000)
    ballots = (*marks(A="for", B="against", C="abstain"), Ballot("D", ()))

    result = counted(a_question(), register, ballots)

    assert result.totals == {"for": 1, "against": 20, "abstain": 300, "invalid": 4000, "not_submitted": 50000}
    assert result.marks == {"A": "for", "B": "against", "C": "abstain", "D": "invalid", "E": "not_submitted"}
    assert result.grounds == {"D": "no_mark"}
    assert result.denominator_kopecks == 54321
    assert result.share_for == Fraction(1, 54321)
    assert (result.outcome, result.adopted) == ("not_adopted", False)


def test_a_result_says_what_it_is_about() -> None:
    result = counted(a_question("majority_register", "external_plan"), ABC, marks(A="for", B="for"))

    assert (result.question, result.topic, result.rule) == ("q1", "external_plan", "majority_register")
    assert (result.form, result.article) == ("in_person", "127-ФЗ, ст. 15 п. 2")
    assert (result.profile_version, result.profile_hash) == ("127-fz.1", PROFILE.hash)
    assert result.requirement == Requirement(Threshold(1, 2), "register", 1000)
    assert (result.outcome, result.adopted, result.all_secured) == ("adopted", True, False)
    assert result.explanation_ru.startswith("Вопрос q1. ")


def test_the_base_is_the_present_or_the_register_by_the_rule() -> None:
    attendance = everybody(ABC)[:2]
    ballots = marks(A="for")

    present = counted(a_question("simple_present"), ABC, ballots, attendance=attendance)
    register = counted(a_question("majority_register"), ABC, ballots, attendance=attendance)

    assert (present.denominator_kopecks, present.adopted) == (800, True)
    assert (register.denominator_kopecks, register.adopted) == (1000, False)


def test_without_a_quorum_nothing_is_counted() -> None:
    result = counted(a_question(), ABC, marks(A="for"), attendance=everybody(ABC)[:1])

    assert (result.outcome, result.adopted, result.totals, result.marks) == ("no_quorum", False, None, {})
    assert (result.denominator_kopecks, result.share_for) == (None, None)


def test_without_votes_on_the_question_there_is_no_electorate() -> None:
    register = (RegisterLine("Z", 100, secured_kopecks=100),)

    result = counted(a_question(), register, marks(Z="for"))

    assert (result.outcome, result.totals) == ("no_electorate", None)


@pytest.mark.parametrize(
    ("form", "here"), [("in_person", {"A", "B"}), ("absentee", {"B", "C"}), ("mixed", {"A", "B", "C"})]
)
def test_who_takes_part_depends_on_the_form(form: Form, here: set[str]) -> None:
    journal = {"A": Entry("A", True), "B": Entry("B", True)}
    timely = {"B": Ballot("B"), "C": Ballot("C"), "D": Ballot("D", signed=False)}

    assert participants(form, journal, timely) == here


def test_in_absence_a_late_or_unsigned_ballot_is_as_none() -> None:
    ballots = (
        Ballot("A", ("for",), received_at=1000),
        Ballot("B", ("against",), received_at=1001),
        Ballot("C", ("against",), signed=False, received_at=5),
    )

    result = counted(a_question(), a_register(A=600, B=300, C=100), ballots, ABSENTEE)

    assert result.quorum is not None
    assert result.quorum.present_kopecks == 600
    assert result.totals == {"for": 600, "against": 0, "abstain": 0, "invalid": 0, "not_submitted": 0}


def test_in_absence_a_signed_but_wrongly_marked_ballot_takes_part() -> None:
    result = counted(a_question(), ABC, (*marks(A="for"), Ballot("B", ("for", "against"))), ABSENTEE)

    assert result.quorum is not None
    assert result.quorum.present_kopecks == 800
    assert result.totals is not None
    assert result.totals["invalid"] == 300


def test_the_mixed_form_unites_the_journal_and_timely_ballots() -> None:
    ballots = (
        Ballot("A", ("for",), received_at=10),
        Ballot("B", ("for",), signed=False, received_at=10),
        Ballot("C", ("for",), received_at=1001),
        Ballot("D", ("against",), received_at=1001),
    )
    register = a_register(A=400, B=300, C=200, D=100)

    result = counted(a_question(), register, ballots, MIXED, attendance=everybody(register)[1:3])

    assert result.marks == {"A": "for", "B": "invalid", "C": "not_submitted"}
    assert result.denominator_kopecks == 900


def test_in_person_a_ballot_after_the_countdown_is_not_submitted() -> None:
    context = replace(LIQUIDATION, deadline=1000)

    result = counted(a_question(), ABC, (Ballot("A", ("for",), received_at=1001),), context)

    assert result.totals is not None
    assert result.totals["not_submitted"] == 1000


def test_the_votes_of_a_restricted_creditor_are_nowhere() -> None:
    register = (replace(ABC[0], restricted_topics=("general",)), *ABC[1:])

    result = counted(a_question(), register, marks(A="against", B="for", C="against"))

    assert result.totals == {"for": 300, "against": 200, "abstain": 0, "invalid": 0, "not_submitted": 0}
    assert (result.denominator_kopecks, result.adopted) == (500, True)


def test_all_secured_creditors_must_say_yes_and_absence_is_not_yes() -> None:
    register = (*a_register(A=9000), *(RegisterLine(name, 10, secured_kopecks=10) for name in "ZYXW"))
    attendance = everybody(register)[:-1]
    ballots = marks(A="for", X="for", Y="against")

    result = counted(a_question(all_secured=True), register, ballots, attendance=attendance)

    assert result.secured_not_for == ("W", "Y", "Z")
    assert (result.outcome, result.adopted, result.all_secured) == ("not_adopted", False, True)


def test_a_secured_claim_that_is_repaid_or_has_no_vote_stops_nothing() -> None:
    register = (
        *a_register(A=9000),
        RegisterLine("R", 10, secured_kopecks=9, repaid_secured_kopecks=9),
        RegisterLine("W", 10, secured_kopecks=10, order=2),
        RegisterLine("L", 10, secured_kopecks=10, late=True),
        RegisterLine("T", 10, secured_kopecks=10, restricted_topics=("settlement",)),
    )

    result = counted(a_question("settlement", "settlement"), register, marks(A="for"))

    assert (result.secured_not_for, result.adopted, result.outcome) == ((), True, "adopted")


def test_unanimous_secured_creditors_do_not_replace_the_majority() -> None:
    register = (*a_register(A=500), RegisterLine("Z", 500, secured_kopecks=500))

    result = counted(a_question("settlement", "settlement"), register, marks(A="against", Z="for"))

    assert (result.secured_not_for, result.adopted, result.outcome) == ((), False, "not_adopted")


def test_a_strict_threshold_is_not_met_by_equality_and_another_one_is() -> None:
    strict = a_question("threshold", threshold=(1, 2), base="present", article="ст. 201.10")

    assert not counted(strict, ABC, marks(A="for")).adopted
    assert counted(replace(strict, strict=False), ABC, marks(A="for")).adopted
    assert counted(strict, ABC, marks(A="for")).article == "ст. 201.10"


def test_the_option_above_half_is_chosen() -> None:
    question = a_question("choice_register", "manager_choice", options=("m1", "m2"))

    result = counted(question, ABC, marks(A="m2", B="m2", C="m1"))

    assert result.totals == {"m1": 200, "m2": 800, "abstain": 0, "invalid": 0, "not_submitted": 0}
    assert result.shares == {"m1": Fraction(1, 5), "m2": Fraction(4, 5)}
    assert (result.chosen, result.outcome, result.adopted) == ("m2", "chosen", True)
    assert result.share_for is None


def test_half_is_not_enough_to_be_chosen() -> None:
    question = a_question("choice_present", options=("v1", "v2"))

    result = counted(question, ABC, marks(A="v1", B="v2", C="v2"))

    assert (result.chosen, result.outcome, result.adopted) == (None, "not_adopted", False)


def test_a_committee_counts_pools_of_votes_times_seats() -> None:
    register = a_register(A=100, B=50, C=20, D=7)
    ballots = distributions(A={"x": 200, "y": 50}, B={"y": 151})

    result = counted(a_committee(seats=3), register, (*ballots, Ballot("C", distribution={"y": 60})))

    assert result.totals == {"cast": 310, "unused": 50, "invalid": 150, "not_submitted": 21}
    assert result.candidates == {"x": 200, "y": 110, "z": 0}
    assert sum(result.totals.values()) == 177 * 3
    assert (result.elected, result.tied, result.unfilled_seats, result.seats) == (("x", "y"), (), 1, 3)
    assert (result.outcome, result.adopted, result.denominator_kopecks) == ("seats_unfilled", False, None)
    assert result.marks == {"A": "cast", "B": "invalid", "C": "cast", "D": "not_submitted"}


def test_the_pools_of_all_invalid_and_all_missing_ballots_add_up() -> None:
    register = a_register(A=1, B=20, C=300, D=4000, E=50000)
    ballots = distributions(A={"x": 1}, B={"x": 999}, C={"stranger": 1})

    result = counted(a_committee(2), register, ballots)

    assert result.totals == {"cast": 1, "unused": 1, "invalid": 640, "not_submitted": 108000}


def test_a_full_committee_is_elected_and_a_tie_is_not() -> None:
    register = a_register(A=100)

    elected = counted(a_committee(1), register, distributions(A={"x": 60, "y": 40}))
    tied = counted(a_committee(1), register, distributions(A={"x": 50, "y": 50}))

    assert (elected.outcome, elected.adopted, elected.elected) == ("elected", True, ("x",))
    assert (tied.outcome, tied.adopted, tied.tied, tied.unfilled_seats) == (
        "tie_for_last_seats",
        False,
        ("x", "y"),
        1,
    )


@pytest.mark.parametrize(
    ("register", "single"),
    [
        (a_register(A=100), True),
        (a_register(A=100, B=1), False),
        ((RegisterLine("A", 100), RegisterLine("W", 5, order=2), RegisterLine("L", 5, late=True)), True),
        ((RegisterLine("A", 100), RegisterLine("P", 0, penalties_kopecks=5)), False),
    ],
)
def test_the_single_creditor_of_the_register_decides_alone(
    register: tuple[RegisterLine, ...], single: bool
) -> None:
    result = counted(a_question(), register, marks(A="for"))

    assert result.single_creditor is single
    assert result.single_creditor_article == ("127-ФЗ, ст. 12 п. 1" if single else None)


def test_the_other_reading_of_an_agenda_addition_is_shown_and_decides_nothing() -> None:
    question = a_question("majority_register", "agenda_addition")

    result = counted(question, ABC, marks(A="for"), attendance=everybody(ABC)[:2])

    assert not result.adopted
    assert result.second_reading is not None
    assert result.second_reading.adopted
    assert (result.second_reading.rule, result.second_reading.share_for) == ("simple_present", Fraction(5, 8))
    assert result.second_reading.article == "127-ФЗ, ст. 15 п. 1"
    assert result.second_reading.requirement == Requirement(Threshold(1, 2), "present", 800)


def test_other_topics_have_no_second_reading() -> None:
    assert counted(a_question(), ABC, marks(A="for")).second_reading is None
    assert counted(a_question(topic="of our own"), ABC, marks(A="for")).second_reading is None


@pytest.mark.parametrize(
    ("context", "code", "detail"),
    [
        (MeetingContext("liquidation", form="by_post"), "unknown_form", "by_post"),  # type: ignore[arg-type]
        (MeetingContext("sanation"), "unknown_procedure", "sanation"),
    ],
)
def test_a_wrong_meeting_stops_the_count(context: MeetingContext, code: str, detail: str) -> None:
    with pytest.raises(TallyError) as refused:
        counted(a_question(), ABC, (), context)

    assert (refused.value.code, refused.value.detail) == (code, detail)


@pytest.mark.parametrize(
    ("attendance", "ballots"),
    [((Attendance("X", ("X",)),), ()), ((), marks(X="for"))],
)
def test_a_stranger_in_the_journal_or_among_ballots_stops_the_count(
    attendance: tuple[Attendance, ...], ballots: tuple[Ballot, ...]
) -> None:
    with pytest.raises(TallyError, match="unknown_creditor: X"):
        counted(a_question(), ABC, ballots, attendance=attendance)


def test_a_creditor_without_a_vote_may_stand_in_the_journal_and_send_a_ballot() -> None:
    register = (*ABC, RegisterLine("W", 900, order=2))

    assert counted(a_question(), register, marks(A="for", W="against")).denominator_kopecks == 1000


def test_the_order_of_lines_ballots_and_journal_changes_nothing_at_all() -> None:
    attendance = (Attendance("rep", ("A", "C")), Attendance("B", ("B",)), Attendance("guest"))
    shuffled = (Attendance("guest"), Attendance("B", ("B",)), Attendance("rep", ("C", "A")))
    ballots = marks(A="for", B="against", C="for")

    one = counted(a_question(), ABC, ballots, attendance=attendance)
    other = counted(a_question(), ABC[::-1], ballots[::-1], attendance=shuffled)

    assert one == other
    assert one.to_json() == other.to_json()


def test_any_iterables_are_taken_and_the_default_profile_is_ours() -> None:
    ballots = marks(A="for")

    lazy = count(a_question(), LIQUIDATION, iter(ABC), iter(everybody(ABC)), iter(ballots))

    assert lazy == count(a_question(), LIQUIDATION, ABC, everybody(ABC), ballots, PROFILE)


def test_the_hash_is_that_of_canonical_json_which_anybody_can_write_down() -> None:
    line = (
        '"late":false,"order":3,"penalties_kopecks":0,"pledge_waived":false,"repaid_kopecks":0,'
        '"repaid_secured_kopecks":0,"restricted_topics":[],"secured_kopecks":0'
    )
    written = (
        '{"attendance":[{"creditors":["A","B"],"may_vote_settlement":true,"participant":"представитель"}],'
        '"ballots":[{"choices":["for"],"corrected":false,"creditor":"A","distribution":null,"received_at":7,'
        '"signed":true,"signer":null}],'
        '"context":{"deadline":9,"form":"in_person","procedure":"liquidation","repeated":false},'
        f'"profile":{{"hash":"{PROFILE.hash}","version":"127-fz.1"}},'
        '"question":{"all_secured":false,"article":null,"base":"present","candidates":[],"id":"q1","options":[],'
        '"rule":"threshold","seats":0,"strict":true,"threshold":"2/3","topic":"general"},'
        f'"register":[{{"claim_kopecks":6,"id":"A",{line}}},{{"claim_kopecks":3,"id":"B",{line}}}]}}'
    )

    result = counted(
        a_question("threshold", threshold=(2, 3), base="present"),
        a_register(B=3, A=6),
        (Ballot("A", ("for",), received_at=7),),
        replace(LIQUIDATION, deadline=9),
        attendance=(Attendance("представитель", ("B", "A")),),
    )

    assert result.input_hash == hashlib.sha256(written.encode()).hexdigest()


def test_any_change_of_the_inputs_changes_their_hash() -> None:
    base = (a_question(), LIQUIDATION, ABC, everybody(ABC), marks(A="for"), PROFILE)
    changes = (
        (0, a_question(topic="external_plan")),
        (1, OBSERVATION),
        (1, replace(LIQUIDATION, deadline=5)),
        (2, (*ABC[:2], replace(ABC[2], penalties_kopecks=1))),
        (3, (*everybody(ABC), Attendance("guest"))),
        (3, (*everybody(ABC)[:2], Attendance("C", ("C",), may_vote_settlement=False))),
        (4, marks(A="against")),
        (4, (Ballot("A", ("for",), received_at=1),)),
        (5, replace(PROFILE, version="127-fz.2")),
        (5, replace(PROFILE, enable_15_3=True)),
    )

    hashes = [count(*base).input_hash]
    for place, value in changes:
        hashes.append(count(*(*base[:place], value, *base[place + 1 :])).input_hash)  # type: ignore[arg-type]

    assert len(set(hashes)) == len(hashes)


def test_a_question_that_is_not_put_to_the_vote_has_nothing_but_its_name() -> None:
    question = Question("n1", "committee", "cumulative", seats=3, candidates=("x",))

    result = not_put_to_vote(question, LIQUIDATION)

    assert (result.outcome, result.adopted, result.quorum, result.totals) == (
        "not_put_to_vote",
        False,
        None,
        None,
    )
    assert (result.question, result.article) == ("n1", "127-ФЗ, ст. 18 п. 2")
    assert result.explanation_ru.startswith("Вопрос n1. Не ставился")


def test_what_is_not_put_to_the_vote_is_still_checked_against_its_rule() -> None:
    question = Question("n1", "general", "majority_register_repeat")

    assert not_put_to_vote(question, replace(LIQUIDATION, repeated=True)).article == "127-ФЗ, ст. 15 п. 3"
    with pytest.raises(TallyError, match="rule_needs_repeated_meeting"):
        not_put_to_vote(question, LIQUIDATION)


def test_a_result_in_json_has_the_names_of_golden_files() -> None:
    value = counted(a_question(), ABC, marks(A="for", B="for")).to_json()

    assert value["share_for"] == "4/5"
    assert value["quorum"]["share"] == "1/1"
    assert value["denominator_kopecks"] == 1000
    assert value["elected"] == []
    assert value["requirement"]["base"] == "present"
    assert "candidates" not in value
    assert "candidates" not in value["totals"]


def test_a_committee_in_json_has_its_candidates_inside_the_totals() -> None:
    value = counted(a_committee(1), a_register(A=100), distributions(A={"y": 100})).to_json()

    assert value["totals"] == {
        "candidates": {"x": 0, "y": 100, "z": 0},
        "cast": 100,
        "unused": 0,
        "invalid": 0,
        "not_submitted": 0,
    }
    assert value["elected"] == ["y"]
    assert value["denominator_kopecks"] is None
    assert "candidates" not in value
