"""Commands that are unknown, late, repeated, forged or not allowed: a coded refusal, state unchanged."""

import asyncio
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.kernel.canonical import canonical
from realtime.envelope import Check, Status
from tests.scenarios.room import Room

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
