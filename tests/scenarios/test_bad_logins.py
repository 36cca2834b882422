"""Logins and tickets that are idle, revoked, spent or forged open nothing, and end what was open."""

import secrets

from app.accounts.tables import login
from realtime.close_codes import CloseCode
from realtime.envelope import Cmd, Hello, Ping, Pong, Sync, Welcome
from tests.scenarios.room import Room, code
from tests.scenarios.site import goodbye


async def test_a_login_that_was_idle_for_too_long_opens_nothing(room: Room) -> None:
    ticket = await room.one.ticket()
    socket = await room.one.socket()
    await socket.say(Ping(1.0))
    await socket.heard(Pong)  # the look at the login that follows each joining is over
    await room.site.services.database.write(lambda db: db.execute(login.update().values(seen_at=0)))
    room.site.services.node.logins.forget()  # half a minute has passed since it was asked about
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
