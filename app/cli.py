"""`kvorum`: everything an operator, a developer and a curious person starts from a terminal."""

import asyncio
import json
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from app import texts
from app.bootstrap import opened_services
from app.demo import (
    Founded,
    crowd,
    example_files,
    founded_meeting,
    generated_files,
    run_bots,
    written_links,
)
from app.embedded import embedded, free_port, is_free, serving
from app.endings import sentence
from app.kernel.engine import sqlite_file
from app.kernel.errors import NotFound
from app.kernel.ids import new_id
from app.kernel.log.verify import topic_names, verify_topic
from app.kernel.logging import configure_logging
from app.kernel.settings import PREFIX, Settings
from app.main import serve as serve_forever
from app.meetings.archive import Edition
from app.meetings.refusals import ArchiveNotReady
from app.meetings.texts.refusals import refusal_text
from app.migrations import migrate_url
from app.openapi import document
from app.serving import can_serve_many, serve_many
from app.signatures.carrier_commands import carrier
from app.signatures.commands import verify
from app.signatures.texts import VERIFY
from app.signatures.trust_commands import trust

VAR = Path(__file__).resolve().parents[1] / "var"
LONGEST_NAME = 200

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=texts.HELP)
console = Console()

cli.command(help=VERIFY)(verify)
cli.add_typer(trust, name="trust")
cli.add_typer(carrier, name="carrier")


@cli.command(help=texts.SERVE)
def serve(workers: Annotated[int, typer.Option(min=1, max=64, help=texts.WORKERS)] = 1) -> None:
    """Serve; settings come from KVORUM_* (see `kvorum config`)."""
    settings = Settings()
    if workers == 1:
        serve_forever(settings)
    elif not can_serve_many(settings):
        sys.exit(texts.WORKERS_NEED.format(workers=workers))
    else:
        serve_many(settings, workers)


@cli.command(help=texts.MIGRATE)
def migrate() -> None:
    """Bring the database to this release's tables."""
    asyncio.run(migrate_url(Settings().database_url.get_secret_value()))
    console.print(texts.MIGRATED)


@cli.command(help=texts.CONFIG)
def config() -> None:
    """Print the settings in force, secrets masked."""
    for name, value in Settings().shown().items():
        say(f"{PREFIX}{name.upper()}={value}")


@cli.command(help=texts.OPENAPI)
def openapi(
    out: Annotated[Path | None, typer.Option(help=texts.OPENAPI_OUT)] = None,
) -> None:
    """The OpenAPI document of the JSON API with the frames, views and commands of the live engine."""
    text = json.dumps(document(), ensure_ascii=False, indent=2)
    if out is None:
        print(text)
    else:
        out.write_text(text + "\n", "utf-8")


@cli.command(help=texts.CHECK_LOG)
def check_log() -> None:
    """Check every event, text, ballot and receipt of the log; exit code 1 if any is not what was written."""
    raise typer.Exit(asyncio.run(checked_log(with_a_database(Settings()))))


@cli.command(help=texts.EXPORT)
def export(
    meeting: Annotated[str, typer.Argument(help=texts.EXPORT_MEETING)],
    edition: Annotated[Edition, typer.Option(help=texts.EXPORT_EDITION)] = "full",
    out: Annotated[Path | None, typer.Option(help=texts.EXPORT_OUT)] = None,
) -> None:
    """The archive of a meeting that is over, for `python -m verifier`."""
    path = out or Path(f"archive-{meeting}-{edition}.zip")
    asyncio.run(exported(with_a_database(Settings()), meeting, edition, path))
    say(texts.EXPORTED.format(path=path))


