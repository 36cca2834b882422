"""P7: a writer that is stopped at any point of an append delays the others by three seconds at most; real processes."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.kernel.ids import new_id
from app.kernel.keys import Keys
from app.kernel.log.topics import Topic, Topics
from tests.contracts.history import History, check
from tests.contracts.places import Places, State, Take

STALL_S = 3.0
SLACK_S = 4.0
"""For a machine that has other things to do."""
READY_S = 60.0
STOPPED = """
import asyncio, os, signal, sys
from pathlib import Path
from app.kernel import postgres
from app.kernel.clock import system_clock
from app.kernel.engine import open_database
from app.kernel.keys import load_keys
from app.kernel.log import writer
from app.kernel.log.topics import Topics
from tests.contracts.places import Places, Take, fingerprint

url, folder, name, point, is_patient = sys.argv[1:]
append, under_lock = writer.append, writer.Writer._fold_under_lock
stops = [point]

def stop(at):
    if stops == [at]:
        stops.clear()
        print("stopped", flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)

def stopping(connection, rows):
    stop("before the append")
    done = append(connection, rows)
    stop("after the append")
    return done

def locking(self, connection):
    fold = under_lock(self, connection)
    stop("under the lock")
    return fold

writer.append, writer.Writer._fold_under_lock = stopping, locking
writer.LOSSES_BEFORE_LOCK = 0  # every attempt holds the row's lock between two statements
if is_patient == "patient":
    postgres.SESSION["idle_in_transaction_session_timeout"] = "0"

async def main():
    database = await postgres_opened()
    topic = await Topics(database, load_keys(Path(folder)), system_clock, [Places()]).open(name)
    answer = await topic.submit("p_stopped", b"s" * 16, Take("c0"), fingerprint(Take("c0")), 0)
    print("told", answer.ok, answer.pos, flush=True)
    await database.close()

async def postgres_opened():
    return await open_database(url)

asyncio.run(main())
"""


@asynccontextmanager
async def stopped_writer(
    url: str, folder: Path, name: str, point: str, patience: str = ""
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process whose append stands still at `point`; it goes on when the test says so, and is ended."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", STOPPED, url, str(folder), name, point, patience),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        await line(process, b"stopped")
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        await process.wait()


async def line(process: asyncio.subprocess.Process, start: bytes) -> bytes:
    """The next line of the other process that begins so; between them it logs."""
    assert process.stdout is not None
    async with asyncio.timeout(READY_S):
        async for said in process.stdout:
            if said.startswith(start):
                return said
    raise AssertionError("it ended without a word")


@pytest.fixture
def folder(tmp_path: Path, keys: Keys) -> Path:
    """Keys as files: the other process signs with the same."""
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    receipts = {n: key.private_bytes_raw() for n, key in keys.receipts.keys.items()}
    for kind, numbered in (("mac", keys.macs.keys), ("receipt", receipts), ("kek", keys.keks.keys)):
        for number, key in numbered.items():
            path = folder / f"{kind}-{number}.key"
            path.write_bytes(key)
            path.chmod(0o600)
    return folder


@pytest.fixture
async def topic(postgres_database: Database, keys: Keys) -> Topic[State]:
    return await Topics(postgres_database, keys, system_clock, [Places()]).create(new_id("place"), "places-1")


@pytest.mark.parametrize("point", ["under the lock", "before the append", "after the append"])
async def test_others_wait_three_seconds_at_most_for_a_stopped_writer(
    postgres_database: Database, postgres_url: str, keys: Keys, folder: Path, topic: Topic[State], point: str
) -> None:
    history, loop = History(), asyncio.get_running_loop()
    async with stopped_writer(postgres_url, folder, topic.name, point) as process:
        begun = loop.time()
        answer = await history.ask(topic, "p_one", b"1" * 16, Take("c1"))
        waited_s = loop.time() - begun
        process.send_signal(signal.SIGCONT)
        told = await line(process, b"told ")

    assert answer is not None
    assert answer.ok
    assert waited_s < STALL_S + SLACK_S
    assert told.startswith(b"told True"), "whoever was stopped is answered too"
    await topic.catch_up()
    assert sorted(topic.state.taken) == [(1, "c0"), (1, "c1")]
    await check(history, postgres_database, keys, topic)


async def test_planted_a_session_that_may_idle_under_its_lock_is_seen(
    postgres_url: str, folder: Path, topic: Topic[State]
) -> None:
    async with stopped_writer(postgres_url, folder, topic.name, "under the lock", "patient"):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(STALL_S + SLACK_S):
                await History().ask(topic, "p_one", b"1" * 16, Take("c1"))
        await topic.finish()
