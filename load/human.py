"""How a participant behaves: comes, registers, thinks, votes, loses the network, closes the page and comes back."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from load import texts
from load.ballot import Ballot, Choice, write_ballot, write_test_ballot
from load.client import AS_A_BROWSER, Client, Retry
from load.http import Refusal
from load.sign import Key, Signer, request_for

BALLOTS_A_COMMAND = 32
CREDITORS_A_COMMAND = 200
MEETING_IS_OVER = frozenset({"ended", "failed", "cancelled"})
MAY_REGISTER = frozenset({"convened", "running", "recess"})
YES_NO = ("for", "against", "abstain")
YES_NO_WEIGHTS = (70, 20, 10)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds and shares of a crowd's behaviour. `think_s` is (least, most, usual) before a vote.

    With `burst_s` nobody thinks: all votes fall into so many seconds just before the end of the countdown.
    """

    join_s: float
    think_s: tuple[float, float, float]
    away_s: tuple[float, float]
    drops: float
    strolls: float
    silent: float
    burst_s: float | None = None
    retry: Retry = AS_A_BROWSER


AT_HUMAN_PACE = Pace(join_s=25, think_s=(4, 60, 12), away_s=(3, 20), drops=0.05, strolls=0.08, silent=0.04)
QUICK = Pace(join_s=3, think_s=(0.2, 5, 1), away_s=(0.2, 2), drops=0.1, strolls=0.1, silent=0)
BEFORE_THE_END_S = 1.0
ISSUING_TRIES = 4
LONGEST_WAIT_MS = 10_000
"""A question of a packet opens by itself, for minutes: its burst does not wait for the end."""


def in_bursts(join_s: float, burst_s: float, drops: float = 0.01) -> Pace:
    """The hardest crowd: everybody votes at the last moment; of a few the network is lost just then."""
    return Pace(join_s, (0, 0, 0), (0, 0), drops=drops, strolls=0, silent=0, burst_s=burst_s)