@cli.command(help=texts.BALLOTS)
def ballots(
    meeting: Annotated[str, typer.Argument(help=texts.EXPORT_MEETING)],
    voting: Annotated[int, typer.Argument(min=1, help=texts.BALLOTS_VOTING)],
    out: Annotated[Path | None, typer.Option(help=texts.EXPORT_OUT)] = None,
) -> None:
    """Printed copies of every electronic ballot of a counted voting, for the annex to the minutes."""
    path = out or Path(f"ballots-{meeting}-{voting}.zip")
    count = asyncio.run(printed_ballots(with_a_database(Settings()), meeting, voting, path))
    say(texts.BALLOTS_PRINTED.format(count=count, path=path))


@cli.command(help=texts.INIT)
def init(name: Annotated[str, typer.Option(help=texts.INIT_NAME)]) -> None:
    """Print the access link of a practitioner, who may found meetings from files."""
    given = " ".join(name.split())
    if not 0 < len(given) <= LONGEST_NAME:
        sys.exit(texts.INIT_BAD_NAME.format(most=LONGEST_NAME))
    url = asyncio.run(practitioner_link(Settings(), given))
    say(texts.PRACTITIONER_LINK.format(url=url))


@cli.command(help=texts.DEMO)
def demo(
    participants: Annotated[int, typer.Option(min=1, max=300, help=texts.DEMO_PARTICIPANTS)] = 40,
    port: Annotated[int, typer.Option(min=1024, max=65535, help=texts.DEMO_PORT)] = 8000,
    bots: Annotated[bool, typer.Option(help=texts.DEMO_BOTS)] = True,
) -> None:
    """A live meeting on SQLite with simulated participants; prints links to join it."""
    if not is_free(port):
        sys.exit(texts.PORT_TAKEN.format(port=port))
    folder = VAR / f"demo-{port}"
    shutil.rmtree(folder, ignore_errors=True)
    settings = embedded(folder, port, signed=True)
    founded = asyncio.run(founded_meeting(settings, example_files()))
    count = participants if bots else 0
    with suppress(KeyboardInterrupt), serving(settings), crowd(settings, founded, folder, count):
        say_links(settings, founded)
        signal.pause()
    console.print(texts.DEMO_OVER)


@cli.command(help=texts.LOAD)
def load(
    embedded_server: Annotated[bool, typer.Option("--embedded", help=texts.LOAD_EMBEDDED)] = False,
    url: Annotated[str | None, typer.Option(help=texts.LOAD_URL)] = None,
    links: Annotated[Path | None, typer.Option(help=texts.LOAD_LINKS)] = None,
    participants: Annotated[int, typer.Option(min=1, max=5000, help=texts.LOAD_PARTICIPANTS)] = 40,
    questions: Annotated[int, typer.Option(min=1, max=50, help=texts.LOAD_QUESTIONS)] = 4,
    ramp: Annotated[float, typer.Option(min=0, help=texts.LOAD_RAMP)] = 5.0,
    burst: Annotated[float, typer.Option(min=0, help=texts.LOAD_BURST)] = 1.0,
    storm: Annotated[bool, typer.Option(help=texts.LOAD_STORM)] = True,
    signed: Annotated[bool, typer.Option("--signed", help=texts.LOAD_SIGNED)] = False,
    fallback: Annotated[float, typer.Option(min=0, max=1, help=texts.LOAD_FALLBACK)] = 0.02,
    seed: Annotated[int, typer.Option(help=texts.LOAD_SEED)] = 0,
    server_pid: Annotated[int | None, typer.Option(help=texts.LOAD_SERVER_PID)] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help=texts.LOAD_JSON)] = None,
) -> None:
    """Play a whole meeting with simulated participants, then check that no vote was lost, doubled or skipped."""
    if embedded_server == (url is not None) or (url and not links):
        sys.exit(texts.LOAD_NEEDS)
    options = [f"--participants={participants}", f"--questions={questions}", f"--seed={seed}"]
    options += [f"--ramp={ramp}", f"--burst={burst}", f"--fallback={fallback}"]
    options += [*(["--storm"] if storm else []), *([f"--json={json_file}"] if json_file else [])]
    if url:
        measured = [f"--server-pid={server_pid}"] if server_pid else []
        raise typer.Exit(run_bots(url, Path(str(links)), [*options, *measured]))
    with tempfile.TemporaryDirectory(prefix="kvorum-load-") as name:
        folder = Path(name)
        settings = embedded(folder, free_port(), signed=signed, countdown_s=10)
        founded = asyncio.run(founded_meeting(settings, generated_files(participants)))
        with serving(settings) as pid:
            written = written_links(founded, folder)
            code = run_bots(settings.public_url, written, [*options, f"--server-pid={pid}"])
    raise typer.Exit(code)


