"""`python -m load`: play a meeting on a running server; exit code 1 if a vote was lost, doubled or anything else is wrong."""

import argparse
import asyncio
import faulthandler
import json
import sys
from contextlib import nullcontext
from pathlib import Path

from rich.console import Console

from load import texts
from load.door import Link, read_links
from load.human import Pace, in_bursts
from load.machine import SPARE_FILES, allowed_files
from load.report import Lines, Progress, Report, Terminal
from load.scenario import run
from load.watch import heartbeat

FROZEN_S = 120.0


def main() -> int:
    asked = _arguments()
    try:
        links = read_links(asked.links)
    except (OSError, ValueError, KeyError, TypeError) as fault:
        return _usage(texts.BAD_LINKS.format(fault=fault))
    problem = _why_not(asked, links)
    if problem is not None:
        return _usage(problem)
    report = _play(asked, links)
    report.show(Console())
    if asked.json is not None:
        asked.json.write_text(json.dumps(report.to_json(), ensure_ascii=False, indent=2) + "\n", "utf-8")
    return 1 if report.failed else 0


def _why_not(asked: argparse.Namespace, links: tuple[Link, ...]) -> str | None:
    crowd = [link for link in links if link.role == "participant"][: asked.participants]
    if not crowd:
        return texts.NO_PARTICIPANTS
    if not asked.follow and all(link.role != "organizer" for link in links):
        return texts.NO_ORGANIZER
    wanted, allowed = len(crowd) + SPARE_FILES, allowed_files()
    if wanted > allowed:
        return texts.TOO_FEW_FILES.format(wanted=wanted, allowed=allowed)
    return None


def _play(asked: argparse.Namespace, links: tuple[Link, ...]) -> Report:
    console = Console(stderr=True)
    with Terminal(console) if console.is_terminal else nullcontext(Lines(console)) as progress:
        try:
            with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                return runner.run(_watched(asked, links, progress))
        finally:
            faulthandler.cancel_dump_traceback_later()


def _loop_factory() -> "type[asyncio.AbstractEventLoop] | None":
    """The faster loop where it is installed: the crowd shares the processors with the server."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.Loop


async def _watched(asked: argparse.Namespace, links: tuple[Link, ...], progress: Progress) -> Report:
    beating = asyncio.create_task(heartbeat(FROZEN_S))
    try:
        return await run(
            asked.url,
            links,
            asked.participants,
            asked.questions,
            asked.seed,
            follow=asked.follow,
            countdown_s=asked.countdown,
            pace=_pace(asked),
            fallback=asked.fallback,
            storm=asked.storm,
            server_pid=asked.server_pid,
            progress=progress,
        )
    finally:
        beating.cancel()


def _pace(asked: argparse.Namespace) -> Pace | None:
    """None: the usual pace, of a human organizer or of a bot."""
    return None if asked.burst is None else in_bursts(asked.ramp, asked.burst)


def _usage(problem: str) -> int:
    print(problem, file=sys.stderr)
    return 2


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m load", description=__doc__)
    parser.add_argument("--url", required=True, help="where the server is, e.g. http://127.0.0.1:8000")
    parser.add_argument(
        "--links", required=True, type=Path, help="JSON list of {token, role, name, creditors}"
    )
    parser.add_argument("--participants", type=int, help="only the first N participants of the file")
    parser.add_argument("--questions", type=int, help="at most so many votings")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--countdown", type=int, default=10, help="seconds of a voting, from 10")
    parser.add_argument(
        "--ramp", type=float, default=3.0, help="everybody comes within so many seconds; needs --burst"
    )
    parser.add_argument(
        "--burst", type=float, help="all votes within so many seconds at the end of each countdown"
    )
    parser.add_argument(
        "--fallback", type=float, default=0.0, help="share of participants without websockets"
    )
    parser.add_argument("--storm", action="store_true", help="every network is lost at once in the middle")
    parser.add_argument("--server-pid", type=int, help="whose tree of processes is measured")
    parser.add_argument("--follow", action="store_true", help="a human leads; the crowd lives at human pace")
    parser.add_argument("--json", type=Path, help="where to write the report")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
