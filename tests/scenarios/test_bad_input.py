"""Unknown, late, repeated, forged, out-of-order and oversize input: a coded refusal, no traceback, state unchanged."""

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from app.accounts.tables import login
from app.kernel.canonical import canonical
from app.kernel.texts import TITLES
from realtime.close_codes import CloseCode
from realtime.codec import MAX_FRAME
from realtime.envelope import Check, Cmd, Hello, Ping, Status, Sync, Welcome
from tests.scenarios.site import Browser, Site, a_site, goodbye

EVIL = {"origin": "https://evil.example"}
KIB = 1024


@pytest_asyncio.fixture
async def site(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Site]:
    """Whatever a test sends: no mistake of ours may be in the log afterwards."""
    with capture_logs() as lines:
        async with a_site(tmp_path) as opened:
            yield opened
    assert not [line for line in lines if line["log_level"] in ("error", "critical") or "exc_info" in line]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info]


class Room:
    """A running meeting with everybody in it."""

    def __init__(self, site: Site, links: dict[str, str], **people: Browser) -> None:
        self.site, self.links = site, links
        self.organizer, self.one, self.other = people["organizer"], people["A"], people["B"]


@pytest_asyncio.fixture
async def room(site: Site) -> Room:
    links = await site.found("m_1")
    people = {name: await site.browser(links[name]) for name in ("organizer", "A", "B")}
    room = Room(site, links, **people)
    assert (await room.one.command("attend", {"creditors": ["A"]})).ok
    assert (await room.other.command("attend", {"creditors": ["B"]})).ok
    assert (await room.organizer.command("open_meeting")).ok
    assert (await room.organizer.command("start_voting", {"question": "q1", "duration_s": 600})).ok
    return room


