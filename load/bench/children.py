"""Servers as child processes: pinned, measured through /proc, and ended by their pids whatever happens."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from load.bench.crowd import HOST
from load.machine import allowed_files, tree_of, usage_of

SERVER_CORE, CLIENT_CORE = 0, 1
STARTED_WITHIN_S = 60.0
ENDED_WITHIN_S = 20.0


class ChildFault(Exception):
    """A server did not start."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process and its descendants."""

    name: str
    process: "subprocess.Popen[bytes]"
    port: int

    def cpu_s(self) -> float:
        """On-CPU seconds of all threads so far, from the scheduler: exact to the nanosecond, where ticks are 10 ms."""
        return sum(_cpu_ns(pid) for pid in tree_of(self.process.pid)) / 1e9

    def memory_bytes(self) -> int:
        """Proportional set size."""
        usage = usage_of(self.process.pid)
        return 1024 * usage.pss_kb if usage else 0


@contextlib.contextmanager
def started(
    name: str, command: Sequence[str], port: int, env: Mapping[str, str] | None = None, *, pinned: bool = True
) -> Iterator[Child]:
    """The process, listening on `port` when the block begins, ended when it ends."""
    process = subprocess.Popen(
        command, env={**os.environ, **(env or {})}, start_new_session=True, stdout=subprocess.DEVNULL
    )
    try:
        if pinned:
            os.sched_setaffinity(process.pid, {SERVER_CORE})
        _wait_until_listening(name, process, port)
        yield Child(name, process, port)
    finally:
        end(process)


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)


def end(process: "subprocess.Popen[bytes]", patience_s: float = ENDED_WITHIN_S) -> None:
    """Politely, then by force; with it whoever it left behind in its session."""
    pids = tree_of(process.pid) if process.poll() is None else []
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            if os.getsid(pid) == process.pid:
                os.kill(pid, signal.SIGKILL)


def run(command: Sequence[str]) -> int:
    """To its end; interrupted, it has time to end its own children. Its exit code."""
    process = subprocess.Popen(command, start_new_session=True)
    try:
        return process.wait()
    finally:
        end(process, 6 * ENDED_WITHIN_S)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def prepare() -> None:
    """This process is the load client: as many files as it may open, and the other core if there is one."""
    allowed_files()
    if CLIENT_CORE in os.sched_getaffinity(0):
        os.sched_setaffinity(0, {CLIENT_CORE})


def _wait_until_listening(name: str, process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ChildFault(f"{name} ended with code {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise ChildFault(f"{name} does not listen after {STARTED_WITHIN_S:g} s")


def _cpu_ns(pid: int) -> int:
    total = 0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            total += int(thread.read_text().split()[0])
    return total
