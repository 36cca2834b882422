"""A server process as an operator starts it, and meetings founded on it from files as a practitioner does."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import APIRequestContext, FilePayload, Playwright

from app.embedded import embedded, free_port, serving
from app.kernel.settings import Settings
from tests.browser import files

PRACTITIONER = "Орлова Марина Сергеевна"
ROLES = {"регистратор": "registrar", "экран в зале": "screen"}


@dataclass(frozen=True, slots=True)
class Links:
    """Access links of one meeting: participants by name, staff by role; the organizer has the practitioner's."""

    meeting: str
    of: dict[str, str]

    def __getitem__(self, who: str) -> str:
        return self.of[who]


class Hall:
    """One server a run; every story gets a meeting of its own."""

    def __init__(self, url: str, practitioner: str, office: APIRequestContext, sms: Path) -> None:
        self.url = url
        self._sms = sms
        self.practitioner = practitioner
        self._office = office
        answer = office.post("/api/session", data={"token": practitioner.partition("#")[2]})
        self._person = str(answer.json()["person"])

    def meeting(
        self,
        claims: dict[str, object] | None = None,
        snils: dict[str, str] | None = None,
        signing: Mapping[str, object] | None = None,
        phones: dict[str, str] | None = None,
    ) -> Links:
        """A convened meeting whose hour has come; `claims` stand in the register beside the usual ones, the rest
        in the contacts."""
        parts = {
            "register": upload("register.csv", files.register(claims)),
            "contacts": upload("contacts.csv", files.contacts(phones, snils)),
            "agenda": upload("agenda.yaml", files.agenda()),
        }
        path = f"/api/meetings?p={self._person}"
        answer = self._office.post(path, multipart={**parts, "signing": json.dumps(signing or {})})
        assert answer.status == 201, answer.text()
        meeting = str(answer.json()["meeting"])
        listed = self._office.get(f"/api/meetings/{meeting}/links.csv?p={self._person}").text()
        rows = list(csv.reader(io.StringIO(listed.lstrip("\ufeff")), delimiter=";"))[1:]
        links = {ROLES.get(role, name): url for name, role, _, _, url in rows}
        return Links(meeting, links)

    def codes(self, phone: str) -> list[str]:
        """That were sent to this number, as the file of the double has them."""
        if not self._sms.exists():
            return []
        messages = [json.loads(line) for line in self._sms.read_text(encoding="utf-8").splitlines()]
        return [re.findall(r"\d{6}", one["text"])[0] for one in messages if one["phone"] == phone]

    def page(self, kind: str, links: Links) -> str:
        """The organizer's page of a meeting."""
        return f"{self.url}/{kind}/{links.meeting}?p={self._person}"


def upload(name: str, body: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": body}


@contextmanager
def opened_hall(folder: Path, playwright: Playwright, *, signed: bool = False) -> Iterator[Hall]:
    """With `signed` ballots count with a signature only, and the demonstration authority's is good."""
    settings = embedded(folder, free_port(), signed=signed)
    practitioner = invited(settings)
    with serving(settings):
        headers = {"Origin": settings.public_url}
        office = playwright.request.new_context(base_url=settings.public_url, extra_http_headers=headers)
        yield Hall(settings.public_url, practitioner, office, folder / "sms.jsonl")
        office.dispose()


def invited(settings: Settings) -> str:
    """The practitioner's link, by `kvorum init`."""
    given = {
        "KVORUM_DATABASE_URL": settings.database_url.get_secret_value(),
        "KVORUM_KEYS_DIR": str(settings.keys_dir),
        "KVORUM_PUBLIC_URL": settings.public_url,
    }
    command = [sys.executable, "-m", "app.cli", "init", "--name", PRACTITIONER]
    said = subprocess.run(command, env={**os.environ, **given}, capture_output=True, text=True, check=True)
    return said.stdout.split()[-1]
