"""`kvorum`: everything an operator, a developer and a curious person starts from a terminal."""

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Annotated, TypedDict

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.progress import Progress

from app import texts
from app.accounts.model import Contact, Link, Seat
from app.bootstrap import opened_services
from app.endings import sentence
from app.kernel.engine import sqlite_file
from app.kernel.errors import NotFound
from app.kernel.ids import new_id
from app.kernel.log.verify import topic_names, verify_topic
from app.kernel.logging import configure_logging
from app.kernel.settings import PREFIX, Settings
from app.main import serve as serve_forever
from app.meetings.archive import Edition
from app.meetings.legal import general_weights
from app.meetings.new_meeting import RegisterFiles
from app.meetings.refusals import ArchiveNotReady
from app.meetings.texts.refusals import refusal_text
from app.migrations import migrate_url
from app.openapi import document
from app.serving import can_serve_many, serve_many
from app.signatures.carrier_commands import carrier
from app.signatures.commands import verify
from app.signatures.texts import VERIFY
from app.signatures.trust_commands import trust

ROOT = Path(__file__).resolve().parents[1]
VAR = ROOT / "var"
EXAMPLES = ROOT / "examples"
STARTUP_S = 120
LONGEST_NAME = 200

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=texts.HELP)
console = Console()

cli.command(help=VERIFY)(verify)
cli.add_typer(trust, name="trust")
cli.add_typer(carrier, name="carrier")


class LinkRow(TypedDict):
    """A line of the list of links, as `python -m load` reads it."""

    url: str
    token: str
    role: str
    name: str
    creditors: list[str]


@dataclass(frozen=True, slots=True)
class Founded:
    """A meeting with its links, the greatest claims first: few simulated participants make a quorum."""

    meeting: str
    links: tuple[LinkRow, ...]

    def url_of(self, role: str) -> str:
        return next(link["url"] for link in self.links if link["role"] == role)

    @property
    def participants(self) -> list[LinkRow]:
        return [link for link in self.links if link["role"] == "participant"]


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
        console.print(f"{PREFIX}{name.upper()}={value}", markup=False, highlight=False, soft_wrap=True)


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
    console.print(texts.PRACTITIONER_LINK.format(url=url), markup=False, highlight=False, soft_wrap=True)


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


def with_a_database(settings: Settings) -> Settings:
    """Who only reads makes no new database out of a mistyped path."""
    file = sqlite_file(settings.database_url.get_secret_value())
    if file is not None and not file.exists():
        sys.exit(texts.NO_DATABASE.format(path=file))
    return settings


# --- what they are made of -------------------------------------------------------------------------------------


