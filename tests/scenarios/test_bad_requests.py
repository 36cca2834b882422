"""Bad requests: a coded refusal, no traceback, state unchanged."""

from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from app.kernel.texts import TITLES
from realtime.close_codes import CloseCode
from realtime.envelope import Hello
from tests.scenarios.room import EVIL, KIB, Room, code
from tests.scenarios.site import Site, goodbye

SIGN_INS = [
    (b'{"token": "x"}', "text/plain", (422, "malformed")),
    (b'{"token": "x"}', "multipart/form-data", (422, "malformed")),
    (b"token=x", "application/x-www-form-urlencoded", (422, "malformed")),
    (b"\xff\xfe", "application/json", (422, "malformed")),
    (b"{", "application/json", (422, "malformed")),
    (b"[" * 4_000, "application/json", (400, "malformed")),
    (b'{"token": 1}', "application/json", (422, "malformed")),
    (b'{"token": ""}', "application/json", (422, "malformed")),
    (b'{"token": "no-such-link"}', "application/json", (401, "link_refused")),
    (b"", "application/json", (422, "malformed")),
]


async def test_a_sign_in_that_is_none_is_refused(site: Site) -> None:
    browser = await site.browser()

    for content, kind, expected in SIGN_INS:
        answer = await browser.http.post("/api/session", content=content, headers={"content-type": kind})

        assert code(answer) == expected, content
        assert answer.json()["detail"]
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
async def test_a_sign_in_of_megabytes_is_not_read(site: Site, kind: str) -> None:
    browser = await site.browser()

    answer = await browser.http.post("/api/session", content=b" " * KIB * KIB, headers={"content-type": kind})

    assert answer.status_code == 413


async def test_an_endless_body_is_cut_off_while_it_streams(site: Site) -> None:
    browser = await site.browser()

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * KIB

    answer = await browser.http.post(
        "/api/session", content=endless(), headers={"content-type": "application/json"}
    )

    assert code(answer) == (413, "too_large")


async def test_pages_of_other_sites_change_nothing(room: Room) -> None:
    before = await room.site.head()
    http, seat = room.one.http, f"?p={room.one.person}"

    for method, path in (
        ("POST", "/api/session"),
        ("DELETE", "/api/session"),
        ("POST", f"/api/meetings/m_1/ticket{seat}"),
        ("POST", "/api/imports/register"),
        ("POST", "/api/imports/agenda"),
        ("POST", f"/api/meetings{seat}"),
        ("POST", f"/api/meetings/m_1/instructions{seat}"),
        ("DELETE", f"/api/meetings/m_1/links/k_1{seat}"),
    ):
        answer = await http.request(
            method, path, headers=EVIL, json={"token": "x"} if "session" in path else None
        )
        assert code(answer) == (403, "foreign_origin"), path
    for path in ("/live/poll", "/live/stream", "/live/command"):
        answer = await room.one.live(path, Hello(1, "meeting:m_1"), **EVIL)
        assert code(answer) == (403, "no_right")
    with pytest.raises(InvalidStatus) as refused:
        await connect(room.site.url.replace("http", "ws") + "/live", origin="https://evil.example")  # type: ignore[arg-type]

    assert refused.value.response.status_code == 403
    assert await room.site.head() == before
    assert (await room.one.http.get("/api/session")).json()["seats"]


async def test_to_a_stranger_a_meeting_of_others_is_no_meeting(room: Room) -> None:
    stranger = await room.site.browser((await room.site.found("m_2"))["A"])

    for person in (stranger.person, room.one.person):
        for method, path in (
            ("GET", "/api/meetings/{m}/tables/1"),
            ("GET", "/api/meetings/{m}/receipts"),
            ("GET", "/api/meetings/{m}/links.csv"),
            ("GET", "/meetings/{m}/minutes"),
            ("GET", "/meetings/{m}/links"),
            ("POST", "/api/meetings/{m}/ticket"),
            ("POST", "/api/meetings/{m}/instructions"),
            ("DELETE", "/api/meetings/{m}/links/k_1"),
        ):
            theirs, none = [
                await stranger.http.request(method, path.format(m=meeting) + f"?p={person}")
                for meeting in ("m_1", "m_none")
            ]
            assert code(theirs) == (404, "not_found"), path
            assert theirs.content == none.content
    stranger.meeting = "m_1"
    answer = await stranger.live("/live/poll", Hello(1, "meeting:m_1"))
    assert (answer.status_code, goodbye(answer)) == (401, CloseCode.TICKET_REFUSED)


NOWHERE = [
    ("GET", "/api/none", (404, "not_found")),
    ("GET", "/none", (404, "not_found")),
    ("PUT", "/api/session", (405, "method_not_allowed")),
    ("GET", "/live/poll", (404, "not_found")),
    ("GET", "/api/meetings/m_1/tables/0?p=p", (422, "malformed")),
    ("GET", "/api/meetings/m_1/tables/x?p=p", (422, "malformed")),
    ("GET", "/api/meetings/m_1/receipts", (422, "malformed")),
    ("GET", f"/api/meetings/m_1/receipts?p={'p' * 41}", (422, "malformed")),
    ("GET", "/api/meetings/%00/receipts?p=p", (401, "sign_in_again")),
]


async def test_addresses_that_lead_nowhere_are_coded(site: Site) -> None:
    browser = await site.browser()

    for method, path, expected in NOWHERE:
        assert code(await browser.http.request(method, path)) == expected, path


def test_every_refusal_of_the_edge_has_a_sentence() -> None:
    assert {"too_large", "malformed", "not_found", "conflict", "method_not_allowed"} <= TITLES.keys()