# --- what they are made of -------------------------------------------------------------------------------------


def with_a_database(settings: Settings) -> Settings:
    """Who only reads makes no new database out of a mistyped path."""
    file = sqlite_file(settings.database_url.get_secret_value())
    if file is not None and not file.exists():
        sys.exit(texts.NO_DATABASE.format(path=file))
    return settings


async def checked_log(settings: Settings) -> int:
    """Tell of every topic; 1 if there is a fault. SQLite must not be open in a server at the same time."""
    total = 0
    async with opened_services(settings) as services:
        for name in await topic_names(services.database):
            report = await verify_topic(services.database, services.keys, name)
            total += len(report.faults)
            say(texts.LOG_TOPIC.format(name=name, faults=len(report.faults), redacted=len(report.redacted)))
            for fault in report.faults:
                say(texts.LOG_FAULT.format(pos=fault.pos, what=texts.LOG_FAULTS[fault.what]))
    say(texts.LOG_BROKEN if total else texts.LOG_WHOLE)
    return 1 if total else 0


async def exported(settings: Settings, meeting: str, edition: Edition, path: Path) -> None:
    """SQLite must not be open in a server at the same time."""
    async with opened_services(settings) as services:
        try:
            await services.meetings.pack(meeting, edition, path)
        except NotFound:
            sys.exit(texts.NO_MEETING.format(meeting=meeting))
        except ArchiveNotReady as refused:
            sys.exit(refusal_text(refused.code))


async def printed_ballots(settings: Settings, meeting: str, voting: int, path: Path) -> int:
    """SQLite must not be open in a server at the same time."""
    async with opened_services(settings) as services:
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task(texts.BALLOTS_PRINTING, total=None)
            try:
                return await services.documents.print_ballots(
                    meeting,
                    voting,
                    path,
                    lambda done, total: progress.update(task, completed=done, total=total),
                )
            except NotFound:
                sys.exit(texts.NO_MEETING.format(meeting=meeting))


async def practitioner_link(settings: Settings, name: str) -> str:
    async with opened_services(settings) as services:
        return await services.accounts.practitioner_link(new_id("p"), name)


def say_links(settings: Settings, founded: Founded) -> None:
    console.print(texts.DEMO_READY.format(url=settings.public_url), highlight=False)
    one, several = founded.one_creditor, founded.several_creditors
    rows = (
        (texts.LINK_ORGANIZER, founded.url_of("organizer")),
        (texts.LINK_PARTICIPANT.format(name=one["name"]), one["url"]),
        (texts.LINK_REPRESENTATIVE.format(count=len(several["creditors"])), several["url"]),
        (texts.LINK_DESK, founded.url_of("registrar")),
        (texts.LINK_SCREEN, founded.url_of("screen")),
    )
    for label, url in rows:
        say(f"  {label:<34} {url}")
    console.print(texts.DEMO_HINT, highlight=False)


def say(line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def end_politely(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    # not the default of structlog, which shows values of variables in tracebacks
    configure_logging("console", "warning")
    signal.signal(signal.SIGTERM, end_politely)
    try:
        cli()
    except Exception as error:  # the edge
        if (said := sentence(error)) is None:
            raise
        sys.exit(said)


if __name__ == "__main__":
    main()
