"""Boxes of ciphertext between a person's telephone and his computer."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.accounts import api as accounts_api
from app.accounts.cookie import site_of
from app.kernel.errors import NotFound
from app.kernel.http import install
from app.signatures.api import Offer, router
from app.signatures.handoff import LETTER_BYTES, LIFETIME_US, OPEN_BOXES, Handoffs
from app.signatures.refusals import HandoffAnswered
from app.signatures.texts import REFUSALS
from tests.app.accounts.places import URL, Place, a_place, sqlite_url

BOX, OTHER = "0a" * 16, "0b" * 16


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with a_place(sqlite_url(tmp_path)) as place:
        await place.token()
        await place.token(person="p_2")
        yield place


@pytest.fixture
def handoffs(place: Place) -> Handoffs:
    return Handoffs(place.database, place.clock)


async def test_a_letter_is_read_by_its_name_and_answered_once(handoffs: Handoffs) -> None:
    await handoffs.put("p_1", BOX, b"letter")

    assert await handoffs.letter(BOX) == b"letter"
    assert await handoffs.answer("p_1", BOX) is None
    await handoffs.give(BOX, b"answer")
    assert await handoffs.answer("p_1", BOX) == b"answer"
    with pytest.raises(HandoffAnswered):
        await handoffs.give(BOX, b"another")
    assert await handoffs.answer("p_1", BOX) == b"answer"


async def test_after_ten_minutes_a_box_is_not_there_and_its_row_is_gone(
    handoffs: Handoffs, place: Place
) -> None:
    await handoffs.put("p_1", BOX, b"letter")
    place.clock.now += LIFETIME_US

    for ask in (handoffs.letter(BOX), handoffs.give(BOX, b"answer"), handoffs.answer("p_1", BOX)):
        with pytest.raises(NotFound):
            await ask
    await handoffs.sweep()
    rows = await place.database.read(
        lambda db: db.exec_driver_sql("select count(*) from handoff").scalar_one()
    )
    assert rows == 0


async def test_another_person_neither_reads_the_answer_nor_takes_the_name_nor_removes_the_box(
    handoffs: Handoffs,
) -> None:
    await handoffs.put("p_1", BOX, b"letter")
    await handoffs.give(BOX, b"answer")

    with pytest.raises(NotFound):
        await handoffs.answer("p_2", BOX)
    with pytest.raises(NotFound):
        await handoffs.put("p_2", BOX, b"mine")
    await handoffs.remove("p_2", BOX)
    assert await handoffs.letter(BOX) == b"letter"


async def test_a_person_has_few_boxes_and_the_newest_stay(handoffs: Handoffs, place: Place) -> None:
    names = [f"{n:032x}" for n in range(OPEN_BOXES + 1)]
    for name in names:
        place.clock.now += 1_000
        await handoffs.put("p_1", name, b"letter")

    with pytest.raises(NotFound):
        await handoffs.letter(names[0])
    assert [await handoffs.letter(name) for name in names[1:]] == [b"letter"] * OPEN_BOXES


async def test_a_removed_box_is_gone(handoffs: Handoffs) -> None:
    await handoffs.put("p_1", BOX, b"letter")
    await handoffs.remove("p_1", BOX)
    await handoffs.remove("p_1", BOX)

    with pytest.raises(NotFound):
        await handoffs.letter(BOX)


class Browsers:
    """A telephone that is signed in and a computer that is not."""

    def __init__(self, app: FastAPI) -> None:
        self.phone = TestClient(app, base_url=URL, headers={"origin": URL})
        self.computer = TestClient(app, base_url=URL, headers={"origin": URL})


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Browsers]:
    with asyncio.Runner() as runner:
        places = a_place(sqlite_url(tmp_path))
        place = runner.run(places.__aenter__())
        site = site_of(URL)
        app = FastAPI()
        app.include_router(accounts_api.router(place.accounts, site, place.clock), prefix="/api")
        offer = Offer(demo=False, plugin=True)
        made = router(Handoffs(place.database, place.clock), place.accounts, site, place.clock, offer)
        app.include_router(made, prefix="/api")
        install(app, REFUSALS)
        browsers = Browsers(app)
        token = runner.run(place.token())
        assert browsers.phone.post("/api/session", json={"token": token}).status_code == 200
        yield browsers
        runner.run(places.__aexit__(None, None, None))


def text(body: bytes) -> str:
    return base64.b64encode(body).decode()


def test_the_computer_needs_no_login_and_the_telephone_does(served: Browsers) -> None:
    put = served.phone.put(f"/api/handoffs/{BOX}?p=p_1", json={"letter": text(b"letter")})
    assert put.status_code == 201

    assert served.computer.get(f"/api/handoffs/{BOX}/letter").json() == {"letter": text(b"letter")}
    given = served.computer.post(f"/api/handoffs/{BOX}/answer", json={"answer": text(b"answer")})
    assert given.status_code == 204
    again = served.computer.post(f"/api/handoffs/{BOX}/answer", json={"answer": text(b"x")})
    assert (again.status_code, again.json()["code"]) == (409, "handoff_answered")
    assert served.phone.get(f"/api/handoffs/{BOX}/answer?p=p_1").json() == {"answer": text(b"answer")}
    for stranger in (
        served.computer.get(f"/api/handoffs/{BOX}/answer?p=p_1"),
        served.computer.put(f"/api/handoffs/{OTHER}?p=p_1", json={"letter": "AA=="}),
        served.computer.delete(f"/api/handoffs/{BOX}?p=p_1"),
    ):
        assert stranger.status_code == 401
    assert served.phone.delete(f"/api/handoffs/{BOX}?p=p_1").status_code == 204
    assert served.computer.get(f"/api/handoffs/{BOX}/letter").status_code == 404


def test_what_is_no_base64_too_large_or_from_another_site_is_refused(served: Browsers) -> None:
    path = f"/api/handoffs/{BOX}?p=p_1"

    assert served.phone.put(path, json={"letter": "not base64!"}).status_code == 422
    assert served.phone.put(path, json={"letter": text(b"x" * (LETTER_BYTES + 1))}).status_code == 413
    assert served.phone.put("/api/handoffs/short?p=p_1", json={"letter": "AA=="}).status_code == 422
    foreign = {"origin": "https://elsewhere.example"}
    assert served.phone.put(path, json={"letter": "AA=="}, headers=foreign).status_code == 403
    assert served.computer.get(f"/api/handoffs/{BOX}/letter").status_code == 404


def test_who_tries_names_is_slowed_down_but_a_good_name_still_opens(served: Browsers) -> None:
    served.phone.put(f"/api/handoffs/{BOX}?p=p_1", json={"letter": "AA=="})
    answers = [served.computer.get(f"/api/handoffs/{n:032x}/letter").status_code for n in range(25)]

    assert answers[0] == 404
    assert answers[-1] == 429
    assert served.computer.get(f"/api/handoffs/{BOX}/letter").status_code == 200


def test_an_answer_to_a_name_that_is_not_there_is_neither_decoded_nor_free_to_try_again(
    served: Browsers,
) -> None:
    served.phone.put(f"/api/handoffs/{BOX}?p=p_1", json={"letter": "AA=="})
    codes = [
        served.computer.post(f"/api/handoffs/{n:032x}/answer", json={"answer": "not base64!"}).status_code
        for n in range(25)
    ]

    assert (codes[0], codes[-1]) == (404, 429)
    given = served.computer.post(f"/api/handoffs/{BOX}/answer", json={"answer": text(b"answer")})
    assert given.status_code == 204


def test_the_server_says_what_it_offers(served: Browsers) -> None:
    offer = served.computer.get("/api/signing").json()
    assert offer == {"demo": False, "plugin": True, "missing": []}
