"""`kvorum carrier` as an officer meets it."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.accounts.model import Contact, Newcomer
from app.accounts.service import Accounts
from app.kernel.clock import system_clock
from app.kernel.engine import open_database
from app.kernel.keys import load_keys, make_missing_keys
from app.migrations import migrate
from app.signatures import texts
from app.signatures.carrier_commands import carrier
from app.signatures.carriers import Carriers
from app.signatures.model import Owner
from app.signatures.refusals import CarrierOtherPerson, ReasonMissing
from tests.app.accounts.places import URL, sqlite_url

KEY = "SCARD\\rutoken_lt_39445e29\\0A00\\28A9"
PEOPLE = {"p_1": "Петрова Анна", "p_2": "Сидоров Пётр"}


@pytest.fixture
def number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of a carrier of p_1 with which p_2 was refused."""
    monkeypatch.setenv("KVORUM_DATABASE_URL", sqlite_url(tmp_path))
    monkeypatch.setenv("KVORUM_KEYS_DIR", str(tmp_path / "keys"))
    make_missing_keys(tmp_path / "keys")
    return asyncio.run(refused(tmp_path))


async def refused(folder: Path) -> str:
    keys = load_keys(folder / "keys")
    database = await open_database(sqlite_url(folder))
    await migrate(database)
    accounts = Accounts(database, keys.macs, keys.keks, system_clock, URL)
    people = (Newcomer(person, "participant", Contact(name)) for person, name in PEOPLE.items())
    await accounts.admit("m_1", tuple(people))
    carriers = Carriers(database, keys.macs, system_clock)
    await carriers.bind(KEY, Owner(inn="7707083893"), "a1", "p_1")
    with pytest.raises(CarrierOtherPerson) as told:
        await carriers.bind(KEY, Owner(inn="500100732259"), "b1", "p_2")
    await database.close()
    return str(told.value.details["carrier"])


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(carrier, list(arguments))


def test_an_officer_finds_a_refusal_and_hands_the_carrier_over(number: str) -> None:
    told = ran("list", "m_1")
    done = ran("release", number, "p_2", "--officer", "Орлова М. С., юрист", "--reason", "токен его")
    after = ran("list", "m_1")

    assert number in told.stdout
    assert f"отказано: {PEOPLE['p_2']} (p_2); подписывает: {PEOPLE['p_1']}" in told.stdout
    assert done.stdout.strip() == texts.CARRIER_RELEASED.format(number=number, person="p_2")
    assert after.stdout.strip() == texts.NO_CARRIERS


def test_without_a_reason_or_with_another_number_nothing_is_handed_over(number: str) -> None:
    blank = ran("release", number, "p_2", "--officer", "Орлова", "--reason", " ")
    wrong = ran("release", "ffff0000", "p_2", "--officer", "Орлова", "--reason", "ошибка")
    other = ran("release", number, "p_1", "--officer", "Орлова", "--reason", "ошибка")

    assert (blank.exit_code, wrong.exit_code, other.exit_code) == (1, 1, 1)
    assert texts.REFUSALS[ReasonMissing.code] in blank.output
    assert texts.NO_SUCH_CARRIER.format(number="ffff0000", person="p_2") in wrong.output
    assert number in ran("list", "m_1").stdout
