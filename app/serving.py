"""`kvorum serve --workers N`: a parent without work of its own and N processes that serve one socket; whoever ends is replaced.

Not uvicorn's `Multiprocess`: there one failed start (say, while PostgreSQL restarts) ends the whole service, SIGTERM is not
heard during a rolling restart, nothing bounds the wait for a worker that ends, and workers outlive a killed parent.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from asyncio.subprocess import Process
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from prometheus_client.multiprocess import mark_process_dead

from app.kernel.metrics import SHARED, bury
from app.kernel.settings import Settings
from app.main import OPTIONS, lazy_app, patiently_opened, prepare

STARTED_S, BEAT_S = 0.05, 1.0
"""How often a worker looks whether it serves yet; how often it says, from then on, that its loop turns."""
STARTUP_S, SILENCE_S = 30.0, 15.0
"""Silent twice as long before the first word or after it: the worker is stuck, and another takes its place."""
STOP_S = OPTIONS["timeout_graceful_shutdown"] + 10.0
"""Uvicorn's own patience, and what the services take to close; then SIGKILL."""
AGAIN_S, AGAIN_AT_MOST_S, LASTED_S = 0.2, 5.0, 60.0
"""The pause before another takes its place doubles with every worker that ended sooner than this."""
BACKLOG = 2048

log = structlog.get_logger(__name__)


class CannotListen(Exception):
    """The address of the settings is taken, or not ours."""


class NeverServed(Exception):
    """A worker gave up before any of them served: the next would do the same. It has said why itself."""


def can_serve_many(settings: Settings) -> bool:
    """Several processes share a PostgreSQL and ring each other by Redis."""
    is_sqlite = settings.database_url.get_secret_value().startswith("sqlite")
    return not is_sqlite and settings.redis_url is not None


def serve_many(settings: Settings, count: int) -> None:
    """Run until SIGTERM or SIGINT; SIGHUP replaces the workers one by one. Raises what `serve` does, CannotListen, NeverServed.

    All workers accept from one listening socket: the next connection goes to whoever is free, and what a killed or suspended
    worker has not accepted the others take (with SO_REUSEPORT it would be reset, or wait with that worker).
    """
    prepare(settings)
    with listening(settings.host, settings.port) as listener:
        asyncio.run(_serve_many(settings, count, listener))


def listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise CannotListen(str(error)) from error


async def _serve_many(settings: Settings, count: int, listener: socket.socket) -> None:
    async with patiently_opened(settings):
        log.info("serving_many", url=settings.public_url, workers=count)
    with tempfile.TemporaryDirectory(prefix="kvorum-metrics-") as metrics:
        await Supervisor(count, listener, metrics).run()


# --- the parent ------------------------------------------------------------------------------------------------


