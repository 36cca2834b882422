"""Two servers and a Redis between them; and a participant who stops reading."""

import asyncio
import contextlib
import itertools
import uuid
from collections.abc import AsyncIterator

import pytest

from realtime.broker_redis import RedisBroker, redis_client
from realtime.envelope import Ack, Check, Cmd, Hello, Hint, Soft, Status, Sync
from realtime.hub import online_count
from realtime.limits import Limits
from realtime.ports import Source, ViewMap
from realtime.presence import hints_in, persons_in
from realtime.presence_redis import RedisPresence
from tests.realtime.client_model import ClientModel
from tests.realtime.fake_app import FakeDoor, FakeLog, FakeSource, Grant, Put
from tests.realtime.server_process import PATIENCE_S, Served, hear_a, hello, say, served

CMD = bytes(range(16))
TOPIC = "meeting:1"


def a_log() -> FakeLog:
    log = FakeLog()
    log.append(Grant("anna", "c"), Grant("vera", "c"), Put("c", "a", 1))
    return log


def with_hints(source: Source, view_class: str, online: frozenset[str], complete: bool) -> ViewMap:
    """As the organizer's console is told who signs."""
    return {**online_count(source, view_class, persons_in(online), complete), "hints": dict(hints_in(online))}


@pytest.fixture
async def workers(redis_url: str) -> AsyncIterator[tuple[Served, Served]]:
    redis, deployment, log = redis_client(redis_url), uuid.uuid4().hex, a_log()
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(redis.aclose)
        pair = [
            await stack.enter_async_context(
                served(
                    FakeDoor({TOPIC: log}),
                    broker=RedisBroker(redis, deployment, worker),
                    presence=RedisPresence(redis, deployment, worker),
                    facts=with_hints,
                )
            )
            for worker in ("a", "b")
        ]
        yield pair[0], pair[1]


async def test_both_sides_of_two_servers_see_every_change(workers: tuple[Served, Served]) -> None:
    async with workers[0].client() as anna, workers[1].client() as vera:
        await say(anna, hello("anna"))
        await say(vera, hello("vera"))
        await hear_a(anna, Soft)
        await hear_a(vera, Soft)

        await say(anna, Cmd(CMD, "put", {"key": "a", "value": 2}))
        at_vera = await hear_a(vera, Sync)
        await say(vera, Cmd(CMD, "put", {"key": "b", "value": 3}))

        assert at_vera.set == {"a": 2}
        while (at_anna := await hear_a(anna, Sync)).set != {"b": 3}:
            assert at_anna.set in ({"a": 2}, {"did/a": 2})
        while (await hear_a(vera, Soft)).set != {"online": 2, "degraded": False, "hints": {}}:
            pass


async def test_who_signs_at_one_server_is_counted_at_the_other_until_the_connection_is_gone(
    workers: tuple[Served, Served],
) -> None:
    told = {"online": 2, "degraded": False, "hints": {"signing/3": 1}}
    async with workers[1].client() as vera, asyncio.timeout(2 * PATIENCE_S):
        await say(vera, hello("vera"))
        async with workers[0].client() as anna:
            await say(anna, hello("anna"), Hint("signing", "3", True))
            while (await hear_a(vera, Soft)).set != told:
                pass

        while (await hear_a(vera, Soft)).set != {"online": 1, "degraded": False, "hints": {}}:
            pass


async def test_a_client_hops_to_the_other_server_and_finds_its_answer(workers: tuple[Served, Served]) -> None:
    model = ClientModel()
    async with workers[1].client() as vera:
        await say(vera, hello("vera"))
        await hear_a(vera, Soft)
        async with workers[0].client() as anna:
            await say(anna, hello("anna"))
            for _ in range(2):
                model.receive(await hear_a(anna, Sync))
            await say(anna, Cmd(CMD, "put", {"key": "a", "value": 2}))
            await hear_a(anna, Ack)
            model.receive(await hear_a(anna, Sync))
        async with workers[1].client() as anna:
            await say(anna, Hello(1, TOPIC, "anna:2", model.have), Check([CMD]))
            for _ in range(2):
                assert not model.receive(await hear_a(anna, Sync))
            status = await hear_a(anna, Status)

    assert status.ok
    assert model.view.map == {"a": 2}
    assert model.me.map == {"did/a": 2}


async def test_who_stops_reading_is_let_go_and_nobody_else_notices() -> None:
    log = a_log()
    door = FakeDoor({TOPIC: log})
    limits = Limits(lag_after_s=0.5, lag_abort_s=2.0)
    async with served(door, limits) as server, server.client() as reader, server.client() as stalled:
        await say(reader, hello("anna"))
        await say(stalled, hello("vera"))
        await hear_a(reader, Soft)
        await hear_a(stalled, Soft)
        topic = await server.node.topic(TOPIC)
        assert topic is not None
        source = door.sources[TOPIC]
        assert isinstance(source, FakeSource)
        stalled.transport.pause_reading()

        loop = asyncio.get_running_loop()
        gone_by = loop.time() + PATIENCE_S
        for number in itertools.takewhile(lambda _: loop.time() < gone_by, itertools.count()):
            source.read_to(log.append(Put("c", "a", f"{number}" * 500_000, urgent=True)))
            topic.wake()
            tile = await hear_a(reader, Sync)
            assert tile.set["a"].startswith(f"{number}")
            if len(topic.hub.members) == 1:
                break
            await asyncio.sleep(0.02)

        assert [member.viewer.person for member in topic.hub.members] == ["anna"]
        stalled.transport.abort()
