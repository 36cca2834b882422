"""What every presence does: it adds up the workers, forgets who left, and says when it does not know all."""

import uuid
from collections.abc import AsyncIterator

import pytest

from realtime.broker_redis import redis_client
from realtime.presence import MemoryRoom, Online, Presence
from realtime.presence_redis import RedisPresence


class PresenceContract:
    """Two workers; `workers` is the adapter's fixture."""

    async def test_the_persons_of_all_workers_are_online(self, workers: tuple[Presence, Presence]) -> None:
        await workers[0].put("meeting:1", frozenset({"anna", "boris"}))
        await workers[1].put("meeting:1", frozenset({"boris", "vera"}))
        await workers[1].put("meeting:2", frozenset({"gleb"}))

        online = await workers[0].online("meeting:1")

        assert online == Online(frozenset({"anna", "boris", "vera"}), True)

    async def test_who_left_is_no_longer_online(self, workers: tuple[Presence, Presence]) -> None:
        await workers[0].put("meeting:1", frozenset({"anna"}))
        await workers[0].put("meeting:1", frozenset())

        online = await workers[1].online("meeting:1")

        assert online == Online(frozenset(), True)

    async def test_a_worker_that_stops_takes_its_persons_with_it(
        self, workers: tuple[Presence, Presence]
    ) -> None:
        await workers[0].put("meeting:1", frozenset({"anna"}))
        await workers[1].put("meeting:1", frozenset({"vera"}))

        await workers[0].stop()

        assert (await workers[1].online("meeting:1")).persons == {"vera"}


class TestMemoryPresence(PresenceContract):
    @pytest.fixture
    def workers(self) -> tuple[Presence, Presence]:
        room = MemoryRoom()
        return room.presence(), room.presence()


class TestRedisPresence(PresenceContract):
    @pytest.fixture
    async def workers(self, redis_url: str) -> AsyncIterator[tuple[Presence, Presence]]:
        redis, deployment = redis_client(redis_url), uuid.uuid4().hex
        yield RedisPresence(redis, deployment, "a"), RedisPresence(redis, deployment, "b")
        await redis.aclose()

    async def test_what_a_worker_put_expires_if_it_dies(self, redis_url: str) -> None:
        redis, deployment = redis_client(redis_url), uuid.uuid4().hex
        await RedisPresence(redis, deployment, "a").put("meeting:1", frozenset({"anna"}))

        left_s = await redis.ttl(f"{deployment}:presence:meeting:1:a")

        assert 0 < left_s <= 30
        await redis.aclose()

    async def test_without_redis_only_this_worker_is_known_and_it_says_so(self) -> None:
        redis = redis_client("redis://127.0.0.1:1/0")
        presence = RedisPresence(redis, "d", "a")
        await presence.put("meeting:1", frozenset({"anna"}))

        online = await presence.online("meeting:1")

        assert online == Online(frozenset({"anna"}), False)
        await redis.aclose()