def code(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, str(answer.json()["code"])


# --- HTTP ----------------------------------------------------------------------------------------------------------


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


# --- logins and tickets --------------------------------------------------------------------------------------------


async def test_a_login_that_was_idle_for_too_long_opens_nothing(room: Room) -> None:
    ticket = await room.one.ticket()
    socket = await room.one.socket()
    await socket.heard(Welcome)
    await room.site.services.database.write(lambda db: db.execute(login.update().values(seen_at=0)))
    before = await room.site.head()

    answer = await room.one.http.get(f"/api/meetings/m_1/receipts?p={room.one.person}")
    late = await room.one.socket(ticket)
    polled = await room.one.live("/live/poll", Hello(1, "meeting:m_1"))
    await socket.say(Cmd(secrets.token_bytes(16), "leave", {"creditors": ["A"]}))

    assert code(answer) == (401, "sign_in_again")
    assert await late.closed() == CloseCode.TICKET_REFUSED
    assert (polled.status_code, goodbye(polled)) == (401, CloseCode.TICKET_REFUSED)
    assert await socket.closed() == CloseCode.LOGIN_ENDED
    assert await room.site.head() == before


async def test_a_revoked_link_ends_its_sockets_and_no_others(room: Room) -> None:
    mine, theirs = await room.one.socket(), await room.other.socket()
    for socket in (mine, theirs):
        await socket.heard(Sync)
    links = await room.site.services.accounts.links("m_1")
    link = next(link.id for link in links if link.seat.person == room.one.person)

    answer = await room.organizer.http.delete(f"/api/meetings/m_1/links/{link}?p={room.organizer.person}")

    assert answer.status_code == 204
    assert await mine.closed() == CloseCode.LOGIN_ENDED
    assert (await theirs.command("leave", {"creditors": ["B"]})).ok
    again = await room.one.http.post(f"/api/meetings/m_1/ticket?p={room.one.person}")
    assert code(again) == (404, "not_found")


async def test_a_revoked_link_of_one_meeting_ends_its_sockets_there_only(room: Room) -> None:
    """One browser, two meetings."""
    links = await room.site.found("m_2")
    await room.one.sign_in(links["B"])
    second = await room.one.socket()
    await room.one.sign_in(room.links["A"])
    first = await room.one.socket()
    for socket in (first, second):
        await socket.heard(Sync)
    accounts = room.site.services.accounts
    link = next(link.id for link in await accounts.links("m_2") if link.url == links["B"])

    await accounts.revoke("m_2", link)

    assert await second.closed() == CloseCode.LOGIN_ENDED
    assert (await first.command("leave", {"creditors": ["A"]})).ok


async def test_signing_out_ends_the_sockets_of_the_browser(room: Room) -> None:
    mine, theirs = await room.one.socket(), await room.other.socket()
    for socket in (mine, theirs):
        await socket.heard(Sync)

    await room.one.http.delete("/api/session")

    assert await mine.closed() == CloseCode.LOGIN_ENDED
    assert (await theirs.command("leave", {"creditors": ["B"]})).ok


async def test_a_ticket_is_good_once(room: Room) -> None:
    ticket = await room.one.ticket()
    await (await room.one.socket(ticket)).heard(Welcome)

    again = await room.one.socket(ticket)

    assert await again.closed() == CloseCode.TICKET_REFUSED


async def test_a_forged_ticket_is_no_ticket(room: Room) -> None:
    said, _, mac = (await room.one.ticket()).partition(".")
    for forged in (f"{said}.{mac[::-1]}", f"{said[:-4]}AAAA.{mac}", said, ".", "x" * 500, "Ы"):
        assert await (await room.one.socket(forged)).closed() == CloseCode.TICKET_REFUSED


# --- frames --------------------------------------------------------------------------------------------------------


NO_FRAMES = [
    (b"", CloseCode.BAD_PROTOCOL),
    (b"\xc1", CloseCode.BAD_PROTOCOL),
    (b"{", CloseCode.BAD_PROTOCOL),
    (b"\x91" * 10_000, CloseCode.BAD_PROTOCOL),
    (msgspec.msgpack.encode({"t": "unknown"}), CloseCode.BAD_PROTOCOL),
    (msgspec.msgpack.encode({"t": "cmd", "id": b"short", "op": "x"}), CloseCode.BAD_PROTOCOL),
    (
        msgspec.msgpack.encode({"t": "cmd", "id": b"x" * 16, "op": "x", "body": 0.5}),
        CloseCode.BAD_PROTOCOL,
    ),
    (msgspec.msgpack.encode({"t": "hello", "v": 99, "topic": "meeting:m_1"}), CloseCode.BAD_PROTOCOL),
    (msgspec.msgpack.encode({"t": "hello", "v": 1, "topic": "meeting:m_2"}), CloseCode.BAD_PROTOCOL),
    (b"\0" * (MAX_FRAME + 1), CloseCode.TOO_LARGE),
    (b"\0" * (3 * MAX_FRAME), CloseCode.TOO_LARGE),
    (b"\0" * (4 * MAX_FRAME + 1), 1009),
]


async def test_bytes_that_are_no_frame_end_the_socket(room: Room) -> None:
    before = await room.site.head()

    for frame, expected in NO_FRAMES:
        socket = await room.one.socket()
        await socket.heard(Welcome)
        await socket.say(frame)

        assert await socket.closed() == expected, frame[:60]
    assert await room.site.head() == before


async def test_text_frames_and_a_flood_end_the_socket(room: Room) -> None:
    typing, flooding = await room.one.socket(), await room.one.socket()

    await typing.connection.send("text")
    for number in range(200):
        await flooding.say(Ping(float(number)))

    assert await typing.closed() == CloseCode.BAD_PROTOCOL
    assert await flooding.closed() == CloseCode.TOO_FAST


async def test_a_command_over_64_kib_goes_by_post_and_no_further_than_its_limit(room: Room) -> None:
    ballot = await room.site.ballot(1, "A", "for")
    too_many = {"voting": 1, "ballots": ballot["ballots"] * 400}
    assert len(msgspec.msgpack.encode(too_many)) > MAX_FRAME
    before = await room.site.head()

    refused = await room.one.command("cast", too_many)
    padded = {**ballot, "ballots": [{**ballot["ballots"][0], "signature": b"\0" * 32 * KIB}] * 3}
    read = await room.one.command("cast", padded)
    too_large = await room.one.live(
        "/live/command", Hello(1, "meeting:m_1"), Cmd(b"x" * 16, "cast", b"\0" * (4 * KIB * KIB))
    )

    assert (refused.ok, refused.final, refused.code) == (False, False, "malformed")
    assert (read.ok, read.code) == (False, "ballots_refused")
    assert code(too_large) == (413, "too_large")
    assert await room.site.head() == before


NO_REQUESTS = [
    b"",
    b"\xc1",
    b"\x90",
    msgspec.msgpack.encode([{"t": "ping", "t0": 1.0}] * 81),
    b"\xdd\xff\xff\xff\xff",
]


async def test_requests_that_are_no_frames_are_coded(room: Room) -> None:
    for content in NO_REQUESTS:
        for path in ("/live/poll", "/live/command", "/live/stream"):
            answer = await room.one.http.post(
                path, content=content, headers={"kvorum-person": room.one.person}
            )

            assert code(answer) == (400, "bad_protocol"), content[:60]


# --- commands ------------------------------------------------------------------------------------------------------


COMMANDS: list[tuple[str, Any, str]] = [
    ("unknown", {}, "unknown_command"),
    ("close", {"voting": 1}, "unknown_command"),
    ("count", {"voting": 1}, "unknown_command"),
    ("found", {}, "unknown_command"),
    ("", {}, "unknown_command"),
    ("start_voting", None, "malformed"),
    ("start_voting", {}, "malformed"),
    ("start_voting", [], "malformed"),
    ("start_voting", "q1", "malformed"),
    ("start_voting", {"question": "q1", "more": 1}, "malformed"),
    ("start_voting", {"question": "q1", "duration_s": 5}, "malformed"),
    ("start_voting", {"question": "q1", "duration_s": "60"}, "malformed"),
    ("start_voting", {"question": "<script>"}, "malformed"),
    ("prolong", {"voting": -1, "seconds": 60}, "malformed"),
    ("prolong", {"voting": 2**63, "seconds": 60}, "malformed"),
    ("recess", {"until_ms": 1, "reason": "да"}, "malformed"),
    ("recess", {"until_ms": 10**18, "reason": "обед"}, "malformed"),
    ("correct_line", {"creditor": "A", "reason": "опечатка", "claim_kopecks": 100}, "malformed"),
    ("correct_line", {"creditor": "A", "reason": "опечатка", "claim_kopecks": "-1"}, "malformed"),
    ("register_present", {"creditors": ["A"] * 201, "documents": "паспорт"}, "malformed"),
    (
        "register_present",
        {"creditors": [f"{n:040}" for n in range(200)], "documents": "паспорт"},
        "unknown_creditor",
    ),
    ("start_voting", {"question": "q9"}, "unknown_question"),
    ("prolong", {"voting": 9, "seconds": 60}, "unknown_voting"),
    ("annul_ballot", {"voting": 1, "creditor": "A", "reason": "ошибка"}, "no_ballot"),
    ("start_voting", {"question": "q2"}, "another_voting_runs"),
    ("end_meeting", {}, "voting_runs"),
    ("open_meeting", {}, "not_convened"),
    ("convene", {}, "already_convened"),
    ("cast", {"voting": 1, "ballots": []}, "malformed"),
    ("attend", {"creditors": ["A"]}, "forbidden"),
]


async def test_a_command_that_cannot_be_done_is_coded(room: Room) -> None:
    before = await room.site.head()

    for op, body, expected in COMMANDS:
        socket = await room.organizer.socket()
        by_socket = await socket.command(op, body)
        by_post = await room.organizer.command(op, body)
        await socket.connection.close()

        assert (by_socket.ok, by_socket.code) == (False, expected), op
        assert (by_post.ok, by_post.code, by_post.answer) == (False, expected, by_socket.answer), op
    assert await room.site.head() == before


async def test_the_same_id_with_another_body_is_a_conflict_and_with_the_same_one_the_same_answer(
    room: Room,
) -> None:
    id = secrets.token_bytes(16)
    body = await room.site.ballot(1, "A", "for")
    socket = await room.one.socket()

    first = await socket.command("cast", body, id)
    head = await room.site.head()
    again = await room.one.command("cast", body, id)
    other = await socket.command("cast", await room.site.ballot(1, "A", "against"), id)
    operation = await socket.command("leave", {"creditors": ["A"]}, id)
    of_another = await room.other.command("leave", {"creditors": ["B"]}, id)

    assert first.ok
    assert again == first
    assert (other.ok, other.code) == (False, "conflict")
    assert (operation.ok, operation.code) == (False, "conflict")
    assert of_another.ok, "ids are scoped by person"
    assert (await room.site.head()).at == head.at + 1


async def test_a_second_vote_is_told_the_receipt_of_the_first(room: Room) -> None:
    first = await room.one.command("cast", await room.site.ballot(1, "A", "for"))
    before = await room.site.head()
    id = secrets.token_bytes(16)
    socket = await room.one.socket()

    second = await socket.command("cast", await room.site.ballot(1, "A", "against"), id)
    await socket.say(Check([id]))
    status: Status = await socket.heard(Status)

    assert (second.ok, second.final, second.code) == (False, True, "already_voted")
    details = second.answer["details"]
    assert details["receipt"] == first.answer["receipt"]
    assert (details["pos"], details["creditor"]) == (first.pos, "A")
    assert (status.known, status.answer) == (True, second.answer)
    keys = (await room.one.http.get("/api/keys")).json()["receipts"]
    said = dict(details["receipt"])
    signature = bytes.fromhex(said.pop("signature"))
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys[said["key"]])).verify(signature, canonical(said))
    assert await room.site.head() == before