class Human:
    """One participant with a mind; the same seed gives the same wishes."""

    def __init__(self, client: Client, pace: Pace, rng: Random) -> None:
        self._client = client
        self._pace = pace
        self._rng = rng
        self._thought_over: set[int] = set()
        self._signer: Signer | None = None

    async def live(self) -> None:
        """Until the meeting is over or the server says not to come again."""
        client = self._client
        await client.until(lambda: client.replica.is_whole or self._is_over())
        await client.until(lambda: _status(client) in MAY_REGISTER or self._is_over())
        await self._attend()
        await self._get_certificate()
        while not self._is_over():
            await client.until(lambda: bool(self._open_votings()) or self._is_over())
            for voting in self._open_votings():
                self._thought_over.add(voting)
                await self._think_and_vote(voting)

    def _is_over(self) -> bool:
        return _status(self._client) in MEETING_IS_OVER or self._client.tally.stopped_by is not None

    async def _attend(self) -> None:
        """An absentee meeting has no journal: its ballots are its attendance."""
        if _meeting(self._client).get("form") == "absentee":
            return
        absent = [who for who, mine in self._client.replica.of_me("creditor").items() if not mine["present"]]
        for start in range(0, len(absent), CREDITORS_A_COMMAND):
            await self._client.command("attend", {"creditors": absent[start : start + CREDITORS_A_COMMAND]})

    async def _get_certificate(self) -> None:
        """Where ballots are signed the server's demonstration authority issues one; without it nobody of ours can vote."""
        if _meeting(self._client).get("signature_policy") != "qualified" or self._is_over():
            return
        try:
            self._signer = await self._issued(Key())
        except (OSError, Refusal) as fault:
            said = f"{type(fault).__name__}: {fault}"
            self._client.tally.faults.append(texts.NO_CERTIFICATE.format(fault=said))
        else:
            await self._try_signing(self._signer)

    async def _issued(self, key: Key) -> Signer:
        """A line that broke or took too long is tried again."""
        for _ in range(ISSUING_TRIES - 1):
            with suppress(OSError):
                return Signer.of(key, await self._client.door.certificate(request_for(key)))
        return Signer.of(key, await self._client.door.certificate(request_for(key)))

    async def _try_signing(self, signer: Signer) -> None:
        """As everybody should before a meeting: the server then knows the certificate, too."""
        client = self._client
        content = write_test_ballot(_meeting(client)["id"], client.door.person)
        signature = signer.sign(content, client.now_ms())
        await client.command("try_signing", {"bytes": content, "signature": signature, "way": "soft"})

    def _open_votings(self) -> list[int]:
        """Votings that wait for this person, the most urgent first."""
        open_now = [
            value
            for value in self._client.replica.of_view("voting").values()
            if value["state"] == "open" and value["voting"] not in self._thought_over
        ]
        open_now.sort(key=lambda value: (value["deadline_ms"], value["voting"]))
        return [value["voting"] for value in open_now if self._rights(value["voting"])]

    def _rights(self, voting: int) -> list[Mapping[str, Any]]:
        """Rights not used yet, of all creditors this person votes for."""
        me = self._client.replica.me.values
        return [
            right
            for key, right in self._client.replica.of_me(f"right/{voting}").items()
            if right["may_vote"] and f"ballot/{voting}/{key}" not in me
        ]

    async def _think_and_vote(self, voting: int) -> None:
        silent = self._rng.random() < self._pace.silent
        if self._rng.random() < self._pace.strolls:
            await self._stroll()
        written = self._ballots(voting) if self._signer else None  # signed before the crowd's burst
        await asyncio.sleep(self._thinking_s(voting))
        if not silent:
            for ballots in written or self._ballots(voting):
                await self._cast(voting, ballots)

    async def _stroll(self) -> None:
        self._client.leave_page()
        await asyncio.sleep(self._rng.uniform(*self._pace.away_s))
        self._client.come_back()

    def _thinking_s(self, voting: int) -> float:
        """A random moment of the countdown, never its last tenth; in a burst only just before its last second."""
        value = self._client.replica.view.values.get(f"voting/{voting}")
        left_s = 0 if value is None else (value["deadline_ms"] - self._client.now_ms()) / 1000
        if self._pace.burst_s is not None and value is not None:
            end_ms = float(min(value["deadline_ms"], value["opened_at_ms"] + LONGEST_WAIT_MS))
            left_s = (end_ms - self._client.now_ms()) / 1000
            return max(0.0, left_s - BEFORE_THE_END_S - self._rng.uniform(0, self._pace.burst_s))
        return max(0.0, min(self._rng.triangular(*self._pace.think_s), 0.9 * left_s))

    def _ballots(self, voting: int) -> list[tuple[Ballot, ...]]:
        """One ballot per creditor, in commands of at most 32; most creditors of one person are of one mind."""
        view = self._client.replica.view.values
        value = view.get(f"voting/{voting}")
        if value is None:
            return []
        question, meeting = view[f"question/{value['question']}"], view["meeting"]["id"]
        mind = choose(question, self._rng)
        ballots = []
        for right in self._rights(voting):
            choice = mind if self._rng.random() < 0.85 else choose(question, self._rng)
            ballots.append(self._signed(write_ballot(meeting, question, value, right, spread(choice, right))))
        starts = range(0, len(ballots), BALLOTS_A_COMMAND)
        return [tuple(ballots[start : start + BALLOTS_A_COMMAND]) for start in starts]

    def _signed(self, ballot: Ballot) -> Ballot:
        if self._signer is None:
            return ballot
        signature = self._signer.sign(ballot.content, self._client.now_ms())
        return replace(ballot, signature=signature, serial=self._signer.serial)

    async def _cast(self, voting: int, ballots: tuple[Ballot, ...]) -> None:
        """Sometimes the network goes just as the vote leaves: that is where unknown outcomes come from."""
        rows = [{"bytes": ballot.content, "signature": ballot.signature} for ballot in ballots]
        sending = asyncio.create_task(
            self._client.command("cast", {"voting": voting, "ballots": rows}, ballots)
        )
        if self._rng.random() < self._pace.drops:
            await asyncio.sleep(self._rng.uniform(0, 0.02))
            self._client.drop()
        await sending


def choose(question: Mapping[str, Any], rng: Random) -> Choice:
    """What to vote: mostly for; any one option; or shares of the pool in hundredths, summing to 100."""
    options = [option["id"] for option in question["options"]]
    if question["kind"] == "yes_no":
        return Choice(choices=tuple(rng.choices(YES_NO, YES_NO_WEIGHTS)))
    if question["kind"] == "choice":
        return Choice(choices=(rng.choice(options),))
    favourites = rng.sample(options, rng.randint(1, min(3, len(options))))
    cuts = sorted(rng.sample(range(1, 100), len(favourites) - 1))
    shares = [right - left for left, right in zip([0, *cuts], [*cuts, 100], strict=True)]
    return Choice(distribution=dict(zip(favourites, shares, strict=True)))


def spread(choice: Choice, right: Mapping[str, Any]) -> Choice:
    """Turn hundredths into whole kopecks of the creditor's pool, to the last kopeck."""
    if choice.distribution is None:
        return choice
    pool = int(right["pool_kopecks"])
    parts = {who: pool * share // 100 for who, share in choice.distribution.items()}
    first = next(iter(parts))
    parts[first] += pool - sum(parts.values())
    return Choice(distribution={who: part for who, part in parts.items() if part > 0})


def _meeting(client: Client) -> Mapping[str, Any]:
    return client.replica.view.values.get("meeting") or {}


def _status(client: Client) -> str:
    return str(_meeting(client).get("status", ""))