@dataclass(eq=False, slots=True)
class Child:
    """A worker process and our end of its tie: we hear its beats, it hears when we are gone."""

    process: Process
    tie: socket.socket
    since: float = field(default_factory=time.monotonic)
    serves: asyncio.Event = field(default_factory=asyncio.Event)
    is_retired: bool = False

    def send(self, number: signal.Signals) -> None:
        """Not by `Process.kill`: that may wait for the pid before asyncio does, which then knows no exit code but 255."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, number)


async def started(listener: socket.socket, metrics: str) -> Child:
    """A worker in a process group of its own: Ctrl+C reaches it once, through us."""
    ours, its = socket.socketpair()
    ours.setblocking(False)
    descriptors = listener.fileno(), its.fileno()
    command = [sys.executable, "-m", "app.serving", *map(str, descriptors)]
    with its:
        process = await asyncio.create_subprocess_exec(
            *command, pass_fds=descriptors, process_group=0, env={**os.environ, SHARED: metrics}
        )
    return Child(process, ours)


class Supervisor:
    """Keeps `count` children serving what comes to `listener`."""

    def __init__(self, count: int, listener: socket.socket, metrics: str) -> None:
        self._count = count
        self._listener = listener
        self._metrics = metrics
        self._children: dict[Child, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stops = asyncio.Event()
        self._rolls = asyncio.Event()
        self._starting = asyncio.Lock()
        self._failures = 0
        self._has_served = self._gave_up = False

    async def run(self) -> None:
        """Returns when every child has ended. Raises NeverServed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGHUP, self._rolls.set)
        self._keep(self._roll_when_told())
        await self._fill()
        await self._stops.wait()
        self._listener.close()  # with the last worker's copy: refused at once is better than never accepted
        await asyncio.gather(*map(self._retire, tuple(self._children)))
        while self._tasks:
            await asyncio.wait(self._tasks)
        if self._gave_up:
            raise NeverServed

    def _stop(self) -> None:
        self._stops.set()
        self._rolls.set()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fill(self) -> None:
        """Start until `count` stay."""
        async with self._starting:
            while self._staying < self._count and not self._stops.is_set():
                if await self._start() is None:
                    await self._pause()

    @property
    def _staying(self) -> int:
        return sum(not child.is_retired for child in self._children)

    async def _start(self) -> Child | None:
        """Under the lock, so that whoever counts sees it; None when the system has no process to give."""
        try:
            child = await started(self._listener, self._metrics)
        except OSError as error:
            self._failures += 1
            log.error("worker_not_started", cause=str(error))
            return None
        self._children[child] = None
        self._keep(self._follow(child))
        log.info("worker_started", process=child.process.pid)
        if self._stops.is_set():
            await self._retire(child)
        return child

    async def _follow(self, child: Child) -> None:
        """To its end; then another takes its place, unless it was sent away."""
        await self._hear(child)
        child.send(signal.SIGKILL)  # silent, or its last moment
        code = await child.process.wait()
        child.tie.close()
        mark_process_dead(child.process.pid, self._metrics)  # type: ignore[no-untyped-call]
        self._keep(self._bury(child.process.pid))
        del self._children[child]
        if not child.is_retired:
            log.warning("worker_ended", process=child.process.pid, code=code)
            await self._replace(child, code)

    async def _bury(self, process: int) -> None:
        """As soon as nobody reads the files: a worker that is suspended over them may keep us waiting."""
        while True:
            try:
                return bury(process, Path(self._metrics))
            except BlockingIOError:
                await asyncio.sleep(AGAIN_S)

    async def _replace(self, child: Child, code: int) -> None:
        if code > 0 and not self._has_served:
            self._gave_up = True
            self._stop()
            return
        self._failures = 0 if time.monotonic() - child.since > LASTED_S else self._failures + 1
        await self._pause()
        await self._fill()

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(AGAIN_S * 2**self._failures, AGAIN_AT_MOST_S)):
                await self._stops.wait()

    async def _hear(self, child: Child) -> None:
        """Returns when the child's end of the tie is closed, or it has been silent for too long."""
        missed = 0
        while missed < 2:
            try:
                async with asyncio.timeout(SILENCE_S if child.serves.is_set() else STARTUP_S):
                    beats = await asyncio.get_running_loop().sock_recv(child.tie, 64)
            except TimeoutError:
                missed += 1
                continue
            except ConnectionError:
                return
            if not beats:
                return
            missed = 0
            child.serves.set()
            self._has_served = True
        log.error("worker_stuck", process=child.process.pid)

    # --- a rolling restart ---

    async def _roll_when_told(self) -> None:
        while True:
            await self._rolls.wait()
            self._rolls.clear()
            if self._stops.is_set():
                return
            await self._roll()
            await (
                self._fill()
            )  # one that ended meanwhile was not missed while old and new were counted together

    async def _roll(self) -> None:
        """A new worker serves before the old one is told to stop; one that does not come up ends the restart."""
        for old in tuple(self._children):
            async with self._starting:
                if self._stops.is_set():
                    return
                if old not in self._children:
                    continue  # it ended by itself meanwhile; whoever takes its place is new
                new = await self._start()
            if new is None or not await self._came_up(new):
                log.error("restart_given_up", process=new and new.process.pid)
                if new is not None:
                    await self._retire(new)
                return
            await self._retire(old)
        log.info("restarted", workers=len(self._children))

    async def _came_up(self, child: Child) -> bool:
        waits = [asyncio.create_task(child.serves.wait()), asyncio.create_task(child.process.wait())]
        waits.append(asyncio.create_task(self._stops.wait()))
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return child.serves.is_set() and not self._stops.is_set()

    async def _retire(self, child: Child) -> None:
        """Ask it to end, and see that it does."""
        child.is_retired = True
        child.send(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_S):
                await child.process.wait()
        except TimeoutError:
            log.error("worker_killed", process=child.process.pid)
            child.send(signal.SIGKILL)
            await child.process.wait()


# --- a worker --------------------------------------------------------------------------------------------------


def serve_as_worker(settings: Settings, listener: socket.socket, tie: socket.socket) -> None:
    """One process of several, until SIGTERM or the end of its parent."""
    prepare(settings)
    threading.Thread(target=_end_with_parent, args=(tie,), daemon=True).start()
    config = uvicorn.Config(lazy_app(settings), **OPTIONS)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_serve(uvicorn.Server(config), listener, tie))


async def _serve(server: uvicorn.Server, listener: socket.socket, tie: socket.socket) -> None:
    beating = asyncio.create_task(_beat(server, tie))
    try:
        await server.serve([listener])
    finally:
        beating.cancel()


async def _beat(server: uvicorn.Server, tie: socket.socket) -> None:
    while True:
        if server.started:
            with contextlib.suppress(
                OSError
            ):  # a suspended parent reads nothing; of its end the thread knows
                tie.send(b".", socket.MSG_DONTWAIT)
        await asyncio.sleep(BEAT_S)


def _end_with_parent(tie: socket.socket) -> None:
    """Nothing is ever sent to us: the tie only ends, and it ends with the parent, also by SIGKILL."""
    with contextlib.suppress(ConnectionError):
        tie.recv(1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_S)
    os._exit(1)


if __name__ == "__main__":
    listener, tie = (socket.socket(fileno=int(number)) for number in sys.argv[1:])
    serve_as_worker(Settings(), listener, tie)
