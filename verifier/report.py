"""The report in words, and the same as JSON."""

import hashlib
import json
import platform
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from verifier import VERSION, texts
from verifier.archive import MINUTES_PDF, Archive, Event
from verifier.chain import place
from verifier.check import Checked
from verifier.doubts import doubt_of
from verifier.finding import Finding, Findings
from verifier.libcrypto import has_gost, version
from verifier.meeting import Voting
from verifier.notes import INCIDENTS
from verifier.receipts import fingerprint
from verifier.strict_json import loads

SHOWN = 200
SECOND = 1_000_000


def as_text(archive: Archive, checked: Checked, unasked: Iterable[str] = ()) -> Iterator[str]:
    """`unasked`: keys of `texts.UNASKED`, what the reader of the report has not brought."""
    manifest, findings = archive.manifest, checked.findings
    edition = texts.EDITIONS.get(manifest["edition"], manifest["edition"])
    yield texts.HEADING.format(meeting=manifest["meeting"], edition=edition)
    yield texts.HEAD.format(at=manifest["head"].get("at"), mark=manifest["head"].get("mark"))
    yield texts.HEAD_HINT
    yield from _card(checked)
    gost = texts.WITH_GOST if has_gost() else texts.WITHOUT_GOST
    yield texts.MADE_BY.format(zip=archive.sha256, profile=_profile(checked), openssl=version(), gost=gost)
    yield texts.PROGRAM.format(version=VERSION, python=platform.python_version(), sha256=own_sha256())
    keys = ", ".join(fingerprint(str(key)) for key in manifest["receipt_keys"].values())
    yield texts.KEYS.format(keys=keys)
    yield ""
    yield from (
        f"  {findings.counts[name]:>7} {texts.counted(findings.counts[name], what)}"
        for name, what in texts.COUNTS.items()
        if name in findings.counts
    )
    yield ""
    yield from _results(checked)
    incidents = [note for note in findings.notes if note.code in INCIDENTS]
    yield from _listed(texts.INCIDENTS, incidents)
    yield from _listed(texts.NOTES, [note for note in findings.notes if note.code not in INCIDENTS])
    yield from _listed(texts.FAULTS, findings.faults)
    if findings.untold:
        yield texts.UNTOLD.format(number=findings.untold)
    yield texts.UNCHECKED
    yield from (texts.ITEM.format(what=what) for what in unchecked(archive, findings, unasked))
    yield ""
    yield _verdict(findings)


def own_sha256() -> str:
    """Of this program as it lies here, so that two experts know that they ran the same."""
    root = Path(__file__).parent.parent
    sources = sorted((*root.glob("tally/*.py"), *root.glob("verifier/*.py")))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def unchecked(archive: Archive, findings: Findings, unasked: Iterable[str]) -> Iterator[str]:
    """What this program cannot know, what this edition does not hold, what the reader has not brought."""
    yield from texts.ALWAYS_UNCHECKED
    if findings.counts.get("papers"):
        yield texts.UNCHECKED_PAPERS
    if MINUTES_PDF in archive.files:
        yield texts.UNCHECKED_PDF
    if not archive.is_full:
        yield from texts.UNCHECKED_OPEN
    yield from (texts.UNASKED[what] for what in unasked)


def _card(checked: Checked) -> Iterator[str]:
    """Debtor, case and wordings, where their private texts are shown."""
    for event in checked.events:
        shown = [
            _text(part["text"]) for part in event.private or () if isinstance(part, dict) and "text" in part
        ]
        if event.kind == "meeting_founded" and shown:
            yield texts.CARD.format(debtor=shown[0].get("debtor", ""), case=shown[0].get("case_no", ""))
        elif event.kind == "question_added" and shown:
            yield texts.QUESTION.format(number=event.said.get("number"), wording=shown[0].get("wording", ""))


def _text(text: str) -> dict[str, Any]:
    """A private text; empty if it is not what a text must be."""
    try:
        given = loads(text)
    except (ValueError, TypeError):
        return {}
    return given if isinstance(given, dict) else {}


def _profile(checked: Checked) -> str:
    """Of the law, by which results were counted."""
    votings = checked.meeting.votings.values() if checked.meeting else ()
    counted = {str(each.counted.said.get("profile_version", "")) for each in votings if each.counted}
    return ", ".join(sorted(counted))


