"""The checker against planted faults: each is found and named, a sound run has none."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from load.ballot import Ballot, Choice, canonical
from load.checker import KINDS, Maps, Verdict, Witness, check
from load.company import Company
from load.counted import Record
from load.history import Operation, Outcome
from load.minutes import Minuted

MAPS = Maps({"meeting": {"status": "ended"}}, {})
OPTIONS = ("for", "against")
TOPIC = "meeting:m_1"
KEY = Ed25519PrivateKey.generate()
KEYS = {"k1": KEY.public_key().public_bytes_raw().hex()}


def a_ballot(creditor: str, choice: str = "for", nonce: str = "1") -> Ballot:
    content = f"{creditor} {choice} {nonce}".encode()
    return Ballot(1, "q1", creditor, 100, Choice(choices=(choice,)), content)


def a_vote(ballot: Ballot, outcome: Outcome = Outcome.OK) -> Operation:
    command, position = ballot.sha256[:16].encode(), int(ballot.sha256[:6], 16)
    receipt = a_receipt(position) if outcome is Outcome.OK else None
    person = f"p-{ballot.creditor}"
    return Operation(person, command, "cast", 1.0, (ballot,), outcome, 2.0, position, receipt=receipt)


def a_receipt(position: int, topic: str = TOPIC) -> dict[str, Any]:
    said = {"topic": topic, "epoch": "e", "pos": position, "hash": "h", "key": "k1"}
    return {**said, "signature": KEY.sign(canonical(said)).hex()}


def a_witness(*votes: Operation, **changes: Any) -> Witness:
    """His promised ballots are saved, his map is fresh."""
    ballots = [ballot for vote in votes if vote.outcome is Outcome.OK for ballot in vote.ballots]
    saved = {ballot.sha256: False for ballot in ballots}
    return replace(Witness(votes[0].person, votes, MAPS, MAPS, saved=saved), **changes)


def a_record(*ballots: Ballot) -> Record:
    """What a sound server keeps of these ballots."""
    rows: list[Mapping[str, Any]] = [
        {
            "creditor": ballot.creditor,
            "name": f"Name of {ballot.creditor}",
            "mark": (ballot.choice.choices or ("",))[0],
            "channel": "electronic",
        }
        for ballot in ballots
    ]
    totals = []
    for option in OPTIONS:
        count = sum(row["mark"] == option for row in rows)
        totals.append({"id": option, "text": option, "kopecks": str(100 * count), "creditors": count})
    return Record(
        votings={1: {"voting": 1, "voted": len(ballots)}},
        results={1: {"question": "q1", "totals": totals}},
        questions={"q1": {"options": [{"id": option} for option in OPTIONS]}},
        tables={1: rows},
        counts={1: [counted(ballot) for ballot in ballots]},
        minutes={1: minuted(rows, totals)},
        keys=KEYS,
        topic=TOPIC,
    )


def counted(ballot: Ballot) -> dict[str, Any]:
    choice = ballot.choice
    return {"creditor": ballot.creditor, "choices": choice.choices, "distribution": choice.distribution}


def minuted(rows: list[Mapping[str, Any]], totals: list[dict[str, Any]]) -> Minuted:
    return Minuted(
        [(total["text"], int(total["kopecks"])) for total in totals],
        [(row["name"], row["mark"]) for row in rows],
    )


A, B, C = a_ballot("c1"), a_ballot("c2", "against"), a_ballot("c3")
FOLLOWED = Company(leads=False, others=None)
SOUND = (a_witness(a_vote(A)), a_witness(a_vote(B)), a_witness(a_vote(C)))


def kinds(verdict: Verdict) -> set[str]:
    return {finding.kind for finding in verdict.findings}


def test_a_sound_run_has_no_findings() -> None:
    verdict = check(SOUND, a_record(A, B, C))

    assert not verdict.failed
    assert verdict.ballots == 3
    assert [verdict.to_json()[kind] for kind in KINDS] == [0] * len(KINDS)


def test_a_promised_ballot_missing_in_the_table_and_the_sums_is_lost() -> None:
    verdict = check(SOUND, a_record(A, B))

    assert verdict.count("lost") == 1
    assert kinds(verdict) == {"lost", "sums"}


def test_a_promised_ballot_that_is_not_saved_is_lost() -> None:
    forgotten = replace(SOUND[0], saved={})

    assert kinds(check((forgotten, *SOUND[1:]), a_record(A, B, C))) == {"lost"}


@pytest.mark.parametrize("place", ["tables", "counts"])
def test_a_ballot_that_nobody_cast_is_a_phantom(place: str) -> None:
    record = a_record(A, B, C)
    more = replace(record, **{place: getattr(a_record(A, B, C, a_ballot("c4")), place)})

    assert kinds(check(SOUND, more)) == {"phantom"}


def test_more_voters_than_ours_and_their_sum_are_found_where_nobody_else_votes() -> None:
    record = a_record(A, B, C)
    fuller = replace(record, votings={1: {"voting": 1, "voted": 999}})

    assert kinds(check(SOUND, fuller)) == {"sums"}
    assert kinds(check(SOUND, replace(fuller, results=a_record(A, B, C, a_ballot("c4")).results))) == {"sums"}


def test_fewer_voters_than_ours_are_found() -> None:
    fewer = replace(a_record(A, B, C), votings={1: {"voting": 1, "voted": 2}})

    assert "sums" in kinds(check(SOUND, fewer, FOLLOWED))


def test_of_a_creditor_of_ours_a_ballot_is_a_phantom_wherever_others_vote() -> None:
    idle = replace(a_witness(a_vote(C)), operations=(), saved={}, fresh=Maps(MAPS.view, {"creditor/c3": {}}))
    idle = replace(idle, held=idle.fresh)

    for company in (Company(others=frozenset({"c3"})), FOLLOWED):
        assert "phantom" in kinds(check((*SOUND[:2], idle), a_record(A, B, C), company))


def test_paper_comes_past_us_only_where_a_human_leads() -> None:
    idle = replace(SOUND[2], operations=(), saved={}, fresh=Maps(MAPS.view, {"creditor/c3": {}}))
    idle, record = replace(idle, held=idle.fresh), a_record(A, B, C)
    rows = [*record.tables[1][:2], {**record.tables[1][2], "channel": "paper"}]
    record = replace(record, tables={1: rows})

    assert not check((*SOUND[:2], idle), record, FOLLOWED).failed
    assert check((*SOUND[:2], idle), record, Company()).failed


@pytest.mark.parametrize("place", ["votings", "results", "tables", "counts", "minutes"])
def test_a_voting_that_is_not_shown_where_it_must_stand_is_unproved(place: str) -> None:
    changes: dict[str, Any] = {place: {}, **({"results": {}} if place == "votings" else {})}
    hidden = replace(a_record(A, B, C), **changes)

    assert "unproved" in kinds(check(SOUND, hidden))
    followed = check(SOUND, hidden, FOLLOWED)
    assert followed.not_proved


def test_without_votes_without_keys_or_without_own_ballots_nothing_is_proved() -> None:
    record = a_record(A, B, C)

    assert kinds(check((), Record({}, {}, {}, {}, {}))) == {"unproved"}
    assert kinds(check(SOUND, replace(record, keys={}))) == {"unproved"}
    assert kinds(check((replace(SOUND[0], saved=None), *SOUND[1:]), record)) == {"unproved"}


def test_where_a_human_leads_what_is_not_shown_is_told_and_fails_nothing() -> None:
    verdict = check((), Record({}, {}, {}, {}, {}), FOLLOWED)

    assert not verdict.failed
    assert len(verdict.not_proved) == 2


def test_a_cancelled_voting_has_to_be_shown_nowhere() -> None:
    record = replace(a_record(A, B, C), results={}, tables={}, counts={}, minutes={})
    cancelled = replace(record, votings={1: {"voting": 1, "voted": 3, "state": "cancelled"}})

    assert not check(SOUND, cancelled).failed


def test_two_promised_ballots_of_one_creditor_are_doubled() -> None:
    again = a_ballot("c1", nonce="2")
    twice = a_witness(a_vote(A), a_vote(again))

    verdict = check((twice, *SOUND[1:]), a_record(A, B, C))

    assert verdict.count("doubled") == 1


def test_a_creditor_who_stands_twice_in_the_table_is_doubled() -> None:
    record = a_record(A, B, C)
    record = replace(record, tables={1: [*record.tables[1], record.tables[1][0]]})

    assert kinds(check(SOUND, record)) == {"doubled"}


def test_more_counted_than_voted_is_doubled() -> None:
    record = replace(a_record(A, B, C, a_ballot("c4")), votings={1: {"voting": 1, "voted": 3}})

    assert "doubled" in kinds(check(SOUND, record))


def test_a_gap_is_counted() -> None:
    verdict = check((replace(SOUND[0], gaps=2), *SOUND[1:]), a_record(A, B, C))

    assert verdict.count("gaps") == 2


def test_a_map_that_differs_from_a_fresh_one_is_stale() -> None:
    behind = replace(SOUND[0], held=Maps({"meeting": {"status": "running"}}, {}))

    assert kinds(check((behind, *SOUND[1:]), a_record(A, B, C))) == {"stale"}


@pytest.mark.parametrize("mark", ["against", "not_submitted"])
def test_another_choice_in_the_table_is_changed(mark: str) -> None:
    record = a_record(A, B, C)
    turned = {**record.tables[1][0], "mark": mark}
    record = replace(record, tables={1: [turned, *record.tables[1][1:]]})

    assert kinds(check(SOUND, record)) == {"changed"}


def test_choices_swapped_for_everybody_are_seen_in_the_sums_too() -> None:
    swapped = a_record(a_ballot("c1", "against"), a_ballot("c2"), a_ballot("c3", "against"))

    assert kinds(check(SOUND, swapped)) == {"changed", "sums"}


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.UNKNOWN])
def test_a_ballot_saved_against_a_refusal_is_a_phantom(outcome: Outcome) -> None:
    ghost = a_witness(a_vote(A, outcome), saved={A.sha256: False})

    assert "phantom" in kinds(check((ghost, *SOUND[1:]), a_record(A, B, C)))


def test_an_unknown_vote_that_was_done_counts_as_promised() -> None:
    vote = a_vote(A, Outcome.UNKNOWN)
    asked = a_witness(vote, later={vote.command: True}, saved={A.sha256: False})

    verdict = check((asked, *SOUND[1:]), a_record(A, B, C))

    assert not verdict.failed
    assert (verdict.ballots, verdict.unknown, verdict.unknown_resolved) == (3, 1, 1)


def test_an_unknown_vote_that_was_done_but_is_not_counted_is_lost() -> None:
    vote = a_vote(A, Outcome.UNKNOWN)
    asked = a_witness(vote, later={vote.command: True}, saved={A.sha256: False})

    assert check((asked, *SOUND[1:]), a_record(B, C)).count("lost") == 1


def test_an_annulled_ballot_promises_nothing_to_the_count() -> None:
    annulled = replace(SOUND[0], saved={A.sha256: True})

    assert not check((annulled, *SOUND[1:]), a_record(B, C)).failed


def test_where_others_vote_too_ours_must_be_a_part_of_the_sums() -> None:
    record = a_record(A, B, C, a_ballot("c9"))

    assert not check(SOUND, record, Company(others=frozenset({"c9"}))).failed
    assert not check(SOUND, record, FOLLOWED).failed
    assert check(SOUND, record, Company(others=frozenset({"c8"}))).failed


def test_a_voting_without_its_quorum_has_no_totals_to_compare() -> None:
    record = a_record(A, B, C)
    record = replace(record, results={1: {"question": "q1", "totals": []}})

    assert not check(SOUND, record).failed


def test_a_receipt_signed_by_another_key_is_forged() -> None:
    verdict = check(SOUND, replace(a_record(A, B, C), keys={"k1": "11" * 32}))

    assert kinds(verdict) == {"forged"}
    assert verdict.receipts_verified == 0


@pytest.mark.parametrize("receipt", [None, a_receipt(1), a_receipt(int(A.sha256[:6], 16), "meeting:m_2")])
def test_a_vote_without_its_own_receipt_is_found(receipt: dict[str, Any] | None) -> None:
    vote = replace(a_vote(A), receipt=receipt)

    verdict = check((a_witness(vote), *SOUND[1:]), a_record(A, B, C))

    assert kinds(verdict) == {"forged"}
    assert verdict.receipts_verified == 2


def test_one_receipt_for_two_votes_is_found() -> None:
    shared = a_receipt(7)
    votes = [replace(a_vote(ballot), receipt=shared, position=0) for ballot in (A, B)]

    verdict = check((a_witness(votes[0]), a_witness(votes[1]), SOUND[2]), a_record(A, B, C))

    assert (verdict.count("forged"), verdict.receipts_verified) == (2, 1)


def test_contradictions_and_faults_of_the_protocol_fail_the_run() -> None:
    odd = replace(SOUND[0], contradictions=("ok, then refused",), faults=("bad frame",))

    assert kinds(check((odd, *SOUND[1:]), a_record(A, B, C))) == {"contradictions", "faults"}


def test_the_order_of_witnesses_does_not_matter() -> None:
    shuffled = list(SOUND)
    Random(1).shuffle(shuffled)

    assert sorted(check(tuple(shuffled), a_record(A, B)).findings, key=str) == sorted(
        check(SOUND, a_record(A, B)).findings, key=str
    )


def test_a_vote_lost_in_three_places_is_one_lost_vote() -> None:
    record = replace(a_record(B), results={}, votings={})

    (finding,) = check((replace(SOUND[0], saved={}), SOUND[1]), record, FOLLOWED).findings

    assert (finding.kind, finding.text) == (
        "lost",
        "голосование 1, c1: не сохранён; нет в таблице; нет в данных подсчёта",
    )


def test_another_choice_in_the_input_of_the_count_is_changed() -> None:
    record = a_record(A, B, C)
    turned: list[Mapping[str, Any]] = [{**counted(A), "choices": ["against"]}, counted(B), counted(C)]

    assert kinds(check(SOUND, replace(record, counts={1: turned}))) == {"changed"}


def test_kopecks_moved_between_candidates_are_changed() -> None:
    spread = Ballot(1, "q1", "c1", 100, Choice(distribution={"for": 60, "against": 40}), b"spread")
    record = a_record(A, B, C)
    moved = {"creditor": "c1", "choices": None, "distribution": {"for": "61", "against": "39"}}

    verdict = check((a_witness(a_vote(spread)), *SOUND[1:]), replace(record, counts={1: [moved]}, results={}))

    counted_so = "голосование 1, c1: посчитан как {'for': '61', 'against': '39'}"
    assert counted_so in {finding.text for finding in verdict.findings}


def test_other_sums_in_the_minutes_than_in_the_result_are_found() -> None:
    record = a_record(A, B, C)
    printed = Minuted([("for", 201), ("against", 100)], record.minutes[1].ballots if record.minutes else [])

    assert kinds(check(SOUND, replace(record, minutes={1: printed}))) == {"sums"}


def test_a_name_missing_in_the_minutes_is_a_lost_vote_and_another_mark_a_changed_one() -> None:
    record = a_record(A, B, C)
    printed = Minuted([("for", 200), ("against", 100)], [("Name of c2", "for"), ("Name of c3", "for")])

    verdict = check(SOUND, replace(record, minutes={1: printed}))

    assert (verdict.count("lost"), verdict.count("changed")) == (1, 1)


def test_namesakes_in_the_minutes_are_told_apart_by_the_table_alone() -> None:
    record = a_record(A, B, C)
    rows: list[Mapping[str, Any]] = [{**row, "name": "Ivanov"} for row in record.tables[1]]
    printed = Minuted([("for", 200), ("against", 100)], [("Ivanov", row["mark"]) for row in rows])

    assert not check(SOUND, replace(record, tables={1: rows}, minutes={1: printed})).failed


def test_the_verdict_tells_how_many_votings_were_seen_where() -> None:
    seen = check(SOUND, a_record(A, B, C)).to_json()["votings_seen"]

    assert seen == {"results": 1, "tables": 1, "counts": 1, "minutes": 1}


def test_a_ballot_that_was_signed_stands_in_the_minutes_with_its_certificate() -> None:
    signed = replace(A, serial="0abc")
    witnesses = (a_witness(a_vote(signed)), *SOUND[1:])
    record = a_record(signed, B, C)
    name = record.tables[1][0]["name"]
    assert record.minutes is not None
    noted = replace(record.minutes[1], signed=[(name, "0abc")])

    assert kinds(check(witnesses, record)) == {"unsigned"}
    assert not check(witnesses, replace(record, minutes={1: noted})).failed
