"""A meeting whose ballots are signed by codes: its ground, its votes, and what people and papers are told."""

from dataclasses import replace

import pytest

from app.kernel.canonical import canonical
from app.kernel.errors import Forbidden
from app.meetings.codes import must_take_codes, participant_of
from app.meetings.commands import Cast, SignedBallot
from app.meetings.draft import Basis, DraftMeeting
from app.meetings.examination import cast_fingerprint
from app.meetings.founding import founding
from app.meetings.hashes import sha256
from app.meetings.joins import phone_of
from app.meetings.minutes import minutes
from app.meetings.minutes_proof import proof_rows
from app.meetings.minutes_row import Row
from app.meetings.model import SYSTEM
from app.meetings.phones import masked, mobile_of
from app.meetings.refusals import SignatureNotExpected, VotingNotOpen
from app.meetings.texts.minutes import MINUTES
from app.signatures.codes import Bound, CodeVerdict
from tests.builders import BASIS, GOOD_CODE, Log, a_card, a_creditor, a_meeting, a_question, person_of, signed


def a_simple_meeting(**rest: object) -> Log:
    log = a_meeting(representatives={"p_rep": ("A", "B")}, policy="simple", **rest)  # type: ignore[arg-type]
    log.start("q1")
    return log


def test_a_ballot_is_signed_by_a_code_over_its_hash_and_the_log_says_so() -> None:
    log = a_simple_meeting()
    ballot = log.ballot(1, "A", "for")

    log.submit(person_of("A"), Cast(1, [ballot], GOOD_CODE))

    hashes = [sha256(ballot.content)]
    assert log.codes.bound == [Bound("m_1", 1, "p_A", log.state.persons["p_A"].phone, tuple(hashes))]
    cast = log.events[-1]
    assert cast.body["code"] == {"sent_at": log.now - 1_000_000, "ballots_sha256": sha256(canonical(hashes))}
    assert cast.body["signature"] is None
    assert log.state.votings[1].ballots["A"].code_sent_at == log.now - 1_000_000
    assert GOOD_CODE not in repr(cast)


def test_ballots_of_several_creditors_are_signed_by_one_code() -> None:
    log = a_simple_meeting()

    log.submit("p_rep", log.command(1, log.ballot(1, "A", "for"), log.ballot(1, "B", "against")))

    assert len(log.codes.bound) == 1
    assert len({event.body["code"]["ballots_sha256"] for event in log.events[-2:]}) == 1
    assert set(log.state.votings[1].ballots) == {"A", "B"}


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        ("wrong", "wrong_code"),
        ("expired", "code_expired"),
        ("spent", "code_spent"),
        ("unknown", "code_unknown"),
    ],
)
def test_a_code_that_is_not_good_refuses_every_ballot_under_it(verdict: CodeVerdict, code: str) -> None:
    log = a_simple_meeting()
    log.codes.verdict = verdict

    refusal = log.refused("p_rep", log.command(1, log.ballot(1, "A", "for"), log.ballot(1, "B", "for")))

    assert refusal.details["ballots"] == {"A": code, "B": code}
    assert log.refused(person_of("A"), log.a_cast(1, "A", "for")).code == code
    assert log.state.votings[1].ballots == {}


def test_a_wrong_code_says_how_many_attempts_are_left() -> None:
    log = a_simple_meeting()

    refusal = log.refused(person_of("A"), Cast(1, [log.ballot(1, "A", "for")], "000000"))

    assert (refusal.code, refusal.final, refusal.details["left"]) == ("wrong_code", True, 4)


def test_a_ballot_without_a_code_or_with_a_certificate_is_not_valid_here() -> None:
    log = a_simple_meeting()
    bare = log.ballot(1, "A", "for")

    assert log.code(person_of("A"), Cast(1, [bare])) == "signature_missing"
    by_certificate = Cast(1, [signed(bare, person_of("A"))], GOOD_CODE)
    assert log.code(person_of("A"), by_certificate) == "signature_not_expected"
    assert (log.codes.bound, log.signatures.asked) == ([], 0)


def test_a_code_signs_nothing_where_certificates_do_or_nobody() -> None:
    for policy in ("qualified", "off"):
        log = a_meeting(policy=policy)
        log.start("q1")

        with_code = Cast(1, [log.ballot(1, "A", "for")], GOOD_CODE)

        assert log.code(person_of("A"), with_code) == "signature_not_expected"
        assert log.codes.bound == []


