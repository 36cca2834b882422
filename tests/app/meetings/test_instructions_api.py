"""A file of instructions is read for own creditors and leaves nothing behind."""

from tempfile import SpooledTemporaryFile
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import Connection, inspect, text

from app.meetings.importing import limits
from tests.app.meetings.importing.files import csv as csv_file
from tests.app.meetings.served import Browser, Server


def instructed(server: Server, browser: Browser, meeting: str, file: bytes, **more: Any) -> Response:
    files = {"file": ("i.csv", file)}
    return browser.post(f"/api/meetings/{meeting}/instructions?p={browser.person}", files=files, **more)


def test_instructions_are_read_for_own_creditors_only_and_leave_nothing(server: Server) -> None:
    meeting = server.practitioner().found().json()["meeting"]
    participant = server.browser(meeting, "АО «Лютик»")
    before = database_rows(server)

    answer = instructed(
        server, participant, meeting, csv_file([("АО Лютик", 1, "за"), ("ООО Ромашка", 1, "за")])
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["faults"] == []
    mine, foreign = answer.json()["rows"]
    assert (mine["creditor"], mine["question"], mine["option"], mine["typed"]) == ("c0002", "q1", "for", "за")
    assert (foreign["creditor"], foreign["fault"]) == (None, "instruction_of_nobody")
    assert database_rows(server) == before


def test_instructions_of_others_are_not_read(server: Server) -> None:
    practitioner = server.practitioner()
    meeting, other = (practitioner.found().json()["meeting"] for _ in range(2))
    screen, participant = server.browser(meeting, "Экран в зале"), server.browser(meeting, "АО «Лютик»")

    assert instructed(server, practitioner, meeting, b"x").status_code == 403
    assert instructed(server, screen, meeting, b"x").status_code == 403
    assert instructed(server, participant, other, b"x").json()["code"] == "not_found"
    nobody = Browser(server.app)
    nobody.person = participant.person
    assert instructed(server, nobody, meeting, b"x").status_code == 401
    foreign = instructed(server, participant, meeting, b"x", headers={"origin": "https://evil.example"})
    assert foreign.json()["code"] == "foreign_origin"


def test_instructions_over_a_mebibyte_are_cut_off_in_memory(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = server.practitioner().found().json()["meeting"]
    participant = server.browser(meeting, "АО «Лютик»")
    monkeypatch.setattr(SpooledTemporaryFile, "rollover", not_in_memory)

    largest = instructed(server, participant, meeting, b"x" * (limits.INSTRUCTIONS_BYTES - 1_000))
    over = instructed(server, participant, meeting, b"x" * limits.INSTRUCTIONS_BYTES)

    assert largest.status_code == 200
    assert (over.status_code, over.json()["code"]) == (413, "too_large")


def not_in_memory(file: object) -> None:
    raise AssertionError("a file of instructions was written to the disk")


def database_rows(server: Server) -> dict[str, int]:
    """Rows by table: what is stored shows here."""

    def counted(db: Connection) -> dict[str, int]:
        tables = inspect(db).get_table_names()
        return {name: db.execute(text(f'select count(*) from "{name}"')).scalar_one() for name in tables}

    return server.runner.run(server.place.database.read(counted))
