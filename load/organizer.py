"""An organizer for runs without people: convenes, opens, puts each question to the vote in order, ends."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from load.client import Client
from load.history import Outcome

BUSY = frozenset({"voting", "closing", "counting"})
OPENING_TRIES = 30


class Organizer:
    """`started` tells when each voting's opening was answered (monotonic seconds): the measure of commit to screen."""

    def __init__(self, client: Client, countdown_s: int) -> None:
        self._client = client
        self._countdown_s = countdown_s
        self._refused: set[str] = set()
        self.started: dict[int, float] = {}

    async def hold(self, expected: Callable[[], int], patience_s: float, questions: int | None) -> bool:
        """The whole meeting; waits up to `patience_s` for so many creditors. True when it ended in order."""
        client = self._client
        if not await client.until(lambda: client.replica.is_whole, patience_s):
            return False
        if self._meeting()["status"] == "draft":
            await client.command("convene", {})
        await self._assemble(expected, time.monotonic() + patience_s)
        return await self._open() and await self._agenda(questions) and await self._end()

    async def _assemble(self, expected: Callable[[], int], until: float) -> None:
        """The number is asked for again, as some may never come."""
        while self._meeting()["creditors_present"] < expected() and time.monotonic() < until:
            await self._client.until(lambda: self._meeting()["creditors_present"] >= expected(), 1.0)

    async def _open(self) -> bool:
        """Refusals before the hour or the quorum are answered by trying again a second later."""
        for _ in range(OPENING_TRIES):
            if self._meeting()["status"] == "running":
                return True
            if self._meeting()["may_open"]:
                await self._client.command("open_meeting", {})
            await self._client.until(lambda: self._meeting()["status"] == "running", 1.0)
        return False

    async def _agenda(self, questions: int | None) -> bool:
        done = 0
        while (question := self._waiting()) is not None and (questions is None or done < questions):
            if await self._vote_on(question):
                done += 1
        return await self._client.until(lambda: not self._busy(), 60)

    async def _vote_on(self, question: str) -> bool:
        answer = await self._client.command(
            "start_voting", {"question": question, "duration_s": self._countdown_s}
        )
        if answer.outcome is not Outcome.OK:
            self._refused.add(question)
            return False
        answered_at = answer.settled_at or time.monotonic()
        await self._client.until(lambda: self._question(question)["voting"] is not None, 10)
        voting = self._question(question)["voting"]
        if voting is None:
            return False
        self.started[voting] = answered_at
        await self._wait_for_votes(voting)
        return await self._client.until(
            lambda: self._question(question)["state"] not in BUSY, self._countdown_s + 30
        )

    async def _wait_for_votes(self, voting: int) -> None:
        """Close by hand as soon as everybody has voted, else let the countdown run out."""
        if await self._client.until(lambda: self._has_everybody_voted(voting), self._countdown_s):
            await asyncio.sleep(0.2)
            if self._state(voting) == "open":
                await self._client.command("stop_voting", {"voting": voting})

    async def _end(self) -> bool:
        await self._client.command("end_meeting", {})
        return await self._client.until(lambda: self._meeting()["status"] == "ended", 30)

    def _meeting(self) -> Mapping[str, Any]:
        meeting: Mapping[str, Any] = self._client.replica.view.values["meeting"]
        return meeting

    def _question(self, question: str) -> Mapping[str, Any]:
        value: Mapping[str, Any] = self._client.replica.view.values[f"question/{question}"]
        return value

    def _agenda_states(self) -> list[tuple[str, str]]:
        agenda = self._client.replica.view.values["agenda"]
        return [(question, self._question(question)["state"]) for question in agenda]

    def _waiting(self) -> str | None:
        ready = (q for q, state in self._agenda_states() if state == "waiting" and q not in self._refused)
        return next(ready, None)

    def _busy(self) -> bool:
        return any(state in BUSY for _, state in self._agenda_states())

    def _state(self, voting: int) -> str:
        value = self._client.replica.view.values.get(f"voting/{voting}")
        return str(value["state"]) if value else "gone"

    def _has_everybody_voted(self, voting: int) -> bool:
        value = self._client.replica.view.values.get(f"voting/{voting}")
        return value is None or value["state"] != "open" or value["voted"] >= value["electorate"]
