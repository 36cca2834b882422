"""`python -m load.bench fanout|votes|resume|signatures|documents|sealing|meeting|record|page`: measure the product beside peers on this machine, print ratios, leave nothing running."""

import argparse
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console

from load.bench import (
    documents,
    fanout,
    meeting,
    page,
    peers,
    resume,
    sealing,
    signatures,
    stalled,
    tables,
    turns,
    votes,
)
from load.bench.children import ChildFault, prepare
from load.bench.crowd import CrowdFault
from load.bench.machine import machine
from load.bench.product import ProductFault
from load.bench.stores import StoreMissing

WIDTH = 160
"""Of a table that goes into a file."""
console = Console(stderr=True)


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end_politely)
    asked = _arguments()
    try:
        asked.run(asked)
    except (ChildFault, CrowdFault, ProductFault, StoreMissing) as fault:
        console.print(f"not measured: {fault}", highlight=False, soft_wrap=True)
        return 1
    return 0


def _measure(asked: argparse.Namespace) -> None:
    if not getattr(
        asked, "all_cores", False
    ):  # there the client does nothing, and its children take its cores
        prepare()
    about = machine()
    result = {"benchmark": asked.benchmark, "machine": about, **asked.measure(asked)}
    screen = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    screen.print(*tables.tables(result), sep="\n")
    if asked.json is not None:
        asked.json.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _record(asked: argparse.Namespace) -> None:
    if unknown := set(asked.names) - set(page.EVERYTHING):
        raise SystemExit(f"no such record: {', '.join(sorted(unknown))}")
    failed = page.record(asked.names, _say)
    page.write()
    if failed:
        raise ChildFault(f"failed: {', '.join(failed)}; the page tells of what is there")


def _fanout(asked: argparse.Namespace) -> dict[str, Any]:
    plan = fanout.Plan(asked.n, asked.rounds, asked.events, asked.workers, tuple(asked.peers.split(",")))
    rounds = fanout.measure(plan, _say)
    found: dict[str, Any] = {"options": asdict(plan), "rounds": [asdict(each) for each in rounds]}
    if asked.stalled:
        stall = stalled.Plan(asked.n, asked.stalled, asked.rounds)
        found["stalled"] = [asdict(each) for each in stalled.measure(stall, _say)]
    return found


def _votes(asked: argparse.Namespace) -> dict[str, Any]:
    windows = tuple(float(window) for window in asked.windows.split(","))
    plan = votes.Plan(asked.n, asked.rounds, windows, tuple(asked.engines.split(",")))
    rounds = votes.measure(plan, _say)
    return {"options": asdict(plan), "rounds": [asdict(each) for each in rounds]}


def _resume(asked: argparse.Namespace) -> dict[str, Any]:
    plan = resume.Plan(asked.n, asked.rounds, asked.workers)
    rounds = resume.measure(plan, _say)
    return {"options": asdict(plan), "rounds": [asdict(each) for each in rounds]}


def _documents(asked: argparse.Namespace) -> dict[str, Any]:
    plan = turns.Plan(asked.n, asked.rounds)
    rounds = documents.measure(plan, _say)
    return {"options": asdict(plan), "rounds": [asdict(each) for each in rounds]}


def _sealing(asked: argparse.Namespace) -> dict[str, Any]:
    plan = turns.Plan(asked.n, asked.rounds)
    rounds = sealing.measure(plan, _say)
    return {"options": asdict(plan), "rounds": [asdict(each) for each in rounds]}


def _signatures(asked: argparse.Namespace) -> dict[str, Any]:
    plan = signatures.Plan(asked.rounds, asked.seconds, tuple(asked.algorithms.split(",")))
    rounds = signatures.measure(plan, _say)
    return {"options": asdict(plan), "rounds": [asdict(each) for each in rounds]}


def _meeting(asked: argparse.Namespace) -> None:
    meeting.play(meeting.Plan(asked.participants, asked.workers, asked.burst), asked.json)


def _say(line: str) -> None:
    console.print(line, highlight=False, soft_wrap=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m load.bench", description=__doc__)
    kinds = parser.add_subparsers(dest="benchmark", required=True)
    one = kinds.add_parser("fanout", help="one change to N screens")
    one.add_argument("--n", type=int, default=1000, help="listeners")
    one.add_argument("--rounds", type=int, default=5)
    one.add_argument("--events", type=int, default=40, help="in a round")
    one.add_argument("--workers", type=int, default=1, help="from 2: also on PostgreSQL and Redis")
    one.add_argument("--peers", default=",".join(peers.NEEDS), help="which, separated by commas")
    one.add_argument("--stalled", type=int, default=0, help="also with so many readers who stopped reading")
    one.set_defaults(measure=_fanout)
    two = kinds.add_parser("votes", help="a burst of votes, each with a receipt")
    two.add_argument("--n", type=int, default=1000, help="voters")
    two.add_argument("--rounds", type=int, default=5)
    two.add_argument("--windows", default="1,0.1", help="seconds in which all of them vote")
    two.add_argument("--engines", default="sqlite,postgresql")
    two.set_defaults(measure=_votes)
    three = kinds.add_parser("resume", help="everybody comes at once")
    three.add_argument("--n", type=int, default=1000, help="clients")
    three.add_argument("--rounds", type=int, default=3)
    three.add_argument("--workers", type=int, default=1, help="from 2: also on PostgreSQL and Redis")
    three.set_defaults(measure=_resume)
    four = kinds.add_parser("signatures", help="full verifications of signatures")
    four.add_argument("--rounds", type=int, default=5)
    four.add_argument("--seconds", type=float, default=1.0, help="of each contender in a round")
    four.add_argument("--algorithms", default=",".join(signatures.CASES), help="which, separated by commas")
    four.set_defaults(measure=_signatures)
    five = kinds.add_parser("documents", help="ballots to PDF")
    five.add_argument("--n", type=int, default=1000, help="ballots")
    five.add_argument("--rounds", type=int, default=3)
    five.set_defaults(measure=_documents, all_cores=True)
    six = kinds.add_parser("sealing", help="ballots of a closed voting locked and opened")
    six.add_argument("--n", type=int, default=2000, help="ballots")
    six.add_argument("--rounds", type=int, default=5)
    six.set_defaults(measure=_sealing)
    for kind in (one, two, three, four, five, six):
        kind.add_argument("--json", type=Path, help="where to write everything that was measured")
        kind.set_defaults(run=_measure)
    whole = kinds.add_parser("meeting", help="a whole meeting on several workers, by `python -m load`")
    whole.add_argument("--participants", type=int, default=1000)
    whole.add_argument("--workers", type=int, default=2)
    whole.add_argument("--burst", type=float, default=1.0, help="seconds in which all of them vote")
    whole.add_argument("--json", type=Path, help="where the harness writes its report")
    whole.set_defaults(run=_meeting)
    everything = kinds.add_parser(
        "record", help="measure what the page of the documentation shows (all, or only NAME…), then make it"
    )
    everything.add_argument("names", nargs="*", metavar="NAME", help="; ".join(page.EVERYTHING))
    everything.set_defaults(run=_record)
    again = kinds.add_parser("page", help="make the page from what was recorded")
    again.set_defaults(run=lambda asked: page.write())
    return parser.parse_args()


def _end_politely(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
