"""Questions that are answered together: none from an older read, none harmed by another's failure."""

import asyncio
from collections.abc import Sequence

import pytest

from app.kernel.together import Together


class Oracle:
    """Doubles numbers; takes its time; remembers the rounds."""

    def __init__(self) -> None:
        self.rounds: list[tuple[int, ...]] = []
        self.is_away = False

    async def answer(self, numbers: tuple[int, ...]) -> Sequence[int | Exception]:
        self.rounds.append(numbers)
        await asyncio.sleep(0.001)
        if self.is_away:
            raise ConnectionError
        if 13 in numbers:
            raise LookupError(13)
        return [ValueError(number) if number == 7 else 2 * number for number in numbers]


async def test_what_comes_during_a_round_is_answered_by_the_next() -> None:
    oracle = Oracle()
    together = Together(oracle.answer, limit=3)

    first = asyncio.create_task(together.ask(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the round has begun
    rest = await asyncio.gather(*(together.ask(number) for number in range(2, 7)))

    assert [await first, *rest] == [2, 4, 6, 8, 10, 12]
    assert oracle.rounds == [(1,), (2, 3, 4), (5, 6)]


async def test_an_exception_is_the_answer_to_its_own_question() -> None:
    together = Together(Oracle().answer)

    answers = await asyncio.gather(*(together.ask(number) for number in (6, 7, 8)), return_exceptions=True)

    assert [answers[0], repr(answers[1]), answers[2]] == [12, "ValueError(7)", 16]


async def test_a_round_that_fails_is_repeated_one_by_one() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)

    answers = await asyncio.gather(*(together.ask(number) for number in (12, 13, 14)), return_exceptions=True)

    assert [answers[0], repr(answers[1]), answers[2]] == [24, "LookupError(13)", 28]
    assert oracle.rounds == [(12, 13, 14), (12,), (13,), (14,)]


async def test_a_database_that_is_away_is_asked_once() -> None:
    oracle = Oracle()
    oracle.is_away = True
    together = Together(oracle.answer)

    answers = await asyncio.gather(*(together.ask(number) for number in (1, 2)), return_exceptions=True)

    assert [type(answer) for answer in answers] == [ConnectionError] * 2
    assert len(oracle.rounds) == 1


async def test_who_has_gone_is_not_told() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    gone = asyncio.create_task(together.ask(1))
    await asyncio.sleep(0)
    gone.cancel()

    assert await together.ask(2) == 4
    with pytest.raises(asyncio.CancelledError):
        await gone
