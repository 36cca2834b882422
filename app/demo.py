"""A meeting to try: founded from files, with its links, and bots who take part in it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

from app import texts
from app.accounts.model import Contact, Link, Seat
from app.bootstrap import opened_services
from app.embedded import end
from app.kernel.ids import new_id
from app.kernel.settings import Settings
from app.meetings.legal import general_weights
from app.meetings.new_meeting import RegisterFiles

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


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

    @property
    def one_creditor(self) -> LinkRow:
        return next(link for link in self.participants if len(link["creditors"]) == 1)

    @property
    def several_creditors(self) -> LinkRow:
        return max(self.participants, key=lambda link: len(link["creditors"]))


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


@contextmanager
def crowd(settings: Settings, founded: Founded, folder: Path, count: int) -> Iterator[None]:
    """Bots who follow the organizer at human pace. The first two participants stay free for whoever tries the demo."""
    if count == 0:
        yield
        return
    mine = {founded.one_creditor["token"], founded.several_creditors["token"]}
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
