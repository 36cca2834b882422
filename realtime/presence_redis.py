"""Presence over all workers: one Redis set a topic and worker, which expires when the worker does not renew it."""

import contextlib

from redis import asyncio as aioredis
from redis.exceptions import RedisError

from realtime.presence import EXPIRES_S, Online


class RedisPresence:
    """Implements `Presence`; without Redis it knows only this worker and says so."""

    def __init__(self, redis: aioredis.Redis, deployment: str, worker: str) -> None:
        self._redis = redis
        self._deployment = deployment
        self._worker = worker
        self._mine: dict[str, frozenset[str]] = {}

    async def put(self, topic: str, persons: frozenset[str]) -> None:
        self._mine[topic] = persons
        if not persons:
            del self._mine[topic]
        with contextlib.suppress(RedisError, OSError):
            await self._store(topic, persons)

    async def online(self, topic: str) -> Online:
        mine = self._mine.get(topic, frozenset())
        try:
            return Online(mine | await self._everywhere(topic), True)
        except (RedisError, OSError):
            return Online(mine, False)

    async def stop(self) -> None:
        for topic in tuple(self._mine):
            await self.put(topic, frozenset())

    async def _store(self, topic: str, persons: frozenset[str]) -> None:
        workers, mine = self._workers(topic), self._key(topic, self._worker)
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.delete(mine)
            if persons:
                pipeline.sadd(mine, *persons)
                pipeline.expire(mine, int(EXPIRES_S))
                pipeline.sadd(workers, self._worker)
                pipeline.expire(workers, int(EXPIRES_S))
            else:
                pipeline.srem(workers, self._worker)
            await pipeline.execute()

    async def _everywhere(self, topic: str) -> frozenset[str]:
        workers = await self._redis.smembers(self._workers(topic))
        if not workers:
            return frozenset()
        found = await self._redis.sunion([self._key(topic, _text(worker)) for worker in workers])
        return frozenset(_text(person) for person in found)

    def _workers(self, topic: str) -> str:
        return f"{self._deployment}:presence:{topic}"

    def _key(self, topic: str, worker: str) -> str:
        return f"{self._deployment}:presence:{topic}:{worker}"


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
