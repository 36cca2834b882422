"""Forgeries of meaning: everything is linked and signed anew with a key of receipts, and yet the log contradicts itself."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tally.digest import canonical, sha256_of
from tests.verifier.archives import archive_of
from tests.verifier.forging import Forgery, sha256
from verifier.check import check

Files = dict[str, bytes]
Forge = Callable[[Forgery], Any]


def counting(voting: int, change: Callable[[Any], Any]) -> Forge:
    """The count's input is changed, its result is the law's own."""

    def forge(forgery: Forgery) -> None:
        case = forgery.count(voting)
        change(case)
        forgery.counted(voting, case)

    return forge


def replayed(forgery: Forgery) -> None:
    """B's annulled ballot in place of his new one, with his own signature."""
    for ending in ("json", "sig"):
        forgery.files[f"ballots/17.{ending}"] = forgery.files[f"ballots/15.{ending}"]
    forgery.body(17).update({name: forgery.body(15)[name] for name in ("ballot_sha256", "blobs")})


def late(forgery: Forgery) -> None:
    hour = 3600 * 1_000_000
    for event in forgery.events:
        event["at"] += hour if event["was"] >= 27 else 0
    forgery.body(27)["received_at"] += hour


def of_yesterday(forgery: Forgery) -> None:
    """When the certificate of his signer was not yet revoked."""
    forgery.body(14)["received_at"] -= 86_400 * 1_000_000


def over_a_standing_ballot(forgery: Forgery) -> None:
    body = {"creditor": "B", "person": "p_reg", "received_at": forgery.at(17)["at"], "voting": 1}
    forgery.add(17, "paper_received", body, actor="p_reg")


def of_a_stranger(forgery: Forgery) -> None:
    forgery.body(27)["person"] = forgery.at(27)["actor"] = "p_obs"


def not_present(forgery: Forgery) -> None:
    case = forgery.count(2)
    case["attendance"] = case["attendance"][1:]
    forgery.body(28)["attendance_sha256"] = sha256_of({"B": "p_B", "C": "p_C"})
    forgery.counted(2, case)


def time_backwards(forgery: Forgery) -> None:
    for number, event in enumerate(forgery.events):
        event["at"] -= number * 10**9


def other_names(forgery: Forgery) -> None:
    forgery.files["names.json"] = canonical({"creditors": {"A": "ООО «B»", "B": "ООО «A»", "C": "x"}})


def stripped(forgery: Forgery) -> None:
    for event in forgery.events:
        event["private"] = event["private"] and None


def all_hidden(forgery: Forgery) -> None:
    for event in forgery.events:
        salted = [bytes.fromhex(part["salt"]) + part["text"].encode() for part in event["private"]]
        event["private"] = [{"sha256": sha256(part)} for part in salted]


def unsealed(forgery: Forgery) -> None:
    forgery.body(24)["seal_public_key"] = forgery.body(30)["seal_secret"] = None
    for was in (25, 26, 27):
        forgery.files.pop(f"ballots/{was}.sealed")


def without_reason(forgery: Forgery) -> None:
    forgery.at(16).update(private=[], private_hash=None)


def two_readings(forgery: Forgery) -> None:
    forgery.at(23)["raw"] = '{"adopted":false,' + canonical(forgery.body(23)).decode()[1:]


def not_a_number(forgery: Forgery) -> None:
    forgery.at(11)["raw"] = canonical(forgery.body(11)).decode().replace("true", "NaN")


def answers(change: Callable[[list[Any]], Any]) -> Forge:
    def forge(forgery: Forgery) -> None:
        lines = [json.loads(line) for line in forgery.files["answers.jsonl"].splitlines()]
        change(lines)
        forgery.files["answers.jsonl"] = b"".join(canonical(line) + b"\n" for line in lines)

    return forge


