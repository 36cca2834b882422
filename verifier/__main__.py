"""python -m verifier ARCHIVE.zip [--trust FOLDER] [--server-key HEX|FILE …] [--head MARK] [--receipt FILE …] [--report FILE.csv|json] [--json]

Exit status: 0 nothing is wrong; 1 faults were found; 2 the file or the call is wrong;
3 no faults, but this machine cannot check all signatures (GOST).
"""

import argparse
import io
import sys
from itertools import chain
from pathlib import Path

from verifier import texts
from verifier.archive import Archive, NotAnArchive, read
from verifier.check import Checked, check
from verifier.libcrypto import LibcryptoMissing, libcrypto
from verifier.listing import written
from verifier.receipts import ServerKeys, server_keys, why_not
from verifier.report import as_json, as_text, covered
from verifier.strict_json import loads

GOOD, FAULTY, WRONG, BEYOND = 0, 1, 2, 3
MOST_RECEIPT_BYTES = 65_536
TOLD_EVERY = 500
SPACES = {0xA0: " ", 0x202F: " "}


def main(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    asked = _parser().parse_args(arguments)
    try:
        libcrypto()
        archive = read(asked.archive)
    except NotAnArchive as reason:
        print(printable(texts.NOT_AN_ARCHIVE.format(path=asked.archive, reason=reason)), file=sys.stderr)
        return WRONG
    except LibcryptoMissing as names:
        print(texts.NO_LIBCRYPTO.format(names=names), file=sys.stderr)
        return WRONG
    try:
        keys = server_keys(asked.server_key)
    except (OSError, ValueError) as error:
        print(texts.BAD_KEY.format(reason=error), file=sys.stderr)
        return WRONG
    try:
        checked = check(archive, asked.trust, keys, asked.head, told)
    except (OSError, ValueError) as error:  # of the archive nothing is raised
        why = texts.trust_fault(error)
        print(printable(texts.BAD_TRUST.format(path=asked.trust, reason=why)), file=sys.stderr)
        return WRONG
    receipts = [_receipt(archive, checked, path, keys) for path in asked.receipt]
    if asked.report is not None:
        try:
            written(asked.report, checked)
        except OSError as error:
            print(texts.BAD_REPORT.format(path=asked.report, reason=error), file=sys.stderr)
            return WRONG
    unasked = [name for name in texts.UNASKED if not getattr(asked, name)]
    if asked.json:
        lines = as_json(archive, checked, receipts, unasked)
    else:
        lines = chain(as_text(archive, checked, unasked), (line for line, _ in receipts))
    for line in lines:
        print(printable(line))
    if checked.findings.faults or not all(good for _, good in receipts):
        return FAULTY
    return BEYOND if any(each.is_beyond for each in checked.findings.found) else GOOD


def told(done: int, number: int) -> None:
    """Long work says how far it is."""
    if done and done % TOLD_EVERY == 0:
        print(texts.PROGRESS.format(done=done, all=number), file=sys.stderr)


def printable(line: str) -> str:
    """What an archive says shall not move a cursor, start a line or hide one; line breaks of JSON stay.

    A space that does not break a line (sums have it) is a space here.
    """
    return "".join(
        char if char.isprintable() or (char == "\n" and line[:1] == "{") else repr(char)[1:-1]
        for char in line.translate(SPACES)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m verifier",
        usage=texts.USAGE,
        description=texts.ABOUT,
        epilog=texts.EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    given = parser.add_argument_group(texts.OPTIONS)
    given.add_argument("-h", "--help", action="help", help=texts.HELP["help"])
    given.add_argument("archive", type=Path, metavar=texts.ARCHIVE, help=texts.HELP["archive"])
    given.add_argument("--trust", type=Path, metavar=texts.FOLDER, help=texts.HELP["trust"])
    given.add_argument(
        "--server-key", action="append", default=[], metavar=texts.KEY, help=texts.HELP["server_key"]
    )
    given.add_argument("--head", default="", metavar=texts.MARK, help=texts.HELP["head"])
    given.add_argument(
        "--receipt", type=Path, action="append", default=[], metavar=texts.FILE, help=texts.HELP["receipt"]
    )
    given.add_argument("--report", type=Path, metavar=texts.FILE, help=texts.HELP["report"])
    given.add_argument("--json", action="store_true", help=texts.HELP["json"])
    return parser


def _receipt(archive: Archive, checked: Checked, path: Path, keys: ServerKeys) -> tuple[str, bool]:
    hashes = {event.pos: (event.epoch, event.hash) for event in checked.events}
    try:
        with path.open("rb") as file:
            receipt = loads(file.read(MOST_RECEIPT_BYTES))
        why = why_not(archive, hashes, receipt, keys)
    except (OSError, ValueError, TypeError) as error:
        return texts.RECEIPT_BAD.format(why=str(error)), False
    if why is None:
        return texts.RECEIPT_GOOD.format(what=" ".join(covered(checked, receipt["pos"]))), True
    return texts.RECEIPT_BAD.format(why=texts.RECEIPTS[why]), False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
