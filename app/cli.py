"""`kvorum`: everything an operator, a developer and a curious person starts from a terminal."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app import texts
from app.bootstrap import opened_services
from app.kernel.clock import system_clock
from app.kernel.migrating import migrate as migrate_database
from app.kernel.settings import Settings, printed
from app.main import serve as serve_forever
from app.meetings.draft import DraftMeeting
from app.meetings.importing.sample import sample_draft
from app.meetings.service import begins_at, shortened

VAR = Path(__file__).resolve().parents[1] / "var"
STARTUP_S = 30

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
console = Console()


@dataclass(frozen=True, slots=True)
class Founded:
    """A meeting with its links: (role, name, url, creditors)."""

    meeting: str
    links: tuple[dict[str, object], ...]

    def url_of(self, role: str) -> str:
        return str(next(link["url"] for link in self.links if link["role"] == role))

    @property
    def participants(self) -> list[dict[str, object]]:
        return [link for link in self.links if link["role"] == "participant"]


@cli.command()
def serve() -> None:
    """Serve; settings come from KVORUM_* (see `kvorum config`)."""
    serve_forever(Settings())


@cli.command()
def migrate() -> None:
    """Bring the database to this release's tables."""
    migrate_database(Settings().database_url)
    console.print(texts.MIGRATED)


@cli.command()
def config() -> None:
    """Print the settings in force, secrets masked."""
    console.print(printed(Settings()), markup=False, highlight=False)


@cli.command()
def init(name: Annotated[str, typer.Option(help="Кто созывает собрания: фамилия, имя, отчество.")]) -> None:
    """Make the keys and the database, and print the access link of a practitioner."""
    settings = Settings()
    migrate_database(settings.database_url)
    console.print(texts.PRACTITIONER_LINK.format(url=asyncio.run(practitioner_link(settings, name))))


@cli.command()
def demo(
    participants: Annotated[int, typer.Option(min=1, max=300)] = 40,
    port: Annotated[int, typer.Option(min=1024, max=65535)] = 8000,
    bots: bool = True,
) -> None:
    """A live meeting on SQLite with simulated participants; prints links to join it."""
    folder = VAR / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    if not is_free(port):
        sys.exit(texts.PORT_TAKEN.format(port=port))
    settings = embedded(folder, port)
    founded = prepared(settings, sample_draft())
    with serving(settings):
        say_links(settings, founded)
        with crowd(settings, founded, folder, participants if bots else 0):
            wait_for_interrupt()
    console.print(texts.DEMO_OVER)


@cli.command()
def load(
    embedded_server: Annotated[
        bool, typer.Option("--embedded", help="Start a server of our own on SQLite.")
    ] = False,
    url: Annotated[str | None, typer.Option(help="A running server; needs --links.")] = None,
    links: Annotated[Path | None, typer.Option(help="The list of links of its meeting (JSON).")] = None,
    participants: Annotated[int, typer.Option(min=1, max=2000)] = 40,
    questions: Annotated[int, typer.Option(min=1, max=50)] = 4,
    seed: int = 0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Where to write the report.")] = None,
) -> None:
    """Play a whole meeting with simulated participants, then check that no vote was lost, doubled or skipped."""
    if embedded_server == (url is not None) or (url and not links):
        sys.exit(texts.LOAD_NEEDS)
    options = ["--participants", str(participants), "--questions", str(questions), "--seed", str(seed)]
    options += ["--json", str(json_file)] if json_file else []
    if url:
        raise typer.Exit(run_bots(url, Path(str(links)), options))
    folder = VAR / "load"
    shutil.rmtree(folder, ignore_errors=True)
    settings = embedded(folder, free_port())
    founded = prepared(settings, shortened(sample_draft(participants), questions))
    with serving(settings):
        code = run_bots(settings.public_url, written_links(founded, folder), options)
    raise typer.Exit(code)


# --- what they are made of -------------------------------------------------------------------------------------


def embedded(folder: Path, port: int) -> Settings:
    """SQLite, the bus in the process, keys beside the folder of the database."""
    folder.mkdir(parents=True, exist_ok=True)
    return Settings(
        database_url=f"sqlite:///{folder / 'kvorum.sqlite'}",
        keys_dir=folder / "keys",
        public_url=f"http://127.0.0.1:{port}",
        host="127.0.0.1",
        port=port,
        redis_url=None,
    )


def prepared(settings: Settings, draft: DraftMeeting) -> Founded:
    """Tables, keys and one convened meeting that may begin now."""
    migrate_database(settings.database_url)
    return asyncio.run(found(settings, begins_at(draft, system_clock())))


async def found(settings: Settings, draft: DraftMeeting) -> Founded:
    async with opened_services(settings) as services:
        meeting = await services.meetings.found(draft)
        source = await services.meetings.source(meeting)
        links = await services.accounts.links(meeting)
    persons = source.meeting.persons
    return Founded(
        meeting,
        tuple(
            {
                "url": link.url,
                "token": link.url.partition("#")[2],
                "role": link.seat.role,
                "name": link.seat.name,
                "creditors": list(persons[link.seat.person].creditors),
            }
            for link in links
        ),
    )


async def practitioner_link(settings: Settings, name: str) -> str:
    async with opened_services(settings) as services:
        return await services.accounts.practitioner_link(name)


@contextmanager
def serving(settings: Settings) -> Iterator[None]:
    """A server process of our own, ready when the block begins and ended by its pid."""
    env = {**os.environ, **settings.environment()}
    process = subprocess.Popen([sys.executable, "-m", "app.cli", "serve"], env=env, start_new_session=True)
    try:
        wait_until_ready(settings.public_url, process)
        yield
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
            str(one_creditor(founded)["url"]),
        ),
        (
            texts.LINK_REPRESENTATIVE.format(count=len(creditors(several_creditors(founded)))),
            str(several_creditors(founded)["url"]),
        ),
        (texts.LINK_DESK, founded.url_of("registrar")),
        (texts.LINK_SCREEN, founded.url_of("screen")),
    )
    for label, url in rows:
        console.print(f"  {label:<34} {url}", highlight=False, soft_wrap=True, markup=False)
    console.print(texts.DEMO_HINT, highlight=False)


def one_creditor(founded: Founded) -> dict[str, object]:
    return next(link for link in founded.participants if len(creditors(link)) == 1)


def several_creditors(founded: Founded) -> dict[str, object]:
    return max(founded.participants, key=lambda link: len(creditors(link)))


def creditors(link: dict[str, object]) -> list[str]:
    found = link["creditors"]
    return found if isinstance(found, list) else []


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


def wait_for_interrupt() -> None:
    try:
        signal.pause()
    except KeyboardInterrupt:
        return


def end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def main() -> None:
    cli()


if __name__ == "__main__":
    main()