def test_what_the_state_refuses_anyway_costs_no_attempt() -> None:
    """A settled command that comes again is among it: it finds its stored answer."""
    log = a_simple_meeting()
    log.cast(1, "A", "for")

    assert log.code(person_of("A"), log.a_cast(1, "A", "for")) == "already_voted"
    stale = SignedBallot(log.ballot(1, "B", "for", register_sha256="0" * 64).content)
    assert log.code(person_of("B"), log.command(1, stale)) == "stale_ballot"
    assert len(log.codes.bound) == 1


def test_neither_code_nor_choice_joins_the_queue() -> None:
    log = a_simple_meeting()
    command = log.a_cast(1, "A", "against")

    queued = log.examined(person_of("A"), command, log.now)

    for told in (repr(queued), cast_fingerprint(command).decode(), repr(command)):
        assert GOOD_CODE not in told
        assert "against" not in told


def test_a_state_that_moved_on_does_not_accept_a_code_that_was_not_tried() -> None:
    log = a_simple_meeting()
    whole = log.examined(person_of("A"), log.a_cast(1, "A", "for"), log.now)
    untried = replace(whole, ballots=(replace(whole.ballots[0], code=None),))

    refusal = log.refused(person_of("A"), untried)

    assert (refusal.code, refusal.final) == ("not_examined", False)


@pytest.mark.parametrize("basis", [None, Basis("agreement", "  ")])
def test_no_meeting_is_founded_on_codes_without_a_legal_basis(basis: Basis | None) -> None:
    draft = DraftMeeting(
        a_card(), (a_question("q1"),), (a_creditor("A"),), signature_policy="simple", basis=basis
    )
    found = founding("m_1", draft, ())[0]

    assert Log().code(SYSTEM, found) == "basis_missing"


def test_the_ground_stands_in_the_log_its_document_beside_it() -> None:
    log = a_simple_meeting()

    assert log.events[0].body["basis"] == "decision"
    assert BASIS.document not in repr(log.events)
    shown = log.seen("participant")["meeting"]
    assert (shown.signature_policy, shown.basis) == (
        "simple",
        f"решение собрания кредиторов: {BASIS.document}",
    )


def test_the_minutes_mark_the_simple_signature_and_its_ground() -> None:
    log = a_simple_meeting()
    log.cast(1, "A", "for")
    log.finish(1)

    page = minutes(log.state, log.texts, "organizer")

    assert BASIS.document in page
    assert MINUTES["simple_limits"] in page
    assert Row(MINUTES["by_code"], ("1",)) in tuple(proof_rows(log.state, log.texts))
    bare = a_meeting(policy="qualified")
    assert MINUTES["simple_limits"] not in minutes(bare.state, bare.texts, "organizer")


def test_who_has_a_mobile_telephone_is_ready_and_sees_the_end_of_its_number() -> None:
    lines = (a_creditor("A", phone="+79161231234"), a_creditor("B", phone="+74951231234"), a_creditor("C"))
    log = a_meeting(creditors=lines, policy="simple", until="convened")

    seen = log.seen("organizer")["readiness"]

    assert (seen.ready, seen.expected) == (1, 3)
    assert [(row.person, row.reason) for row in seen.rest] == [("p_B", "no_phone"), ("p_C", "no_phone")]
    mine = log.mine("p_A")["readiness"]
    assert (mine.reason, mine.phone) == (None, "+7 ··· ··· 12 34")
    assert log.mine("p_C")["readiness"].phone is None
    assert phone_of(log.texts, log.state.persons["p_A"]) == "+79161231234"


def test_to_a_person_who_is_not_in_the_meeting_no_code_goes() -> None:
    log = a_simple_meeting()
    with pytest.raises(Forbidden):
        participant_of(log.state, "p_nobody")


def test_codes_are_sent_only_while_a_voting_signed_by_codes_runs() -> None:
    log = a_simple_meeting()
    must_take_codes(log.state, 1)
    log.finish(1)
    with pytest.raises(VotingNotOpen):
        must_take_codes(log.state, 1)
    other = a_meeting(policy="qualified")
    other.start("q1")
    with pytest.raises(SignatureNotExpected):
        must_take_codes(other.state, 1)


@pytest.mark.parametrize(
    ("phone", "mobile"),
    [
        ("+79161231234", "+79161231234"),
        ("+77011231234", "+77011231234"),
        ("+375291231234", "+375291231234"),
        ("+78121231234", None),
        ("", None),
        (None, None),
    ],
)
def test_a_landline_takes_no_code(phone: str | None, mobile: str | None) -> None:
    assert mobile_of(phone) == mobile


def test_a_number_is_shown_by_its_end() -> None:
    assert [masked("+79161231234"), masked("+375291235678")] == ["+7 ··· ··· 12 34", "+ ··· ··· 56 78"]