BALLOTS: list[tuple[str, dict[str, Any], str]] = [
    ("B", {}, "not_your_creditor"),
    ("A", {"choices": ["maybe"]}, "bad_choice"),
    ("A", {"choices": ["for", "for"]}, "bad_choice"),
    ("A", {"choices": []}, "bad_choice"),
    ("A", {"choices": None, "distribution": {"for": "1"}}, "bad_choice"),
    ("A", {"weight_kopecks": "999999"}, "stale_ballot"),
    ("A", {"wording_sha256": "0" * 64}, "stale_ballot"),
    ("A", {"meeting": "m_2"}, "stale_ballot"),
    ("A", {"voting": 2}, "stale_ballot"),
    ("A", {"nonce": "short"}, "malformed_ballot"),
    ("A", {"more": 1}, "malformed_ballot"),
]


async def test_a_ballot_that_cannot_be_counted_is_coded(room: Room) -> None:
    before = await room.site.head()

    for creditor, changes, expected in BALLOTS:
        ack = await room.one.command("cast", await room.site.ballot(1, creditor, "for", **changes))

        assert (ack.ok, ack.final, ack.code) == (False, True, expected), changes
    assert await room.site.head() == before


async def test_a_ballot_whose_bytes_are_not_canonical_is_malformed(room: Room) -> None:
    body = await room.site.ballot(1, "A", "for")
    content = json.loads(body["ballots"][0]["bytes"])
    for said in (json.dumps(content).encode(), b"\xff\xff", b"{}", b"[" * 9_000):
        ack = await room.one.command("cast", {"voting": 1, "ballots": [{"bytes": said, "signature": None}]})

        assert ack.code == "malformed_ballot"


async def test_a_late_vote_is_late(room: Room) -> None:
    body = await room.site.ballot(1, "A", "for")
    assert (await room.organizer.command("stop_voting", {"voting": 1})).ok
    while (await room.site.state()).votings[1].state != "counted":  # noqa: ASYNC110 - a timer counts it
        await asyncio.sleep(0.05)
    before = await room.site.head()

    ack = await room.one.command("cast", body)

    assert (ack.ok, ack.final, ack.code) == (False, True, "late")
    assert await room.site.head() == before


def test_every_refusal_of_the_edge_has_a_sentence() -> None:
    assert {"too_large", "malformed", "not_found", "conflict", "method_not_allowed"} <= TITLES.keys()
