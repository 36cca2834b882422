"""The report in words, and the same as JSON."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from verifier import texts
from verifier.archive import Archive
from verifier.check import Checked
from verifier.finding import Finding, Findings
from verifier.meeting import Voting

SHOWN = 200


def as_text(archive: Archive, checked: Checked) -> Iterator[str]:
    manifest, findings = archive.manifest, checked.findings
    edition = texts.EDITIONS.get(manifest["edition"], manifest["edition"])
    yield texts.HEADING.format(meeting=manifest["meeting"], edition=edition)
    yield texts.HEAD.format(at=manifest["head"].get("at"), mark=manifest["head"].get("mark"))
    yield texts.HEAD_HINT
    yield ""
    yield from (
        f"  {findings.counts[name]:>7} {what}"
        for name, what in texts.COUNTS.items()
        if name in findings.counts
    )
    yield ""
    yield from _results(checked)
    yield from _listed(texts.NOTES, findings.notes)
    yield from _listed(texts.FAULTS, findings.faults)
    if findings.untold:
        yield texts.UNTOLD.format(number=findings.untold)
    yield _verdict(findings)
    yield texts.LIMITS


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


def as_json(checked: Checked) -> Iterator[str]:
    found = [asdict(finding) for finding in checked.findings.found]
    yield json.dumps({"counts": checked.findings.counts, "findings": found}, ensure_ascii=False, indent=1)
