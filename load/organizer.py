"""An organizer for runs without people: convenes, opens, puts each question to the vote in order, ends."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from load.client import Client
from load.history import Operation, Outcome

BUSY = frozenset({"voting", "closing", "counting"})
OPENING_TRIES = 30
START_TRIES = 5
COUNT_S = 60.0


@dataclass(frozen=True, slots=True)
class Act:
    """What the organizer did to the meeting: answered when (monotonic seconds), standing where in the log."""

    op: str
    answered_at: float
    position: int


class Organizer:
    """Leads a meeting of any form. `middle` is set when half of the votings to be held have been counted; in the
    forms where all are open at once, when they have been opened.
    """

    def __init__(self, client: Client, countdown_s: int) -> None:
        self._client = client
        self._countdown_s = countdown_s
        self._refusals: Counter[str] = Counter()
        self._to_hold = 0
        self.step = "joining"
        self.acts: list[Act] = []
        self.middle = asyncio.Event()

    async def hold(
        self, are_all_here: Callable[[int], bool], patience_s: float, questions: int | None
    ) -> bool:
        """The whole meeting; waits up to `patience_s` for everybody, who are counted by the creditors present.

        True when it ended in order.
        """
        client = self._client
        if not await client.until(lambda: client.replica.is_whole, patience_s):
            return False
        self.step = "convening"
        if self._meeting()["status"] == "draft":
            await self._act("convene", {})
        agenda = len(self._questions())
        self._to_hold = min(agenda, questions or agenda)
        await self._assemble(are_all_here, time.monotonic() + patience_s)
        return await self._open() and await self._agenda(questions) and await self._end()

    async def _assemble(self, are_all_here: Callable[[int], bool], until: float) -> None:
        """Asked for again and again, as some may never come."""
        self.step = "assembling"
        while not are_all_here(self._attendance()["creditors_present"]) and time.monotonic() < until:
            await self._client.until(lambda: are_all_here(self._attendance()["creditors_present"]), 0.5)

    async def _act(self, op: str, body: dict[str, Any]) -> Operation:
        answer = await self._client.command(op, body)
        if answer.outcome is Outcome.OK and answer.settled_at is not None:
            self.acts.append(Act(op, answer.settled_at, answer.position))
        return answer

    async def _open(self) -> bool:
        """Refusals before the hour or the quorum are answered by trying again a second later."""
        self.step = "opening the meeting"
        for _ in range(OPENING_TRIES):
            if self._meeting()["status"] == "running":
                return True
            if self._attendance()["may_open"]:
                await self._act("open_meeting", {})
            await self._client.until(lambda: self._meeting()["status"] == "running", 1.0)
        return False

    async def _agenda(self, questions: int | None) -> bool:
        """Questions of a packet open by themselves after their adopted parent, so states are looked at, not assumed."""
        while self._meeting()["status"] == "running":
            running, ready = self._running(), self._waiting()
            if running is not None:
                if not await self._see_through(running):
                    return False
            elif ready is None or (questions is not None and self._held() >= questions):
                return True
            else:
                await self._start(ready)
        return True

    async def _start(self, question: str) -> None:
        self.step = f"starting {question}"
        body = {"question": question, "duration_s": self._countdown_s}
        answer = await self._act("start_voting", body)
        if answer.outcome is not Outcome.OK:
            self._refusals[question] += 1
            await self._client.until(lambda: self._running() is not None, 1.0)
        else:
            await self._client.until(lambda: self._running() is not None, 10)

    async def _see_through(self, voting: int) -> bool:
        """Close by hand as soon as everybody has voted, else let the countdown run out; then wait for the count."""
        self.step = f"seeing voting {voting} through"
        if self._held() >= self._to_hold // 2 or self._meeting().get("form") != "in_person":
            self.middle.set()
        left_s = (self._voting(voting)["deadline_ms"] - self._client.now_ms()) / 1000
        if await self._client.until(lambda: self._has_everybody_voted(voting), max(0.0, left_s)):
            await asyncio.sleep(0.2)
            if self._voting(voting).get("state") == "open":
                await self._act("stop_voting", {"voting": voting})
        self.step = f"waiting for the count of voting {voting}"
        return await self._client.until(lambda: self._running() != voting, COUNT_S)

    async def _end(self) -> bool:
        self.step = "ending the meeting"
        await self._act("end_meeting", {})
        return await self._client.until(lambda: self._meeting()["status"] == "ended", 30)

    def _meeting(self) -> Mapping[str, Any]:
        meeting: Mapping[str, Any] = self._client.replica.view.values["meeting"]
        return meeting

    def _attendance(self) -> Mapping[str, Any]:
        attendance: Mapping[str, Any] = self._client.replica.view.values["attendance"]
        return attendance

    def _question(self, question: str) -> Mapping[str, Any]:
        value: Mapping[str, Any] = self._client.replica.view.values[f"question/{question}"]
        return value

    def _voting(self, voting: int) -> Mapping[str, Any]:
        value: Mapping[str, Any] = self._client.replica.of_view("voting").get(str(voting), {})
        return value

    def _questions(self) -> list[Mapping[str, Any]]:
        return [self._question(question) for question in self._client.replica.view.values["agenda"]]

    def _running(self) -> int | None:
        """The voting that is going on, the first of them."""
        busy = (question["voting"] for question in self._questions() if question["state"] in BUSY)
        return next(busy, None)

    def _waiting(self) -> str | None:
        """The next question to be put; one that was refused a few times is left."""
        ready = (
            question["id"]
            for question in self._questions()
            if question["state"] == "waiting" and self._refusals[question["id"]] < START_TRIES
        )
        return next(ready, None)

    def _held(self) -> int:
        return len(self._client.replica.of_view("result"))

    def _has_everybody_voted(self, voting: int) -> bool:
        value = self._voting(voting)
        return value.get("state") != "open" or value["voted"] >= value["electorate"]
