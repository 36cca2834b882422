"""Redis, PostgreSQL and the disk under SQLite: killed, paused, emptied, full, locked, read-only."""

import asyncio
import resource
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.faults.kinds.processes import frozen
from tests.faults.stand import SQLITE, Layout
from tests.faults.trial import Kind, Scene, must_be_some, watched

DOWN_S = 1.0
PAUSED_S = 5.0
HELD_S = 2.0
FELT_S = 20.0
"""So long a fault is held, if need be, until somebody has felt it: a slow machine votes slowly."""
READ_ONLY = "in a read-only transaction"
FAILED = "kvorum_unknown_outcomes_total"
"""Batches whose commit failed; in the log of a server that may not write, nothing can be read of it."""


# --- Redis ---


async def kill_redis(scene: Scene) -> None:
    await scene.stand.redis.kill()
    await asyncio.sleep(DOWN_S)
    await scene.stand.redis.start()


async def pause_redis(scene: Scene) -> None:
    await frozen(scene.stand.redis, PAUSED_S)


async def flush_redis(scene: Scene) -> None:
    answer = await scene.stand.redis.say("FLUSHALL")
    assert answer == b"+OK\r\n", answer


async def disconnect_redis(scene: Scene) -> None:
    ended = 0
    for kind in ("normal", "pubsub"):
        answer = await scene.stand.redis.say("CLIENT", "KILL", "TYPE", kind)
        ended += int(answer.removeprefix(b":"))
    must_be_some(scene, "connections ended", ended)


# --- PostgreSQL ---


async def kill_postgres(scene: Scene) -> None:
    """What `pg_ctl stop -m immediate` does: the next start recovers from the write-ahead log."""
    await scene.stand.postgres.end(signal.SIGQUIT)
    await scene.stand.postgres.start()


async def restart_postgres(scene: Scene) -> None:
    """Fast: sessions are ended, nothing needs recovery."""
    await scene.stand.postgres.end(signal.SIGINT)
    await scene.stand.postgres.start()


async def pause_postgres(scene: Scene) -> None:
    await frozen(scene.stand.postgres, HELD_S)


async def terminate_sessions(scene: Scene) -> None:
    ended = await scene.stand.postgres.say(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'kvorum'"
    )
    must_be_some(scene, "sessions ended", int(ended))


async def make_postgres_read_only(scene: Scene) -> None:
    """As after a failover to a standby: sessions stay, writes are refused."""
    say, reload = scene.stand.postgres.say, "select pg_reload_conf()"
    refused = scene.stand.postgres.log.read_text("utf-8", "replace").count(READ_ONLY)
    await say("alter system set default_transaction_read_only = on", reload)
    try:
        await asyncio.sleep(HELD_S)
    finally:
        await say("set default_transaction_read_only = off", "alter system reset all", reload)
    refused = scene.stand.postgres.log.read_text("utf-8", "replace").count(READ_ONLY) - refused
    must_be_some(scene, "writes refused", refused)


async def lock_log(scene: Scene) -> None:
    """Somebody's forgotten transaction holds the rows of all topics."""
    say = scene.stand.postgres.say
    hold = f"begin; select from log_topic for update; select pg_sleep({HELD_S}); rollback"
    async with asyncio.TaskGroup() as group:
        group.create_task(say(hold))
        await asyncio.sleep(HELD_S * 3 / 4)
        waiting = group.create_task(say("select count(*) from pg_locks where not granted"))
    must_be_some(scene, "sessions waited for the lock", int(waiting.result()))


# --- SQLite ---


async def fill_disk(scene: Scene) -> None:
    """To the last byte, for two seconds and until an append has failed; the log ahead of the file is cut first, or
    the votes would fit into it."""
    filler, before = database_of(scene).with_name("filler"), await scene.stand.counted(FAILED)
    await watched(lambda: cut_log_ahead(database_of(scene)), bool, FELT_S)
    try:
        with filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 4096)
    except OSError as full:
        scene.notes.append(f"the disk was full: {full.strerror}")
    try:
        await asyncio.sleep(HELD_S)
        failed = await watched(lambda: scene.stand.counted(FAILED), before.__lt__, FELT_S)
    finally:
        filler.unlink()
    must_be_some(scene, "appends failed", failed - before)


async def cut_log_ahead(database: Path) -> bool:
    """False while the server is in the way."""
    with closing(sqlite3.connect(database, isolation_level=None)) as stranger:
        stranger.execute("PRAGMA busy_timeout=300")
        (is_busy, *_) = stranger.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_busy


async def forbid_writes(scene: Scene) -> None:
    """The limit on the size of a file makes every write of the server fail, as a dying disk would."""
    pid, failed = scene.stand.servers[0].pid, await scene.stand.counted(FAILED)
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        await asyncio.sleep(HELD_S)
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    must_be_some(scene, "appends failed", await scene.stand.counted(FAILED) - failed)


async def lock_file(scene: Scene) -> None:
    """Another program, say one that makes a backup, holds the file locked against writers."""
    with closing(sqlite3.connect(database_of(scene), isolation_level=None)) as stranger:
        stranger.execute("PRAGMA busy_timeout=3000")
        stranger.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(HELD_S)
        stranger.execute("ROLLBACK")


def database_of(scene: Scene) -> Path:
    return Path(scene.stand.settings.database_url.get_secret_value().removeprefix("sqlite:///"))


KINDS = (
    Kind("redis-killed", "SIGKILL of Redis, started again empty after 1 s", kill_redis, is_short=True),
    Kind("redis-paused", "SIGSTOP of Redis for 5 s", pause_redis),
    Kind("redis-flushed", "FLUSHALL", flush_redis),
    Kind("redis-disconnected", "CLIENT KILL of every connection to Redis", disconnect_redis),
    Kind("postgres-killed", "PostgreSQL stopped at once (SIGQUIT), recovered", kill_postgres, is_short=True),
    Kind("postgres-restarted", "PostgreSQL restarted in order (SIGINT)", restart_postgres),
    Kind("postgres-paused", "SIGSTOP of PostgreSQL and its sessions for 2 s", pause_postgres),
    Kind("postgres-sessions-ended", "pg_terminate_backend of every session", terminate_sessions),
    Kind("postgres-read-only", "PostgreSQL refuses writes for 2 s", make_postgres_read_only),
    Kind("postgres-locked", "a stranger holds the rows of all topics for 2 s", lock_log),
    Kind(
        "disk-full",
        "the disk under SQLite is full for 2 s or more",
        fill_disk,
        Layout("sqlite", has_small_disk=True),
    ),
    Kind("writes-fail", "every write of SQLite fails for 2 s", forbid_writes, SQLITE),
    Kind("file-locked", "another program holds the SQLite file locked for 2 s", lock_file, SQLITE),
)