FORGERIES: dict[str, tuple[Forge, str]] = {
    "a ballot is called unsigned": (
        counting(1, lambda c: c["ballots"][1].update(signed=False)),
        "count_flags",
    ),
    "a ballot is called corrected": (
        counting(2, lambda c: c["ballots"][1].update(corrected=True)),
        "count_flags",
    ),
    "another rule": (
        counting(2, lambda c: c["question"].update(rule="threshold", threshold="1/10", base="present")),
        "count_context",
    ),
    "another procedure": (counting(1, lambda c: c.update(procedure="observation")), "count_context"),
    "a repeated meeting": (counting(1, lambda c: c.update(repeated=True)), "count_context"),
    "another form": (counting(1, lambda c: c.update(form="absentee")), "count_context"),
    "another deadline": (counting(2, lambda c: c.update(deadline=1)), "count_context"),
    "another register": (lambda f: f.body(13).update(register_sha256="00" * 32), "register_other"),
    "other votes": (lambda f: f.body(12).update(weights={"A": "1", "Z": "9"}), "electorate_differs"),
    "another electorate": (lambda f: f.body(13).update(electorate_sha256="00" * 32), "electorate_differs"),
    "other votes in a ballot": (lambda f: f.ballot(14, weight_kopecks="7"), "ballot_of_another"),
    "a ballot of another meeting": (lambda f: f.ballot(14, meeting="x"), "ballot_of_another"),
    "more in a ballot": (lambda f: f.ballot(14, more="x"), "ballot_of_another"),
    "a nonce of another ballot": (
        lambda f: f.ballot(14, nonce=json.loads(f.files["ballots/17.json"])["nonce"]),
        "ballot_copied",
    ),
    "a ballot under another's receipt": (lambda f: f.body(26).update(more=1), "ballots_apart"),
    "an annulled ballot replayed": (replayed, "ballot_copied"),
    "an annulment after the closing": (
        lambda f: f.add(
            21, "ballot_annulled", {"ballot_pos": 17, "creditor": "B", "voting": 1}, actor="p_org"
        ),
        "voting_not_open",
    ),
    "an annulment of something else": (lambda f: f.body(16).update(ballot_pos=3), "annulled_other"),
    "an annulment without reason": (without_reason, "private_missing"),
    "a vote after the closing": (lambda f: f.events.insert(27, f.events.pop(26)), "voting_not_open"),
    "a late vote": (late, "ballot_late"),
    "a vote before the opening": (of_yesterday, "ballot_early"),
    "a count of no voting": (lambda f: f.files.update({"counts/99.json": b"{}"}), "file_stray"),
    "a signature that nobody looks at": (
        lambda f: f.files.update({"minutes.pdf.9.sig": b""}),
        "file_stray",
    ),
    "a paper read otherwise": (
        lambda f: [f.body(was).update(mark={"choices": ["against"]}) for was in (20, 21)],
        "paper_differs",
    ),
    "a paper that nobody read": (lambda f: f.drop(20, 21), "paper_unread"),
    "a paper read by one": (lambda f: f.drop(20), "reading_wrong"),
    "a paper over a standing ballot": (over_a_standing_ballot, "ballot_second"),
    "a second ballot": (lambda f: f.add(17, "ballot_cast", dict(f.body(14)), 4, "p_A"), "ballot_second"),
    "a voting opened again": (lambda f: f.add(17, "voting_opened", dict(f.body(13)), 2), "voting_number"),
    "a voting counted again": (lambda f: f.add(23, "voting_counted", dict(f.body(23)), 2), "counted_again"),
    "a voting cancelled after its count": (
        lambda f: f.add(23, "voting_cancelled", {"voting": 1, "cause": "organizer"}),
        "cancelled_late",
    ),
    "a meeting founded again": (lambda f: f.add(11, "meeting_founded", dict(f.body(1)), 2), "founded_again"),
    "a question added again": (lambda f: f.add(23, "question_added", dict(f.body(4))), "question_again"),
    "a rule that is not the law's": (lambda f: f.body(4).update(rule="majority_register"), "rule_not_of_law"),
    "another wording": (
        lambda f: f.tell(4, '{"options":[],"title":"Вопрос q1","wording":"Другое решение"}'),
        "wording_differs",
    ),
    "somebody who never registered": (lambda f: f.drop(8), "electorate_differs"),
    "somebody left out of the journal": (not_present, "attendance_differs"),
    "a vote of a stranger": (of_a_stranger, "actor_without_right"),
    "time that falls": (time_backwards, "time_falls"),
    "another end of voting": (lambda f: f.body(19).update(admit_until=f.at(19)["at"]), "deadline_differs"),
    "another meeting": (lambda f: f.manifest.update(meeting="x"), "meeting_other"),
    "a third edition": (lambda f: f.manifest.update(edition="copy"), "edition_unknown"),
    "other names": (other_names, "names_differ"),
    "no minutes": (lambda f: f.files.pop("minutes.html"), "required_missing"),
    "no answers": (lambda f: f.files.pop("answers.jsonl"), "required_missing"),
    "texts destroyed without an act": (stripped, "redacted_without_act"),
    "texts hidden in the full edition": (all_hidden, "private_hidden"),
    "a closed voting without a seal": (unsealed, "seal_key_absent"),
    "ballots of an older form": (lambda f: f.at(26).update(version=2), "version_falls"),
    "another key of the seal": (lambda f: f.body(24).update(seal_public_key="ab" * 32), "seal_key_other"),
    "another denominator": (lambda f: f.body(23).update(denominator_kopecks="1"), "result_differs"),
    "another quorum of the meeting": (lambda f: f.body(11).update(present_kopecks="9"), "roll_differs"),
    "a ground that is none": (
        lambda f: f.body(22)["choices"]["B"].update(ground="unsigned"),
        "grounds_differ",
    ),
    "history restored in one lineage": (
        lambda f: f.add(18, "history_restored", {"old_epoch": "00", "pos": 3, "old_mark": "00"}),
        "epoch_broken",
    ),
    "a voting never counted": (lambda f: f.drop(29, 30), "voting_left"),
    "a voting never closed": (lambda f: f.drop(28), "counted_early"),
    "a body with a key twice": (two_readings, "event_unreadable"),
    "a body with NaN": (not_a_number, "event_unreadable"),
    "answers to somebody else": (answers(lambda lines: lines[9].update(actor="p_B")), "answer_missing"),
    "answers left out": (answers(lambda lines: lines.__delitem__(slice(5, None))), "answer_missing"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_of_meaning_is_named(name: str, full: Files) -> None:
    forge, code = FORGERIES[name]
    forgery = Forgery(full)
    forge(forgery)
    findings = check(archive_of(forgery.sealed())).findings

    codes = {fault.code for fault in findings.faults}
    assert code in codes
    if code != "event_unreadable":  # a line that is left out is missed by the chain too
        assert not {"chain_broken", "head_differs", "seal_bad"} & codes


def test_an_archive_linked_anew_without_a_change_is_without_fault(full: Files, participants: Files) -> None:
    for files in (full, participants):
        assert check(archive_of(Forgery(files).sealed())).findings.faults == []


def test_the_participants_edition_holds_no_file_of_the_full_one(full: Files, participants: Files) -> None:
    forgery = Forgery(participants)
    only = full.keys() - participants.keys()
    forgery.files |= {path: full[path] for path in only}
    found = check(archive_of(forgery.sealed())).findings.faults

    assert {fault.place for fault in found if fault.code == "file_stray"} == only


def test_readings_of_an_open_paper_may_not_be_hidden(participants: Files) -> None:
    forgery = Forgery(participants)
    for was in (20, 21):
        forgery.at(was).update(body_sha256=sha256(canonical(forgery.body(was))), body=None)
    codes = {fault.code for fault in check(archive_of(forgery.sealed())).findings.faults}

    assert {"paper_unread", "body_hidden"} <= codes


def test_a_meeting_that_asks_for_no_signatures_is_told_loudly(full: Files) -> None:
    forgery = Forgery(full)
    forgery.body(1)["signature_policy"] = "off"
    notes = {note.code for note in check(archive_of(forgery.sealed())).findings.notes}

    assert "unsigned" in notes


def test_what_a_court_asks_for_is_noted(full: Files) -> None:
    forgery = Forgery(full)
    forgery.add(18, "receipt_without_record", {"person": "p_A", "epoch": "00", "pos": 3, "hash": "0"})
    missed = {"voting": 1, "creditors": ["A"], "person": "p_A", "received_at": 1}
    forgery.add(18, "ballot_missed", missed)
    forgery.body(19).update(undrained=7, workers_lost=2)
    notes = {note.code for note in check(archive_of(forgery.sealed())).findings.notes}

    assert {"receipt_without_record", "ballot_missed", "closing_uncertain", "ballot_annulled"} <= notes
