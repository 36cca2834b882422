"""One key carrier, one person; the practice of one token for many is ended, honest cases have a way out."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from app.kernel.crypto import MacKeys
from app.kernel.errors import NotFound
from app.signatures.carrier_tables import key_carrier, key_carrier_release
from app.signatures.carriers import Binding, Carriers, carrier_name
from app.signatures.model import Owner
from app.signatures.refusals import CarrierOtherPerson, LocalKey, ReasonMissing
from tests.app.accounts.places import Place, a_place, sqlite_url

KEY = "SCARD\\rutoken_lt_39445e29\\0A00\\28A9"
SAME_TOKEN, OTHER_TOKEN = "SCARD\\RUTOKEN_LT_39445E29\\0B00\\1F70", "SCARD\\rutoken_33124d15\\0A00\\1F70"
PETROVA, SIDOROV = Owner(snils="11223344595"), Owner(snils="08765430300")
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
    first = await carriers.bind(KEY, PETROVA, "a1")
    renewed = await carriers.bind(SAME_TOKEN, replace(PETROVA, surname="Иванова"), "a2")

    assert (first.outcome, renewed.outcome) == ("new", "known")
    assert first.carrier == renewed.carrier


async def test_another_person_is_refused_on_the_same_token_and_welcome_on_his_own(
    carriers: Carriers,
) -> None:
    await carriers.bind(KEY, PETROVA, "a1")

    with pytest.raises(CarrierOtherPerson):
        await carriers.bind(SAME_TOKEN, SIDOROV, "b1")

    assert (await carriers.bind(OTHER_TOKEN, SIDOROV, "b1")).outcome == "new"
    assert (await carriers.bind(KEY, PETROVA, "a1")).outcome == "known"


async def test_two_owners_without_numbers_are_not_one_person(carriers: Carriers) -> None:
    await carriers.bind(KEY, Owner(common_name="Петрова"), "a1")

    with pytest.raises(CarrierOtherPerson):
        await carriers.bind(SAME_TOKEN, Owner(common_name="Сидоров"), "b1")
    assert (await carriers.bind(KEY, Owner(common_name="Петрова"), "a1")).outcome == "known"


async def test_an_officer_lets_a_carrier_go_with_a_reason_and_it_is_recorded(
    carriers: Carriers, place: Place
) -> None:
    bound = await carriers.bind(KEY, PETROVA, "a1")

    with pytest.raises(ReasonMissing):
        await carriers.release(bound.carrier, "p_1", "  ")
    await carriers.release(bound.carrier, "p_1", "общий токен супругов")

    assert (await carriers.bind(KEY, SIDOROV, "b1")).outcome == "new"
    (row,) = await place.database.read(lambda db: db.execute(select(key_carrier_release)).all())
    assert (row.officer, row.reason, row.carrier) == ("p_1", "общий токен супругов", bound.carrier)
    with pytest.raises(NotFound):
        await carriers.release("00", "p_1", "нет такого")


async def test_a_local_key_follows_the_policy(place: Place) -> None:
    local = "REGISTRY\\\\le-1234"
    allow, warn, refuse = (
        Carriers(place.database, MACS, place.clock, policy) for policy in ("allow", "warn", "refuse")
    )

    assert await allow.bind(local, PETROVA, "a1") == Binding("local")
    assert await warn.bind(local, SIDOROV, "b1") == Binding("local_warned")
    with pytest.raises(LocalKey):
        await refuse.bind(local, PETROVA, "a1")


async def test_a_rotated_key_forgets_nobody(carriers: Carriers, place: Place) -> None:
    await carriers.bind(KEY, PETROVA, "a1")
    rotated = Carriers(place.database, MacKeys({1: b"1" * 32, 2: b"2" * 32}), place.clock)

    with pytest.raises(CarrierOtherPerson):
        await rotated.bind(KEY, SIDOROV, "b1")
    assert (await rotated.bind(KEY, PETROVA, "a1")).outcome == "known"


async def test_neither_serial_numbers_nor_persons_are_stored(carriers: Carriers, place: Place) -> None:
    await carriers.bind(KEY, PETROVA, "a1")

    (row,) = await place.database.read(lambda db: db.execute(select(key_carrier)).all())
    assert "39445" not in str(row).upper()
    assert PETROVA.snils not in str(row)


async def test_of_two_persons_who_come_at_once_one_gets_the_carrier(postgres_url: str) -> None:
    async with a_place(postgres_url) as place:
        carriers = Carriers(place.database, MACS, place.clock)

        asked = (carriers.bind(KEY, owner, "a1") for owner in (PETROVA, SIDOROV))
        found = await asyncio.gather(*asked, return_exceptions=True)

    assert sorted(type(each).__name__ for each in found) == ["Binding", "CarrierOtherPerson"]
