"""Who may read the minutes, and when: every role in every state of a meeting, through the real site."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient
from pydantic import SecretStr

from app.accounts.model import Contact, Newcomer
from app.bootstrap import Services, opened_services
from app.kernel.settings import Settings
from app.main import create_app
from app.meetings.draft import DraftMeeting
from realtime.ports import Viewer
from tests.builders import ORGANIZER, START, a_card, a_creditor, a_question, admissions, person_of
from tests.commands import new_command_id

URL = "https://meeting.example"
WAYS: dict[str, tuple[tuple[str, str, dict[str, Any]], ...]] = {
    "convened": (),
    "running": (("A", "attend", {"creditors": ["A"]}), ("", "open_meeting", {})),
    "recess": (
        ("A", "attend", {"creditors": ["A"]}),
        ("", "open_meeting", {}),
        ("", "recess", {"until_ms": 2 * START // 1000, "reason": "обед"}),
    ),
    "ended": (
        ("A", "attend", {"creditors": ["A"]}),
        ("", "open_meeting", {}),
        ("", "withdraw_question", {"question": "q1", "reason": "снят"}),
        ("", "end_meeting", {}),
    ),
    "failed": (("", "declare_failed", {}),),
    "cancelled": (("", "cancel_meeting", {"reason": "нет помещения"}),),
    "postponed": (("", "postpone", {"starts_at_ms": 2 * START // 1000, "reason": "нет помещения"}),),
}
OVER = ("ended", "failed", "cancelled")
ROLES = ("organizer", "registrar", "participant", "observer", "screen")


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    settings = Settings(
        environment="embedded",
        public_url=URL,
        database_url=SecretStr(f"sqlite:///{tmp_path / 'kvorum.sqlite'}"),
        keys_dir=tmp_path / "keys",
    )
    async with opened_services(settings) as services:
        yield services


@pytest.fixture
async def browser(services: Services) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(create_app(services))
    async with AsyncClient(transport=transport, base_url=URL, headers={"origin": URL}) as browser:
        yield browser


@pytest.mark.parametrize("status", WAYS)
async def test_staff_read_minutes_always_and_others_when_all_is_over(
    services: Services, browser: AsyncClient, status: str
) -> None:
    await founded(services)
    await led_to(services, status)

    for role in ROLES:
        person = await signed_in(services, browser, role)
        answer = await browser.get(f"/meetings/m_1/minutes?p={person}")
        assert (role, answer.status_code, code_of(answer.text)) == (role, *allowed(role, status))


def allowed(role: str, status: str) -> tuple[int, str]:
    if role == "screen":
        return 403, "forbidden"
    if role in ("organizer", "registrar") or status in OVER:
        return 200, "page"
    return 404, "minutes_not_ready"


def code_of(text: str) -> str:
    if text.startswith("<!doctype html>"):
        return "page"
    return next(code for code in ("minutes_not_ready", "forbidden", text) if code in text)


async def founded(services: Services) -> None:
    lines = (a_creditor("A", 50_00), a_creditor("B", 30_00))
    people = tuple(admissions(lines, {}))
    draft = DraftMeeting(a_card(), (a_question("q1"),), lines)
    await services.meetings.found("m_1", draft, people, ORGANIZER)
    newcomers = tuple(Newcomer(one.person, one.role, Contact(one.name)) for one in people)
    await services.accounts.admit("m_1", newcomers)


async def led_to(services: Services, status: str) -> None:
    source = await services.meetings.source("m_1")
    for creditor, op, body in WAYS[status]:
        viewer = Viewer(person_of(creditor) if creditor else ORGANIZER, "l_1")
        reply = await source.command(viewer, new_command_id(), op, body, services.clock())
        assert reply.ok, (op, reply)
        await source.catch_up()
    assert source.meeting.status == status


async def signed_in(services: Services, browser: AsyncClient, role: str) -> str:
    links = await services.accounts.links("m_1")
    link = next(link for link in links if link.seat.role == role)
    answer = await browser.post("/api/session", json={"token": link.url.partition("#")[2]})
    assert answer.status_code == 200, answer.text
    return link.seat.person
