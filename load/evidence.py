"""Gathering evidence after a run: every client's history and maps, and the server's record, by HTTP."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

from load import texts, wire
from load.checker import Maps, Witness
from load.client import Client
from load.counted import Record
from load.http import Refusal
from load.minutes import read_minutes
from load.replica import Replica

AT_ONCE = 16
LOOKS = 10
NOT_SHOWN = (403, 404)


async def gather(clients: tuple[Client, ...]) -> tuple[Witness, ...]:
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(client: Client) -> Witness:
        async with limit:
            try:
                return await _witness(client)
            except (Refusal, OSError) as fault:
                return _without_proof(client, fault)
            finally:
                if not client.uses_fallback:
                    client.door.rest()

    return tuple(await asyncio.gather(*(one(client) for client in clients)))


async def _witness(client: Client) -> Witness:
    fresh, later = await _look(client)
    for _ in range(LOOKS):
        if _is_same(client.replica, fresh) or client.tally.stopped_by is not None:
            break
        await client.until(lambda: False, 0.5)
        fresh, later = await _look(client)
    return Witness(
        person=client.door.person,
        operations=client.history.operations,
        held=_maps(client.replica),
        fresh=_maps(fresh),
        gaps=client.replica.gaps,
        contradictions=tuple(client.history.contradictions),
        faults=tuple(client.tally.faults),
        later=later,
        saved=await _saved_ballots(client, fresh),
    )


def _without_proof(client: Client, fault: Exception) -> Witness:
    """The server would not show what it keeps for this client; that alone fails the run."""
    held = _maps(client.replica)
    faults = (*client.tally.faults, texts.NO_FRESH_VIEW.format(fault=fault))
    return Witness(
        client.door.person, client.history.operations, held, held, client.replica.gaps, faults=faults
    )


def never_whole(client: Client) -> Witness:
    """He cannot be asked for anything, but what he went through counts."""
    held = _maps(client.replica)
    who = client.door.person or client.link.name
    return Witness(
        who, client.history.operations, held, held, client.replica.gaps, faults=tuple(client.tally.faults)
    )


async def _look(client: Client) -> tuple[Replica, Mapping[bytes, bool]]:
    """A fresh full map, and what became of commands without an answer, in one poll."""
    frames = [wire.hello(client.topic, None, None)]
    if client.unsettled:
        frames.append(wire.check(client.unsettled[:64]))
    replica, later = Replica(), {}
    for frame in await client.door.poll(frames):
        if isinstance(frame, wire.Sync):
            replica.take(frame)
        elif isinstance(frame, wire.Status) and frame.known:
            later[frame.id] = frame.ok is True
    return replica, later


def _is_same(mine: Replica, fresh: Replica) -> bool:
    return _maps(mine) == _maps(fresh)


def _maps(replica: Replica) -> Maps:
    return Maps(dict(replica.view.values), dict(replica.me.values))


async def _saved_ballots(client: Client, fresh: Replica) -> Mapping[str, bool] | None:
    """The voter's own ballots: old ones by HTTP, those of running and last votings from `me`."""
    if not any(operation.ballots for operation in client.history.operations):
        return {}
    old = await _if_shown(client.door.receipts)
    if old is None:
        return None
    return {row["ballot_sha256"]: row["annulled"] for row in [*old, *fresh.of_me("ballot").values()]}


async def read_record(client: Client) -> Record:
    """As seen by this client: the organizer sees every table, a participant those of open votings."""
    fresh, _ = await _look(client)
    view, door = fresh.view.values, client.door
    results = {value["voting"]: value for value in fresh.of_view("result").values()}
    minutes, keys = await _if_shown(door.minutes), await _if_shown(door.keys)
    return Record(
        votings={value["voting"]: value for value in fresh.of_view("voting").values()},
        results={number: value for number, value in results.items() if f"voting/{number}" in view},
        questions={value["id"]: value for value in fresh.of_view("question").values()},
        tables=await _of_votings(results, door.table, "rows"),
        counts=await _of_votings(results, door.recount, "ballots"),
        minutes=None if minutes is None else read_minutes(minutes),
        keys=None if keys is None else keys["receipts"],
        topic=client.topic,
    )


async def _of_votings(
    votings: Iterable[int], ask: Callable[[int], Awaitable[Any]], rows: str
) -> dict[int, list[Mapping[str, Any]]]:
    found = {voting: await _if_shown(partial(ask, voting)) for voting in votings}
    return {voting: answer[rows] for voting, answer in found.items() if answer is not None}


async def _if_shown(ask: Callable[[], Awaitable[Any]]) -> Any:
    """None for what this person may not see, or not yet."""
    try:
        return await ask()
    except Refusal as refusal:
        if refusal.status not in NOT_SHOWN:
            raise
        return None
