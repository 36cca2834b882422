"""One key carrier, one person; the practice of one token for many is ended, honest cases have a way out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from app.kernel.crypto import MacKeys
from app.kernel.errors import NotFound
from app.signatures.carrier_tables import key_carrier, key_carrier_release
from app.signatures.carriers import Binding, Carriers, Conflict, carrier_name, short_name
from app.signatures.model import Owner
from app.signatures.refusals import CarrierOtherPerson, LocalKey, ReasonMissing
from tests.app.accounts.places import Place, a_place, sqlite_url

KEY = "SCARD\\rutoken_lt_39445e29\\0A00\\28A9"
SAME_TOKEN, OTHER_TOKEN = "SCARD\\RUTOKEN_LT_39445E29\\0B00\\1F70", "SCARD\\rutoken_33124d15\\0A00\\1F70"
PETROVA, SIDOROV = Owner(snils="11223344595"), Owner(snils="08765430300")
THIRD = Owner(inn="500100732259")
MACS = MacKeys({1: b"1" * 32})


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with a_place(sqlite_url(tmp_path)) as place:
        await place.token()
        yield place


@pytest.fixture
def carriers(place: Place) -> Carriers:
    return Carriers(place.database, MACS, place.clock)


@pytest.mark.parametrize(
    ("container", "name"),
    [
        (KEY, "SCARD\\RUTOKEN_LT_39445E29"),
        (SAME_TOKEN, "SCARD\\RUTOKEN_LT_39445E29"),
        ("\\\\.\\SCARD\\rutoken_33124d15\\0A00\\1F70", "SCARD\\RUTOKEN_33124D15"),
        ("FKC_V2\\card\\folder", "FKC_V2\\CARD"),
        ("HDIMAGE\\\\wqaqgvda.000\\612C", None),
        ("REGISTRY\\\\le-1234", None),
        ("SCARD", None),
        ("SCARD\\", None),
        ("", None),
    ],
)
def test_a_carrier_is_its_reader_and_number(container: str, name: str | None) -> None:
    assert carrier_name(container) == name


async def test_the_same_person_may_sign_again_with_another_key_of_the_token(carriers: Carriers) -> None:
    first = await carriers.bind(KEY, PETROVA, "a1", "p_1")
    renewed = await carriers.bind(SAME_TOKEN, replace(PETROVA, surname="Иванова"), "a2", "p_1")

    assert (first.outcome, renewed.outcome) == ("new", "known")
    assert first.carrier == renewed.carrier


async def test_another_person_is_refused_on_the_same_token_and_welcome_on_his_own(
    carriers: Carriers,
) -> None:
    await carriers.bind(KEY, PETROVA, "a1", "p_1")

    with pytest.raises(CarrierOtherPerson):
        await carriers.bind(SAME_TOKEN, SIDOROV, "b1", "p_2")

    assert (await carriers.bind(OTHER_TOKEN, SIDOROV, "b1", "p_2")).outcome == "new"
    assert (await carriers.bind(KEY, PETROVA, "a1", "p_1")).outcome == "known"


async def test_two_owners_without_numbers_are_not_one_person(carriers: Carriers) -> None:
    await carriers.bind(KEY, Owner(common_name="Петрова"), "a1", "p_1")

    with pytest.raises(CarrierOtherPerson):
        await carriers.bind(SAME_TOKEN, Owner(common_name="Сидоров"), "b1", "p_2")
    assert (await carriers.bind(KEY, Owner(common_name="Петрова"), "a1", "p_1")).outcome == "known"


async def refused(carriers: Carriers, owner: Owner, thumbprint: str, person: str) -> None:
    with pytest.raises(CarrierOtherPerson):
        await carriers.bind(SAME_TOKEN, owner, thumbprint, person)


async def test_an_officer_hands_a_carrier_over_with_a_reason_and_it_is_recorded(
    carriers: Carriers, place: Place
) -> None:
    bound = await carriers.bind(KEY, PETROVA, "a1", "p_1")
    await refused(carriers, SIDOROV, "b1", "p_2")

    with pytest.raises(ReasonMissing):
        await carriers.hand_over(bound.carrier, "p_2", "p_9", "  ")
    await carriers.hand_over(bound.carrier, "p_2", "p_9", "токен его")

    (row,) = await place.database.read(lambda db: db.execute(select(key_carrier_release)).all())
    assert (row.carrier, row.person, row.given_to) == (bound.carrier, "p_1", "p_2")
    assert (row.officer, row.reason) == ("p_9", "токен его")


async def test_who_claimed_a_carrier_first_does_not_get_it_back_by_signing_again(
    carriers: Carriers,
) -> None:
    attacker, victim = ("a1", "p_1"), ("b1", "p_2")
    bound = await carriers.bind(KEY, PETROVA, *attacker)
    await refused(carriers, SIDOROV, *victim)

    await carriers.hand_over(bound.carrier, "p_2", "p_9", "токен его")

    await refused(carriers, PETROVA, *attacker)
    assert await carriers.bind(KEY, SIDOROV, *victim) == Binding("known", bound.carrier)
    await refused(carriers, PETROVA, *attacker)


async def test_a_carrier_is_handed_only_to_who_was_refused_with_it(carriers: Carriers) -> None:
    bound = await carriers.bind(KEY, PETROVA, "a1", "p_1")

    for carrier, person in ((bound.carrier, "p_2"), ("00", "p_2")):
        with pytest.raises(NotFound):
            await carriers.hand_over(carrier, person, "p_9", "токен его")

    assert (await carriers.bind(KEY, PETROVA, "a1", "p_1")).outcome == "known"


async def test_who_was_refused_is_found_with_the_holder_of_now_until_the_carrier_is_his(
    carriers: Carriers, place: Place
) -> None:
    bound = await carriers.bind(KEY, PETROVA, "a1", "p_1")
    with pytest.raises(CarrierOtherPerson) as told:
        await carriers.bind(SAME_TOKEN, SIDOROV, "b1", "p_2")
    await refused(carriers, THIRD, "c1", "p_3")

    short, now = short_name(bound.carrier), place.clock.now
    assert told.value.details == {"carrier": short}
    assert await carriers.conflicts(["p_2", "p_4"]) == (Conflict(bound.carrier, "p_2", "p_1", now),)
    assert await carriers.conflicts(["p_1"]) == ()
    assert await carriers.named(short[:5].upper()) == bound.carrier
    with pytest.raises(NotFound):
        await carriers.named("")

    await carriers.hand_over(bound.carrier, "p_2", "p_9", "токен его")
    assert await carriers.conflicts(["p_2", "p_3"]) == (Conflict(bound.carrier, "p_3", "p_2", now),)


async def test_a_crowd_that_comes_at_once_is_bound_together_and_each_to_his_own(carriers: Carriers) -> None:
    def come(person: int) -> Awaitable[Binding]:
        owner = Owner(inn=f"{770000000000 + person}")
        return carriers.bind(f"SCARD\\token_{person}\\0A00\\1", owner, f"{person:x}", f"p_{person}")

    first = await asyncio.gather(*map(come, range(250)))
    again = await asyncio.gather(*map(come, range(250)))

    assert {each.outcome for each in first} == {"new"}
    assert [each.carrier for each in again] == [each.carrier for each in first]
    assert {each.outcome for each in again} == {"known"}


async def test_of_two_who_come_in_one_breath_the_second_is_refused_and_nobody_else(
    carriers: Carriers,
) -> None:
    asked = (
        carriers.bind(KEY, PETROVA, "a1", "p_1"),
        carriers.bind(SAME_TOKEN, SIDOROV, "b1", "p_2"),
        carriers.bind(OTHER_TOKEN, SIDOROV, "b1", "p_2"),
    )

    found = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(each).__name__ for each in found] == ["Binding", "CarrierOtherPerson", "Binding"]


async def test_a_local_key_follows_the_policy(place: Place) -> None:
    local = "REGISTRY\\\\le-1234"
    allow, warn, refuse = (
        Carriers(place.database, MACS, place.clock, policy) for policy in ("allow", "warn", "refuse")
    )

    assert await allow.bind(local, PETROVA, "a1", "p_1") == Binding("local")
    assert await warn.bind(local, SIDOROV, "b1", "p_2") == Binding("local_warned")
    with pytest.raises(LocalKey):
        await refuse.bind(local, PETROVA, "a1", "p_1")


async def test_a_rotated_key_forgets_nobody(carriers: Carriers, place: Place) -> None:
    await carriers.bind(KEY, PETROVA, "a1", "p_1")
    rotated = Carriers(place.database, MacKeys({1: b"1" * 32, 2: b"2" * 32}), place.clock)

    with pytest.raises(CarrierOtherPerson):
        await rotated.bind(KEY, SIDOROV, "b1", "p_2")
    assert (await rotated.bind(KEY, PETROVA, "a1", "p_1")).outcome == "known"


async def test_a_carrier_handed_over_before_a_rotation_is_his_after_it(
    carriers: Carriers, place: Place
) -> None:
    bound = await carriers.bind(KEY, PETROVA, "a1", "p_1")
    await refused(carriers, SIDOROV, "b1", "p_2")
    rotated = Carriers(place.database, MacKeys({1: b"1" * 32, 2: b"2" * 32}), place.clock)

    await rotated.hand_over(bound.carrier, "p_2", "p_9", "токен его")

    assert (await rotated.bind(KEY, SIDOROV, "b1", "p_2")).outcome == "known"


async def test_neither_serial_numbers_nor_persons_are_stored(carriers: Carriers, place: Place) -> None:
    await carriers.bind(KEY, PETROVA, "a1", "p_1")

    (row,) = await place.database.read(lambda db: db.execute(select(key_carrier)).all())
    assert "39445" not in str(row).upper()
    assert PETROVA.snils not in str(row)


async def test_of_two_persons_who_come_at_once_one_gets_the_carrier(postgres_url: str) -> None:
    async with a_place(postgres_url) as place:
        carriers = Carriers(place.database, MACS, place.clock)

        asked = (carriers.bind(KEY, owner, "a1", "p") for owner in (PETROVA, SIDOROV))
        found = await asyncio.gather(*asked, return_exceptions=True)

    assert sorted(type(each).__name__ for each in found) == ["Binding", "CarrierOtherPerson"]


async def test_a_carrier_is_handed_over_on_postgresql_too(postgres_url: str) -> None:
    async with a_place(postgres_url) as place:
        carriers = Carriers(place.database, MACS, place.clock)
        bound = await carriers.bind(KEY, PETROVA, "a1", "p_1")
        await refused(carriers, SIDOROV, "b1", "p_2")

        await carriers.hand_over(bound.carrier, "p_2", "p_9", "токен его")

        await refused(carriers, PETROVA, "a1", "p_1")
        assert (await carriers.bind(KEY, SIDOROV, "b1", "p_2")).outcome == "known"
