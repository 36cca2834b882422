"""The bus by Redis pub/sub: one subscribed connection a worker, topics only while somebody listens, health by hearing itself."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

import msgspec
from redis import asyncio as aioredis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from realtime.broker import Ring
from realtime.ending import ended

PING_S = 1.0
SILENCE_S = 2.5
"""Nothing heard from ourselves for so long: the bus is down, even if the socket looks well."""
RECONNECT_S = 0.5
CONFIRM_S = 0.5

log = logging.getLogger(__name__)


def redis_client(url: str) -> aioredis.Redis:
    """A client that fails fast: who waits and retries is the broker. To be closed by whoever made it."""
    retry = Retry(NoBackoff(), 0)
    return aioredis.Redis.from_url(url, socket_timeout=2.0, socket_connect_timeout=1.0, retry=retry)


class RedisBroker:
    """Implements `Broker`. `deployment` keeps several installations apart on one Redis, `worker` is unique in it."""

    def __init__(self, redis: aioredis.Redis, deployment: str, worker: str) -> None:
        self._redis = redis
        self._prefix = f"{deployment}:ring:".encode()
        self._own = f"{deployment}:worker:{worker}".encode()
        self._heard: Callable[[Ring], None] | None = None
        self._topics: set[str] = set()
        self._pubsub: Any = None
        self._confirmed: dict[bytes, asyncio.Event] = {}
        self._outgoing: dict[str, Ring] = {}
        self._wake = asyncio.Event()
        self._heard_myself_at = float("-inf")
        self._is_down = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def is_healthy(self) -> bool:
        return self._now() - self._heard_myself_at < SILENCE_S

    async def start(self, heard: Callable[[Ring], None]) -> None:
        self._heard = heard
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._speak())]

    async def stop(self) -> None:
        await ended(self._tasks)

    async def subscribe(self, topic: str) -> None:
        """Returns when Redis confirmed it, or after CONFIRM_S: then the safety poll stands in."""
        self._topics.add(topic)
        channel = self._channel(topic)
        confirmed = self._confirmed[channel] = asyncio.Event()
        try:
            async with asyncio.timeout(CONFIRM_S):
                if self._pubsub is not None:
                    await self._pubsub.subscribe(channel)
            async with asyncio.timeout(CONFIRM_S):  # of its own: the client may swallow the end of the first
                await confirmed.wait()
        except (TimeoutError, RedisError, OSError) as fault:
            self._down(type(fault).__name__)
        self._confirmed.pop(channel, None)

    async def unsubscribe(self, topic: str) -> None:
        self._topics.discard(topic)
        if self._pubsub is not None:
            try:
                await self._pubsub.unsubscribe(self._channel(topic))
            except (RedisError, OSError) as fault:
                self._down(type(fault).__name__)

    async def ring(self, ring: Ring) -> None:
        """Never waits for Redis; of several rings of a topic that have not left yet, the last one leaves."""
        self._outgoing[ring.topic] = ring
        self._wake.set()

    # --- listening ---

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear_until_silence()
            except (RedisError, OSError) as fault:
                self._down(type(fault).__name__)
            except Exception:  # the edge of a task that nobody awaits: whoever heard the ring failed
                log.exception("a ring could not be heard")
            await asyncio.sleep(RECONNECT_S)

    async def _hear_until_silence(self) -> None:
        """Raises when the connection is lost or says nothing, not even what we said ourselves."""
        async with self._redis.pubsub() as pubsub:
            topics = frozenset(self._topics)
            await pubsub.subscribe(self._own, *map(self._channel, topics))
            self._pubsub = pubsub
            if late := self._topics - topics:
                await pubsub.subscribe(*map(self._channel, late))
            self._wake.set()
            since = self._now()
            try:
                while self._now() - max(since, self._heard_myself_at) < SILENCE_S:
                    message = await pubsub.get_message(timeout=PING_S)
                    if message is not None:
                        self._take(message)
            finally:
                self._pubsub = None
        self._down("silence")

    def _take(self, message: dict[str, Any]) -> None:
        channel: bytes = message["channel"]
        if message["type"] == "subscribe":
            confirmed = self._confirmed.get(channel)
            if confirmed is not None:
                confirmed.set()
        elif message["type"] == "message" and channel == self._own:
            self._up()
        elif message["type"] == "message" and self._heard is not None:
            try:
                ring = msgspec.msgpack.decode(message["data"], type=Ring)
            except msgspec.MsgspecError as fault:  # another release of ours, or a stranger on our Redis
                log.warning("an unreadable ring: %s", type(fault).__name__)
                return
            self._heard(ring)

    # --- speaking ---

    async def _speak(self) -> None:
        """Rings as they come, and once a second a word to ourselves."""
        pinged_at = float("-inf")
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, pinged_at + PING_S - self._now())):
                    await self._wake.wait()
            self._wake.clear()
            rings, self._outgoing = self._outgoing, {}
            pinged_at = self._now()
            try:
                await self._publish(rings)
            except (RedisError, OSError) as fault:
                self._down(type(fault).__name__)

    async def _publish(self, rings: dict[str, Ring]) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for topic, ring in rings.items():
                pipeline.publish(self._channel(topic), msgspec.msgpack.encode(ring))
            pipeline.publish(self._own, b"")
            await pipeline.execute()

    # --- its state, told when it changes ---

    def _down(self, why: str) -> None:
        if not self._is_down:
            self._is_down = True
            log.warning("the bus is down: %s", why)

    def _up(self) -> None:
        self._heard_myself_at = self._now()
        if self._is_down:
            self._is_down = False
            log.warning("the bus is up again")

    def _channel(self, topic: str) -> bytes:
        return self._prefix + topic.encode()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