def _verdict(findings: Findings) -> str:
    """Nothing is good without a word of warning while whose keys these are is the archive's own word."""
    if findings.faults:
        return texts.BAD.format(number=len(findings.faults))
    if beyond := sum(each.is_beyond for each in findings.found):
        return texts.BEYOND.format(number=beyond)
    own = [texts.OWN[note.code] for note in findings.notes if note.code in texts.OWN]
    if not own:
        return texts.GOOD
    names, options = zip(*own, strict=True)
    return texts.GOOD_INSIDE.format(own=" и ".join(names), options=", ".join(options))


def _results(checked: Checked) -> Iterator[str]:
    votings = checked.meeting.votings.values() if checked.meeting else ()
    for heading, recounted in ((texts.RESULTS, True), (texts.NOT_RECOUNTED, False)):
        told = [each for each in votings if each.counted and each.recounted is recounted]
        if told:
            yield heading
            yield from (
                texts.RESULT.format(voting=each.number, explanation=_explained(each)) for each in told
            )
            yield ""


def _explained(voting: Voting) -> str:
    return str(voting.counted.said.get("explanation", "")) if voting.counted else ""


def _listed(heading: str, findings: list[Finding]) -> Iterator[str]:
    if not findings:
        return
    yield heading
    for finding in findings[:SHOWN]:
        line = texts.LINE_WITH if finding.details else texts.LINE
        what = texts.FINDINGS[finding.code]
        yield line.format(place=finding.place, what=what, details=finding.details)
    if len(findings) > SHOWN:
        yield texts.MORE.format(number=len(findings) - SHOWN)
    yield ""


def as_json(
    archive: Archive, checked: Checked, receipts: Iterable[tuple[str, bool]], unasked: Iterable[str] = ()
) -> Iterator[str]:
    whole = {
        "program": {"version": VERSION, "sha256": own_sha256(), "openssl": version()},
        "unchecked": list(unchecked(archive, checked.findings, unasked)),
        "counts": checked.findings.counts,
        "findings": [asdict(finding) for finding in checked.findings.found],
        "untold": checked.findings.untold,
        "receipts": [{"said": said, "is_good": is_good} for said, is_good in receipts],
    }
    yield json.dumps(whole, ensure_ascii=False, indent=1)


def covered(checked: Checked, last: int) -> Iterator[str]:
    """The events of a receipt: one, or all ballots of a command whose last one it names."""
    by_pos = {event.pos: event for event in checked.events}
    first = last
    while (before := by_pos.get(first - 1)) and before.kind == "ballot_cast" and before.said.get("more"):
        first -= 1
    yield from (
        texts.COVERED.format(place=place(by_pos[pos]), about=_about(checked, by_pos[pos]))
        for pos in range(first, last + 1)
    )


def moment_of(micros: int) -> str:
    try:
        return datetime.fromtimestamp(micros // SECOND, UTC).strftime(texts.MOMENT)
    except (OverflowError, ValueError, OSError, TypeError):
        return str(micros)


def _about(checked: Checked, event: Event) -> str:
    """When it was, and of a ballot whose it is and what became of it."""
    moment = moment_of(event.at)
    if event.kind not in ("ballot_cast", "paper_received") or checked.meeting is None:
        return moment
    voting = checked.meeting.votings[event.said["voting"]]
    creditor = event.said["creditor"]
    state = state_of(checked, voting, event)
    return texts.OF_BALLOT.format(moment=moment, voting=voting.number, creditor=creditor, state=state)


def state_of(checked: Checked, voting: Voting, event: Event) -> str:
    standing = voting.live.get(event.said["creditor"])
    if standing is not None and standing.pos == event.pos:
        return texts.STANDS if voting.counted else texts.NOT_COUNTED
    acts = (act.pos for act in checked.events if act.pos > event.pos and fells(act, event))
    pos = next(acts, None)
    return texts.NOT_COUNTED if pos is None else texts.ANNULLED.format(pos=pos)


def fells(act: Event, ballot: Event) -> bool:
    """An annulment of it, or the rejection of its signer who has another name."""
    if act.kind == "owner_reviewed":
        is_rejection = act.said.get("accepted") is False
        return is_rejection and doubt_of(ballot) == (act.said.get("person"), act.said.get("thumbprint"))
    whose = (ballot.said["voting"], ballot.said["creditor"])
    is_annulment = act.kind == "ballot_annulled"
    return is_annulment and (act.said.get("voting"), act.said.get("creditor")) == whose