def embedded(folder: Path, port: int, *, signed: bool = False, countdown_s: int = 180) -> Settings:
    """SQLite, the bus in the process, keys beside the database's folder; ballots signed by the demonstration CA or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    return Settings(
        environment="embedded",
        database_url=SecretStr(f"sqlite:///{folder / 'kvorum.db'}"),
        keys_dir=folder / "keys",
        public_url=f"http://127.0.0.1:{port}",
        host="127.0.0.1",
        port=port,
        redis_url=None,
        signature_policy="qualified" if signed else "off",
        demo_ca=signed,
        signed_countdown_s=countdown_s,
        sms_file=folder / "sms.jsonl",
    )


@dataclass(frozen=True, slots=True)
class Files:
    register: bytes
    contacts: bytes | None
    agenda: bytes


def example_files() -> Files:
    read = {
        name: (EXAMPLES / name).read_bytes() for name in ("register-300.xlsx", "contacts.xlsx", "agenda.yaml")
    }
    return Files(read["register-300.xlsx"], read["contacts.xlsx"], read["agenda.yaml"])


def generated_files(creditors: int) -> Files:
    """A register of any size, each creditor for himself, with the agenda of the examples."""
    lines = [
        texts.REGISTER_HEADINGS,
        *(
            f"{texts.CREDITOR.format(n=n)};;{n * 1000 + n % 97},{n % 100:02d}"
            for n in range(1, creditors + 1)
        ),
    ]
    return Files("\n".join(lines).encode(), None, example_files().agenda)


async def founded_meeting(settings: Settings, files: Files) -> Founded:
    """A convened meeting that may begin now, founded from files as a practitioner would."""
    async with opened_services(settings) as services:
        person = new_id("p")
        await services.accounts.practitioner_link(person, texts.DEMO_PRACTITIONER)
        seat = Seat("", person, None, "practitioner", Contact(texts.DEMO_PRACTITIONER))
        register = RegisterFiles(files.register, files.contacts)
        meeting = await services.new_meetings.create(seat, register, files.agenda, services.clock())
        state = (await services.meetings.source(meeting)).meeting
        links = await services.accounts.links(meeting)
    weights = general_weights(state)
    rows = [link_row(link, state.persons[link.seat.person].creditors) for link in links]
    rows.sort(key=lambda row: sum(weights.get(creditor, 0) for creditor in row["creditors"]), reverse=True)
    return Founded(meeting, tuple(rows))


def link_row(link: Link, creditors: tuple[str, ...]) -> LinkRow:
    return {
        "url": link.url,
        "token": link.url.partition("#")[2],
        "role": link.seat.role,
        "name": link.seat.contact.name,
        "creditors": list(creditors),
    }


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


def say(line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


async def practitioner_link(settings: Settings, name: str) -> str:
    async with opened_services(settings) as services:
        return await services.accounts.practitioner_link(new_id("p"), name)


@contextmanager
def serving(settings: Settings) -> Iterator[int]:
    """A server process of our own, ready when the block begins and ended by its pid, which is given."""
    given = settings.model_dump(
        exclude_none=True,
        include={
            "environment",
            "keys_dir",
            "public_url",
            "host",
            "port",
            "signature_policy",
            "demo_ca",
            "signed_countdown_s",
            "sms_file",
        },
    )
    env = {**os.environ, **{f"{PREFIX}{name.upper()}": str(value) for name, value in given.items()}}
    env[f"{PREFIX}DATABASE_URL"] = settings.database_url.get_secret_value()
    env.setdefault(f"{PREFIX}LOG_LEVEL", "warning")
    process = subprocess.Popen([sys.executable, "-m", "app.cli", "serve"], env=env, start_new_session=True)
    try:
        wait_until_ready(settings.public_url, process)
        yield process.pid
    finally:
        end(process)


@contextmanager
def crowd(settings: Settings, founded: Founded, folder: Path, count: int) -> Iterator[None]:
    """Bots who follow the organizer at human pace. The first two participants stay free for whoever tries the demo."""
    if count == 0:
        yield
        return
    mine = {one_creditor(founded)["token"], several_creditors(founded)["token"]}
    others = tuple(link for link in founded.links if link["token"] not in mine)
    links = written_links(replace(founded, links=others), folder)
    command = [sys.executable, "-m", "load", "--follow", "--url", settings.public_url, "--links", str(links)]
    with (folder / "crowd.log").open("w") as output:
        process = subprocess.Popen(
            [*command, "--participants", str(count)], stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield
        finally:
            end(process)


def run_bots(url: str, links: Path, options: list[str]) -> int:
    return subprocess.run(
        [sys.executable, "-m", "load", "--url", url, "--links", str(links), *options]
    ).returncode


def written_links(founded: Founded, folder: Path) -> Path:
    """The links as the harness reads them; they are secrets, so nobody else may read the file."""
    path = folder / "links.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(founded.links, ensure_ascii=False), "utf-8")
    return path


def say_links(settings: Settings, founded: Founded) -> None:
    console.print(texts.DEMO_READY.format(url=settings.public_url), highlight=False)
    rows = (
        (texts.LINK_ORGANIZER, founded.url_of("organizer")),
        (
            texts.LINK_PARTICIPANT.format(name=one_creditor(founded)["name"]),
            one_creditor(founded)["url"],
        ),
        (
            texts.LINK_REPRESENTATIVE.format(count=len(several_creditors(founded)["creditors"])),
            several_creditors(founded)["url"],
        ),
        (texts.LINK_DESK, founded.url_of("registrar")),
        (texts.LINK_SCREEN, founded.url_of("screen")),
    )
    for label, url in rows:
        console.print(f"  {label:<34} {url}", highlight=False, soft_wrap=True, markup=False)
    console.print(texts.DEMO_HINT, highlight=False)


def one_creditor(founded: Founded) -> LinkRow:
    return next(link for link in founded.participants if len(link["creditors"]) == 1)


def several_creditors(founded: Founded) -> LinkRow:
    return max(founded.participants, key=lambda link: len(link["creditors"]))


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + STARTUP_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(texts.SERVER_ENDED.format(code=process.returncode))
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):  # noqa: S310 - our own server on loopback
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    sys.exit(texts.SERVER_SILENT.format(seconds=STARTUP_S))


def end_politely(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """Below the ports that the system lends to outgoing connections: nobody gets it before the server listens."""
    for port in random.sample(range(10_000, 32_000), 100):
        if is_free(port):
            return port
    sys.exit(texts.NO_FREE_PORT)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


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
