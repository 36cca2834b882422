"""Laws of the count that hold for any meeting."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tally import Attendance, Ballot, MeetingContext, Question, RegisterLine, TallyResult, count
from tally.money import percent
from tests.tally.tally_builders import LIQUIDATION, a_committee, a_question, everybody

FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MARKS = ("for", "against", "abstain")
RULES = ("simple_present", "majority_register", "settlement")
PROCEDURES = ("observation", "external_management", "liquidation", "citizen_realisation")
KOPECKS = st.integers(0, 2**60) | st.integers(0, 5)

Meeting = tuple[tuple[RegisterLine, ...], tuple[Attendance, ...], tuple[Ballot, ...], MeetingContext]


@st.composite
def lines(draw: st.DrawFn, number: int) -> RegisterLine:
    claim = draw(KOPECKS)
    secured = draw(st.sampled_from((0, 0, claim, claim // 2)))
    return RegisterLine(
        f"c{number:04d}",
        claim,
        secured_kopecks=secured,
        penalties_kopecks=draw(KOPECKS),
        repaid_kopecks=draw(st.sampled_from((0, 0, (claim - secured) // 2))),
        repaid_secured_kopecks=draw(st.sampled_from((0, 0, secured // 2))),
        order=draw(st.sampled_from((3, 3, 3, 3, 2))),
        late=draw(st.sampled_from((False, False, False, True))),
        pledge_waived=draw(st.booleans()),
    )


@st.composite
def meetings(draw: st.DrawFn, marks: tuple[str, ...] = MARKS) -> Meeting:
    register = tuple(draw(lines(number)) for number in range(draw(st.integers(1, 8))))
    here = [line.id for line in register if draw(st.sampled_from((True, True, True, False)))]
    ballots = tuple(
        Ballot(
            line.id,
            tuple(draw(st.lists(st.sampled_from(marks), min_size=1, max_size=1 + (line.id > "c0005")))),
        )
        for line in register
        if draw(st.sampled_from((True, True, True, False)))
    )
    context = MeetingContext(draw(st.sampled_from(PROCEDURES)), repeated=draw(st.booleans()))
    return register, tuple(Attendance(creditor, (creditor,)) for creditor in here), ballots, context


def counted(question: Question, meeting: Meeting) -> TallyResult:
    register, attendance, ballots, context = meeting
    return count(question, context, register, attendance, ballots)


def decision(result: TallyResult) -> dict[str, Any]:
    """All figures without the hash of the inputs and the profile."""
    return {key: value for key, value in result.to_json().items() if key != "input_hash"}


questions = st.sampled_from([a_question(rule) for rule in RULES])


@FEW
@given(questions, meetings())
def test_every_present_kopeck_is_counted_once(question: Question, meeting: Meeting) -> None:
    result = counted(question, meeting)

    assert result.quorum is not None
    if result.totals is None:
        assert not result.quorum.held
    else:
        assert sum(result.totals.values()) == result.quorum.present_kopecks


@FEW
@given(questions, meetings(), st.randoms(use_true_random=False))
def test_the_order_of_lines_and_ballots_changes_nothing(
    question: Question, meeting: Meeting, random: Any
) -> None:
    register, attendance, ballots, context = meeting
    shuffled = (
        tuple(random.sample(register, len(register))),
        tuple(random.sample(attendance, len(attendance))),
        tuple(random.sample(ballots, len(ballots))),
        context,
    )

    assert counted(question, shuffled) == counted(question, meeting)


@FEW
@given(questions, meetings())
def test_a_vote_taken_from_yes_never_adopts(question: Question, meeting: Meeting) -> None:
    """One creditor who said «за» says «против»: what was not adopted stays so."""
    register, attendance, ballots, context = meeting
    place = next((i for i, ballot in enumerate(ballots) if ballot.choices == ("for",)), None)
    assume(place is not None)
    assert place is not None
    turned = (*ballots[:place], replace(ballots[place], choices=("against",)), *ballots[place + 1 :])

    before = counted(question, meeting)
    after = counted(question, (register, attendance, turned, context))

    assert before.adopted or not after.adopted


@FEW
@given(st.integers(1, 10**6), st.integers(0, 10**6), st.sampled_from(("simple_present", "majority_register")))
def test_a_kopeck_moved_from_yes_to_no_never_adopts(votes_for: int, against: int, rule: str) -> None:
    def adopted(moved: int) -> bool:
        register = (RegisterLine("A", votes_for - moved), RegisterLine("B", against + moved))
        ballots = (Ballot("A", ("for",)), Ballot("B", ("against",)))
        return count(a_question(rule), LIQUIDATION, register, everybody(register), ballots).adopted

    assert adopted(0) or not adopted(1)


@FEW
@given(questions, meetings(), st.integers(2, 10**6))
def test_all_sums_times_a_number_keep_the_decision(question: Question, meeting: Meeting, k: int) -> None:
    register, attendance, ballots, context = meeting
    multiplied = tuple(
        replace(
            line,
            claim_kopecks=line.claim_kopecks * k,
            secured_kopecks=line.secured_kopecks * k,
            penalties_kopecks=line.penalties_kopecks * k,
            repaid_kopecks=line.repaid_kopecks * k,
            repaid_secured_kopecks=line.repaid_secured_kopecks * k,
        )
        for line in register
    )

    one, many = counted(question, meeting), counted(question, (multiplied, attendance, ballots, context))

    assert (one.outcome, one.share_for, one.secured_not_for) == (
        many.outcome,
        many.share_for,
        many.secured_not_for,
    )


@FEW
@given(questions, meetings(), KOPECKS)
def test_penalties_and_observers_change_nothing(question: Question, meeting: Meeting, penalties: int) -> None:
    register, attendance, ballots, context = meeting
    fined = tuple(replace(line, penalties_kopecks=penalties) for line in register)
    watched = (*attendance, Attendance("observer"))

    changed = counted(question, (fined, watched, ballots, context))

    assert decision(changed) == decision(counted(question, meeting))


@FEW
@given(st.sampled_from(("simple_present", "majority_register")), meetings(), st.integers(1, 2**60))
def test_a_claim_split_between_two_of_one_mind_changes_nothing(
    rule: str, meeting: Meeting, part: int
) -> None:
    register, attendance, ballots, context = meeting
    whole = replace(RegisterLine("whole", 2**61), late=register[0].late)
    halves = (
        replace(whole, id="half1", claim_kopecks=part),
        replace(whole, id="half2", claim_kopecks=2**61 - part),
    )

    def with_lines(*more: RegisterLine) -> Meeting:
        return (
            (*register, *more),
            (*attendance, *everybody(more)),
            (*ballots, *(Ballot(line.id, ("for",)) for line in more)),
            context,
        )

    one, two = counted(a_question(rule), with_lines(whole)), counted(a_question(rule), with_lines(*halves))

    assert (one.outcome, one.totals, one.share_for) == (two.outcome, two.totals, two.share_for)


@FEW
@given(meetings(marks=("v1", "v2", "v3", "abstain")), st.sampled_from(("choice_present", "choice_register")))
def test_at_most_one_option_is_above_half(meeting: Meeting, rule: str) -> None:
    result = counted(a_question(rule, options=("v1", "v2", "v3")), meeting)

    assume(result.totals is not None)
    assert result.quorum is not None
    assert result.totals is not None
    assert sum(result.totals.values()) == result.quorum.present_kopecks
    assert result.adopted is any(share > Fraction(1, 2) for share in result.shares.values())
    assert result.chosen is None or result.shares[result.chosen] > Fraction(1, 2)


@FEW
@given(st.data(), st.integers(1, 5))
def test_a_pool_is_cast_unused_invalid_or_not_submitted(data: st.DataObject, seats: int) -> None:
    register = tuple(
        RegisterLine(f"c{n}", data.draw(st.integers(1, 100))) for n in range(data.draw(st.integers(1, 6)))
    )
    split = st.dictionaries(st.sampled_from("xyzw"), st.integers(0, 200), max_size=4)
    ballots = tuple(
        Ballot(line.id, distribution=data.draw(split)) for line in register if data.draw(st.booleans())
    )

    result = count(a_committee(seats, tuple("xyzw")), LIQUIDATION, register, everybody(register), ballots)

    assert result.quorum is not None
    assert result.totals is not None
    assert sum(result.totals.values()) == result.quorum.present_kopecks * seats
    assert sum(result.candidates.values()) == result.totals["cast"]
    assert len(result.elected) + result.unfilled_seats == seats
    assert all(result.candidates[name] > 0 for name in (*result.elected, *result.tied))


@FEW
@given(st.integers(0, 10**30), st.integers(1, 10**30))
def test_a_cut_percent_is_never_above_the_share(numerator: int, denominator: int) -> None:
    whole, hundredths = percent(numerator, denominator).split(",")
    shown = Fraction(int(whole + hundredths), 10_000)

    assert shown <= Fraction(numerator, denominator) < shown + Fraction(1, 10_000)


def test_a_thousand_creditors_above_the_precision_of_floats_are_exact() -> None:
    register = tuple(RegisterLine(f"c{n:04d}", 2**60 + n) for n in range(1000))
    ballots = tuple(Ballot(line.id, ("for" if n % 2 else "against",)) for n, line in enumerate(register))

    result = count(a_question(), LIQUIDATION, register, everybody(register), ballots)

    assert result.totals is not None
    assert result.totals["for"] - result.totals["against"] == 500
    assert result.adopted
