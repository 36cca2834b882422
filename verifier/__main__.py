"""python -m verifier ARCHIVE.zip [--trust FOLDER] [--receipt FILE …] [--json]

Exit status: 0 nothing is wrong; 1 faults were found; 2 the file or the call is wrong.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from verifier import texts
from verifier.archive import Archive, NotAnArchive, read
from verifier.check import Checked, check
from verifier.finding import Finding
from verifier.libcrypto import LibcryptoMissing, libcrypto
from verifier.meeting import Voting
from verifier.receipts import why_not

GOOD, FAULTY, WRONG = 0, 1, 2
SHOWN = 200
MOST_RECEIPT_BYTES = 65_536


def main(arguments: list[str]) -> int:
    asked = _parser().parse_args(arguments)
    try:
        libcrypto()
        archive = read(asked.archive)
    except NotAnArchive as reason:
        print(texts.NOT_AN_ARCHIVE.format(path=asked.archive, reason=reason), file=sys.stderr)
        return WRONG
    except LibcryptoMissing as names:
        print(texts.NO_LIBCRYPTO.format(names=names), file=sys.stderr)
        return WRONG
    try:
        checked = check(archive, asked.trust)
    except (OSError, ValueError) as error:  # of the archive nothing is raised
        print(texts.BAD_TRUST.format(path=asked.trust, reason=error), file=sys.stderr)
        return WRONG
    receipts = [_receipt(archive, checked, path) for path in asked.receipt]
    lines = _as_json(checked) if asked.json else _report(archive, checked)
    print("\n".join([*lines, *(line for line, _ in receipts)]))
    is_good = not checked.findings.faults and all(good for _, good in receipts)
    return GOOD if is_good else FAULTY


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m verifier", description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--trust", type=Path, help="folder with anchors.pem, intermediates.pem, crls.pem")
    parser.add_argument("--receipt", type=Path, action="append", default=[], help="a participant's receipt")
    parser.add_argument("--json", action="store_true", help="findings as JSON")
    return parser


def _report(archive: Archive, checked: Checked) -> Iterator[str]:
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
    yield texts.BAD.format(number=len(findings.faults)) if findings.faults else texts.GOOD
    yield texts.LIMITS


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


def _as_json(checked: Checked) -> Iterator[str]:
    found = [asdict(finding) for finding in checked.findings.found]
    yield json.dumps({"counts": checked.findings.counts, "findings": found}, ensure_ascii=False, indent=1)


def _receipt(archive: Archive, checked: Checked, path: Path) -> tuple[str, bool]:
    hashes = {event.pos: (event.epoch, event.hash) for event in checked.events}
    try:
        with path.open("rb") as file:
            receipt = json.loads(file.read(MOST_RECEIPT_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        return texts.RECEIPT_BAD.format(why=str(error)), False
    why = why_not(archive, hashes, receipt)
    if why is None:
        return texts.RECEIPT_GOOD.format(pos=receipt["pos"]), True
    return texts.RECEIPT_BAD.format(why=texts.RECEIPTS[why]), False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
