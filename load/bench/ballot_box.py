"""The yardstick of the vote bursts: a server that only writes votes down, durably, and answers when they are.

`python -m load.bench.ballot_box naive|group PORT URL`. `naive` commits every vote by itself, `group` commits whatever
has come meanwhile. SQLite in WAL with synchronous=FULL and one writer thread; PostgreSQL as installed, `naive` over a
pool of ten connections. No roles, no views, no log: what is left is the commit.
"""

import asyncio
import contextlib
import queue
import sqlite3
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, cast

import asyncpg
import uvloop

from load.bench.crowd import HOST
from load.bench.framing import END_OF_HEAD, Inbox, framed, response

ID_BYTES = 16
AT_ONCE = 128
CONNECTIONS = 10
BACKLOG = 2048
TABLE = "create table vote (id {bytes} primary key, ballot {bytes} not null)"

Vote = tuple[bytes, bytes]
Answer = Callable[[bytes], None]
Submit = Callable[[Vote, Answer], None]


class Slot(asyncio.Protocol):
    """One connection: a frame is an id of 16 bytes and a ballot; the id comes back when both are durable."""

    def __init__(self, submit: Submit) -> None:
        self._submit = submit
        self._inbox = Inbox()
        self._is_upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self._is_upgraded:
            self._is_upgraded = True
            self._transport.write(response(data.partition(END_OF_HEAD)[0]))
            return
        for _, payload in self._inbox.frames(data):
            self._submit((payload[:ID_BYTES], payload[ID_BYTES:]), self._answer)

    def _answer(self, id: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(framed(id))


class SqliteBox:
    """One writer thread, as SQLite has it; `limit` votes a commit."""

    def __init__(self, path: str, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._waiting: queue.SimpleQueue[tuple[Vote, Answer]] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()

    async def open(self) -> None:
        threading.Thread(target=self._write, daemon=True).start()

    def submit(self, vote: Vote, answer: Answer) -> None:
        self._waiting.put((vote, answer))

    def _write(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=full")
        connection.execute(TABLE.format(bytes="blob"))
        while True:
            batch = [self._waiting.get()]
            with contextlib.suppress(queue.Empty):
                while len(batch) < self._limit:
                    batch.append(self._waiting.get_nowait())
            connection.execute("begin immediate")
            connection.executemany("insert into vote values (?, ?)", [vote for vote, _ in batch])
            connection.execute("commit")
            self._loop.call_soon_threadsafe(_tell, batch)


class PostgresBox:
    """`writers` connections that take up to `limit` votes a transaction from one queue."""

    def __init__(self, dsn: str, limit: int, writers: int) -> None:
        self._dsn = dsn
        self._limit = limit
        self._writers = writers
        self._waiting: asyncio.Queue[tuple[Vote, Answer]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        connections = [await asyncpg.connect(self._dsn) for _ in range(self._writers)]
        await connections[0].execute("drop table if exists vote")
        await connections[0].execute(TABLE.format(bytes="bytea"))
        self._tasks = [asyncio.create_task(self._write(connection)) for connection in connections]

    def submit(self, vote: Vote, answer: Answer) -> None:
        self._waiting.put_nowait((vote, answer))

    async def _write(self, connection: Any) -> None:
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < self._limit and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            async with connection.transaction():
                await connection.executemany("insert into vote values ($1, $2)", [vote for vote, _ in batch])
            _tell(batch)


def _tell(batch: Sequence[tuple[Vote, Answer]]) -> None:
    for (id, _), answer in batch:
        answer(id)


async def serve(way: str, port: int, url: str) -> None:
    limit = 1 if way == "naive" else AT_ONCE
    box: SqliteBox | PostgresBox = SqliteBox(url, limit)
    if url.startswith("postgresql:"):
        box = PostgresBox(url, limit, CONNECTIONS if way == "naive" else 1)
    await box.open()
    server = await asyncio.get_running_loop().create_server(
        lambda: Slot(box.submit), HOST, port, backlog=BACKLOG
    )
    await server.serve_forever()


def main() -> None:
    way, port, url = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(way, int(port), url))


if __name__ == "__main__":
    main()
