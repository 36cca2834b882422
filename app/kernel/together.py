"""Answered together: what is asked while others are being answered waits for the next round, which answers all of it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from app.kernel.away import is_away

Q = TypeVar("Q")
A = TypeVar("A")


BREATH_S = 0.005
"""Between two rounds, so that under load a round has many to answer."""


class Together(Generic[Q, A]):
    """`answer` gets at most `limit` questions and returns an answer to each; an answer may be an exception.

    A round begins after everything it answers was asked, so nothing is answered from an older read. A round that
    fails is repeated question by question, unless the database is away: one bad question harms no other.
    """

    def __init__(
        self, answer: Callable[[tuple[Q, ...]], Awaitable[Sequence[A | Exception]]], limit: int = 100
    ) -> None:
        self._answer = answer
        self._limit = limit
        self._asked: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._rounds: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        answered: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._asked.append((question, answered))
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._go_round())
        return await answered

    async def _go_round(self) -> None:
        try:
            while self._asked:
                await self._settle([self._asked.popleft() for _ in range(min(self._limit, len(self._asked)))])
                await asyncio.sleep(BREATH_S)
        finally:
            self._rounds = None

    async def _settle(self, asked: "list[tuple[Q, asyncio.Future[A]]]") -> None:
        try:
            answers = await self._answer(tuple(question for question, _ in asked))
        except Exception as error:  # an edge: whoever asked gets it
            if len(asked) > 1 and not is_away(error):
                for one in asked:
                    await self._settle([one])
                return
            answers = [error] * len(asked)
        for (_, answered), answer in zip(asked, answers, strict=True):
            _tell(answered, answer)


def _tell(answered: "asyncio.Future[A]", answer: A | Exception) -> None:
    if answered.done():  # who asked has gone
        return
    if isinstance(answer, Exception):
        answered.set_exception(answer)
    else:
        answered.set_result(answer)
