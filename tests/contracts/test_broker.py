"""What every bus does: it rings where somebody listens, never raises, and says whether it is well."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable

import pytest

from realtime.broker import Broker, Ring
from realtime.broker_memory import MemoryBus
from realtime.broker_redis import RedisBroker, redis_client
from tests.servers import RedisProcess

EPOCH = b"epoch-01"


async def until(holds: Callable[[], bool], within_s: float = 30.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 (what is awaited is another process)
            await asyncio.sleep(0.01)


class BrokerContract:
    """Two workers on one bus; `brokers` is the adapter's fixture."""

    async def test_a_ring_is_heard_by_every_worker_that_subscribed(
        self, brokers: tuple[Broker, Broker]
    ) -> None:
        heard: list[list[Ring]] = [[], []]
        for broker, rings in zip(brokers, heard, strict=True):
            await broker.start(rings.append)
            await broker.subscribe("meeting:1")

        await brokers[0].ring(Ring("meeting:1", EPOCH, 7))

        await until(lambda: all(heard))
        assert heard == [[Ring("meeting:1", EPOCH, 7)]] * 2

    async def test_a_topic_that_nobody_subscribed_to_is_not_heard(
        self, brokers: tuple[Broker, Broker]
    ) -> None:
        heard: list[Ring] = []
        for broker in brokers:
            await broker.start(heard.append)
        await brokers[1].subscribe("meeting:1")
        await brokers[1].subscribe("meeting:2")
        await brokers[1].unsubscribe("meeting:2")

        await brokers[0].ring(Ring("meeting:2", EPOCH, 1))
        await brokers[0].ring(Ring("meeting:1", EPOCH, 2))

        await until(lambda: Ring("meeting:1", EPOCH, 2) in heard)
        assert heard == [Ring("meeting:1", EPOCH, 2)]

    async def test_a_working_bus_says_that_it_is_healthy(self, brokers: tuple[Broker, Broker]) -> None:
        await brokers[0].start(lambda _: None)

        await until(lambda: brokers[0].is_healthy)


class TestMemoryBroker(BrokerContract):
    @pytest.fixture
    async def brokers(self) -> AsyncIterator[tuple[Broker, Broker]]:
        bus = MemoryBus()
        pair = bus.broker(), bus.broker()
        yield pair
        for broker in pair:
            await broker.stop()


class TestRedisBroker(BrokerContract):
    @pytest.fixture
    async def brokers(self, redis_url: str) -> AsyncIterator[tuple[Broker, Broker]]:
        redis, deployment = redis_client(redis_url), uuid.uuid4().hex
        pair = RedisBroker(redis, deployment, "a"), RedisBroker(redis, deployment, "b")
        yield pair
        for broker in pair:
            await broker.stop()
        await redis.aclose()

    async def test_deployments_on_one_redis_do_not_hear_each_other(self, redis_url: str) -> None:
        redis = redis_client(redis_url)
        ours, theirs = RedisBroker(redis, uuid.uuid4().hex, "a"), RedisBroker(redis, uuid.uuid4().hex, "a")
        heard: list[Ring] = []
        for broker in (ours, theirs):
            await broker.start(heard.append)
        await ours.subscribe("meeting:1")

        await theirs.ring(Ring("meeting:1", EPOCH, 1))
        await ours.ring(Ring("meeting:1", EPOCH, 2))

        await until(lambda: bool(heard))
        assert heard == [Ring("meeting:1", EPOCH, 2)]
        for broker in (ours, theirs):
            await broker.stop()
        await redis.aclose()

    async def test_what_is_no_ring_or_fails_in_the_ear_ends_nothing(
        self, redis_url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        redis = redis_client(redis_url)
        broker = RedisBroker(redis, "ears", "a")
        heard: list[Ring] = []

        def ear(ring: Ring) -> None:
            heard.append(ring)
            if len(heard) == 1:
                raise ValueError("a mistake of ours")

        await broker.start(ear)
        await broker.subscribe("meeting:1")
        await redis.publish("ears:ring:meeting:1", b"\xc1")
        await broker.ring(Ring("meeting:1", EPOCH, 1))
        await until(lambda: len(heard) == 1)
        while len(heard) == 1:
            await broker.ring(Ring("meeting:1", EPOCH, 2))
            await asyncio.sleep(0.1)

        assert [record.message for record in caplog.records][:2] == [
            "an unreadable ring: DecodeError",
            "a ring could not be heard",
        ]
        await broker.stop()
        await redis.aclose()

    async def test_it_stops_at_whatever_moment_it_is_told_to(self, redis_url: str) -> None:
        """The client of Redis swallows a cancellation in the turns of the loop in which a command has just left."""
        redis = redis_client(redis_url)
        for turns in range(15):
            broker = RedisBroker(redis, "ends", "a")
            await broker.start(lambda _: None)
            await until(lambda broker=broker: broker.is_healthy)  # type: ignore[misc]
            await broker.ring(Ring("meeting:1", EPOCH, 1))
            for _ in range(turns):
                await asyncio.sleep(0)

            async with asyncio.timeout(30):
                await broker.stop()

            assert all(task.done() for task in broker._tasks)
        await redis.aclose()

    async def test_the_bus_is_down_while_redis_is_and_comes_back_with_it(
        self, own_redis: RedisProcess, caplog: pytest.LogCaptureFixture
    ) -> None:
        redis = redis_client(own_redis.url)
        broker = RedisBroker(redis, "d", "a")
        heard: list[Ring] = []
        await broker.start(heard.append)
        await broker.subscribe("meeting:1")
        await until(lambda: broker.is_healthy)

        own_redis.stop()
        await until(lambda: not broker.is_healthy)
        await broker.ring(Ring("meeting:1", EPOCH, 1))
        own_redis.start()
        await until(lambda: broker.is_healthy)
        await broker.ring(Ring("meeting:1", EPOCH, 2))

        await until(
            lambda: Ring("meeting:1", EPOCH, 2) in heard
        )  # the first one may come late: it rings, no more
        told = [record.message.partition(":")[0] for record in caplog.records]
        assert told == ["the bus is down", "the bus is up again"]
        await broker.stop()
        await redis.aclose()
