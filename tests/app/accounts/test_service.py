"""Links become logins, logins hold seats and end, tickets are spent once."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.accounts.model import Contact, Newcomer, TicketHolder
from app.accounts.refusals import LinkRefused
from app.accounts.service import Accounts
from app.kernel.crypto import MacKeys
from app.kernel.errors import NotFound
from app.kernel.tables import metadata
from tests.app.accounts.places import DAY, HOUR, KEKS, SECOND, URL, Place, a_place, sqlite_url

TABLES = ("person", "seat", "access_link", "login", "login_link", "spent_ticket")


@pytest.fixture(params=["sqlite", "postgresql"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    on_sqlite = request.param == "sqlite"
    url = sqlite_url(tmp_path) if on_sqlite else request.getfixturevalue("postgres_url")
    async with a_place(url) as made:
        yield made


async def test_a_link_opens_a_login_with_its_seat(place: Place) -> None:
    token = await place.token()

    signed_in = await place.accounts.sign_in(token, None)

    assert signed_in.cookie is not None
    assert len(base64.urlsafe_b64decode(signed_in.cookie + "=")) == 32
    (seat,) = await place.accounts.seats(signed_in.cookie)
    assert (seat.meeting, seat.person, seat.role, seat.name) == ("m_1", "p_1", "participant", "Иванов Иван")
    assert seat.page == "/room/m_1?p=p_1"


async def test_a_link_may_be_opened_on_a_second_device(place: Place) -> None:
    token = await place.token()

    first, second = await place.accounts.sign_in(token, None), await place.accounts.sign_in(token, None)

    assert first.cookie != second.cookie
    assert await place.accounts.seats(first.cookie) == await place.accounts.seats(second.cookie)


async def test_one_browser_holds_several_seats(place: Place) -> None:
    organizer = await place.token("organizer", person="p_org")
    place.clock.now += 1
    participant = await place.token("participant", person="p_2")

    cookie = (await place.accounts.sign_in(organizer, None)).cookie
    second = await place.accounts.sign_in(participant, cookie)
    again = await place.accounts.sign_in(participant, cookie)

    assert second.cookie is None
    assert again.cookie is None
    assert [seat.role for seat in await place.accounts.seats(cookie)] == ["organizer", "participant"]


async def test_the_same_link_in_many_tabs_at_once_is_one_seat(place: Place) -> None:
    first, second = await place.token(person="p_1"), await place.token(person="p_2")
    cookie = (await place.accounts.sign_in(first, None)).cookie

    await asyncio.gather(*(place.accounts.sign_in(second, cookie) for _ in range(6)))

    assert sorted(seat.person for seat in await place.accounts.seats(cookie)) == ["p_1", "p_2"]


@pytest.mark.parametrize("token", ["", "x", "A" * 22, "A" * 200, "ы" * 22, "=" * 22, "A" * 21 + "\n"])
async def test_what_is_no_link_is_refused(place: Place, token: str) -> None:
    with pytest.raises(LinkRefused):
        await place.accounts.sign_in(token, None)


async def test_a_revoked_link_opens_nothing_and_ends_its_seats(place: Place) -> None:
    token = await place.token()
    cookie = (await place.accounts.sign_in(token, None)).cookie
    login = await place.accounts.login_of(cookie)
    assert login is not None
    (link,) = await place.accounts.links("m_1")

    await place.accounts.revoke("m_1", link.id)

    with pytest.raises(LinkRefused):
        await place.accounts.sign_in(token, None)
    assert await place.accounts.seats(cookie) == ()
    assert not await place.accounts.login_is_good(login, "p_1")
    assert await place.accounts.links("m_1") == ()
    with pytest.raises(NotFound):
        await place.accounts.revoke("m_1", link.id)
    assert place.ended == ["told"]


async def test_a_link_of_another_meeting_cannot_be_revoked(place: Place) -> None:
    await place.token()
    (link,) = await place.accounts.links("m_1")

    with pytest.raises(NotFound):
        await place.accounts.revoke("m_2", link.id)


async def test_a_login_ends_after_twelve_idle_hours_but_not_while_it_is_used(place: Place) -> None:
    cookie = (await place.accounts.sign_in(await place.token(), None)).cookie

    for _ in range(3):
        place.clock.now += 11 * HOUR
        assert await place.accounts.login_of(cookie) is not None
    place.clock.now += 12 * HOUR

    assert await place.accounts.login_of(cookie) is None
    assert await place.accounts.seats(cookie) == ()


async def test_a_login_ends_after_seven_days_however_much_it_is_used(place: Place) -> None:
    cookie = (await place.accounts.sign_in(await place.token(), None)).cookie

    for _ in range(14):
        place.clock.now += 12 * HOUR - SECOND
        assert await place.accounts.login_of(cookie) is not None
    place.clock.now += 14 * SECOND

    assert await place.accounts.login_of(cookie) is None


async def test_signing_out_ends_the_login_everywhere(place: Place) -> None:
    cookie = (await place.accounts.sign_in(await place.token(), None)).cookie
    assert cookie is not None
    login = await place.accounts.login_of(cookie)
    assert login is not None

    await place.accounts.sign_out(cookie)
    await place.accounts.sign_out(cookie)

    assert await place.accounts.login_of(cookie) is None
    assert not await place.accounts.login_is_good(login, "p_1")
    assert place.ended == ["told"]


async def test_a_login_is_good_for_its_own_persons_only(place: Place) -> None:
    cookie = (await place.accounts.sign_in(await place.token(), None)).cookie
    await place.token(person="p_2")
    login = await place.accounts.login_of(cookie)
    assert login is not None

    assert await place.accounts.login_is_good(login, "p_1")
    assert await place.accounts.login_is_good(login, "p_1", "m_1")
    assert not await place.accounts.login_is_good(login, "p_1", "m_2")
    assert not await place.accounts.login_is_good(login, "p_2")
    assert not await place.accounts.login_is_good("l_nobody", "p_1")


async def test_a_browser_is_asked_for_its_login_and_its_seat_at_once(place: Place) -> None:
    cookie = (await place.accounts.sign_in(await place.token(), None)).cookie
    await place.token(person="p_2")
    login = await place.accounts.login_of(cookie)
    at = place.accounts.login_at

    asked = ((cookie, "p_1", "m_1"), (cookie, "p_1", "m_2"), (cookie, "p_2", "m_1"), ("x", "p_1", "m_1"))
    answers = await asyncio.gather(*(at(*each) for each in asked))
    assert answers == [(login, True), (login, False), (login, False), (None, False)]
    assert await at(None, "p_1", "m_1") == (None, False)
    (link,) = [link for link in await place.accounts.links("m_1") if link.seat.person == "p_1"]
    await place.accounts.revoke("m_1", link.id)
    assert await at(cookie, "p_1", "m_1") == (login, False)
    assert cookie is not None
    await place.accounts.sign_out(cookie)
    assert await at(cookie, "p_1", "m_1") == (None, False)


async def test_a_practitioner_holds_the_seats_of_the_meetings_he_founded(place: Place) -> None:
    url = await place.accounts.practitioner_link("p_pra", "Соколова Вера")
    cookie = (await place.accounts.sign_in(url.partition("#")[2], None)).cookie
    (practitioner,) = await place.accounts.seats(cookie)

    place.clock.now += 1
    organizer = Newcomer(practitioner.person, "organizer", Contact("Соколова Вера"))
    await place.accounts.admit("m_1", (organizer,))

    assert [seat.page for seat in await place.accounts.seats(cookie)] == [
        f"/new?p={practitioner.person}",
        f"/console/m_1?p={practitioner.person}",
    ]


async def test_the_link_of_one_meeting_does_not_open_the_practitioners_other_meetings(place: Place) -> None:
    for meeting in ("m_1", "m_2"):
        await place.accounts.admit(meeting, (Newcomer("p_org", "organizer", Contact("Соколова")),))
    (link,) = await place.accounts.links("m_1")

    cookie = (await place.accounts.sign_in(link.url.partition("#")[2], None)).cookie

    assert [seat.meeting for seat in await place.accounts.seats(cookie)] == ["m_1"]


async def test_a_ticket_is_spent_once(place: Place) -> None:
    cookie = (await place.accounts.sign_in(await place.token(), None)).cookie
    login = await place.accounts.login_of(cookie)
    assert login is not None
    ticket = place.accounts.issue_ticket(login, "p_1", "meeting:m_1")

    first = await place.accounts.spend_ticket(ticket, "meeting:m_1")
    second = await place.accounts.spend_ticket(ticket, "meeting:m_1")

    assert first == TicketHolder("p_1", login)
    assert second is None


async def test_of_copies_of_a_ticket_at_once_one_is_good(place: Place) -> None:
    cookie = (await place.accounts.sign_in(await place.token(), None)).cookie
    login = await place.accounts.login_of(cookie)
    assert login is not None
    tickets = [place.accounts.issue_ticket(login, "p_1", "meeting:m_1") for _ in range(3)]

    holders = await asyncio.gather(
        *(place.accounts.spend_ticket(ticket, "meeting:m_1") for ticket in tickets * 4)
    )

    assert sum(holder is not None for holder in holders) == 3
    assert all(holder is not None for holder in holders[:3])


async def test_a_ticket_is_good_for_thirty_seconds_and_its_topic(place: Place) -> None:
    cookie = (await place.accounts.sign_in(await place.token(), None)).cookie
    login = await place.accounts.login_of(cookie)
    assert login is not None
    ticket = place.accounts.issue_ticket(login, "p_1", "meeting:m_1")

    assert await place.accounts.spend_ticket(ticket, "meeting:m_2") is None
    place.clock.now += 30 * SECOND
    assert await place.accounts.spend_ticket(ticket, "meeting:m_1") is None


async def test_a_ticket_of_a_login_that_has_ended_is_refused(place: Place) -> None:
    cookie = (await place.accounts.sign_in(await place.token(), None)).cookie
    assert cookie is not None
    login = await place.accounts.login_of(cookie)
    assert login is not None
    ticket = place.accounts.issue_ticket(login, "p_1", "meeting:m_1")

    await place.accounts.sign_out(cookie)

    assert await place.accounts.spend_ticket(ticket, "meeting:m_1") is None


async def test_a_forged_ticket_is_refused(place: Place) -> None:
    cookie = (await place.accounts.sign_in(await place.token(), None)).cookie
    login = await place.accounts.login_of(cookie)
    assert login is not None
    stranger = Accounts(place.database, MacKeys({1: b"x" * 32}), KEKS, place.clock, URL)
    forged = stranger.issue_ticket(login, "p_1", "meeting:m_1")
    good = place.accounts.issue_ticket(login, "p_1", "meeting:m_1")

    said, _, mac = good.partition(".")
    for ticket in (
        forged,
        said,
        f"{said}.",
        f".{mac}",
        f"{said}.{mac[:-2]}",
        f"{said}A.{mac}",
        "",
        "." * 2000,
        "ы.ы",
    ):
        assert await place.accounts.spend_ticket(ticket, "meeting:m_1") is None
    assert await place.accounts.spend_ticket(good, "meeting:m_1") is not None


async def test_sweeping_forgets_what_is_over_and_nothing_else(place: Place) -> None:
    old = (await place.accounts.sign_in(await place.token(), None)).cookie
    login = await place.accounts.login_of(old)
    assert login is not None
    await place.accounts.spend_ticket(place.accounts.issue_ticket(login, "p_1", "meeting:m_1"), "meeting:m_1")
    place.clock.now += DAY
    fresh = (await place.accounts.sign_in(await place.token(person="p_2"), None)).cookie

    await place.accounts.sweep()

    counted = await place.database.read(
        lambda db: [
            db.scalar(sa.text(f"select count(*) from {table}")) for table in ("login", "spent_ticket")
        ]
    )
    assert counted == [1, 0]
    assert await place.accounts.login_of(fresh) is not None


def stored(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("kvorum.sqlite*"))


async def test_neither_tokens_nor_cookies_nor_names_lie_open_in_the_database(tmp_path: Path) -> None:
    async with a_place(sqlite_url(tmp_path)) as place:
        token = await place.token()
        cookie = (await place.accounts.sign_in(token, None)).cookie
        assert cookie is not None

    raw = stored(tmp_path)

    assert b"p_1" in raw
    for secret in (
        token.encode(),
        base64.urlsafe_b64decode(token + "=="),
        cookie.encode(),
        "Иванов".encode(),
    ):
        assert secret not in raw


async def test_more_people_than_one_write_holds_are_all_admitted(place: Place) -> None:
    crowd = tuple(Newcomer(f"p_{i}", "participant", Contact(f"Участник {i}")) for i in range(301))

    await place.accounts.admit("m_1", crowd)

    links = await place.accounts.links("m_1")
    assert len(links) == 301
    assert len({link.url for link in links}) == 301


async def test_the_migration_makes_the_tables_that_the_code_declares(place: Place) -> None:
    names = [name for name in metadata.tables if name in TABLES]

    made = await place.database.read(
        lambda db: {name: {column["name"] for column in sa.inspect(db).get_columns(name)} for name in names}
    )

    assert len(made) == len(TABLES)
    assert made == {name: {column.name for column in metadata.tables[name].columns} for name in names}
