"""Servers as child processes: pinned, measured through /proc, and ended by their pids whatever happens."""

import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from load.bench.crowd import HOST

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

    @property
    def pids(self) -> tuple[int, ...]:
        return family(self.process.pid)

    def cpu_s(self) -> float:
        """On-CPU seconds of all threads so far, from the scheduler: exact to the nanosecond, where ticks are 10 ms."""
        return sum(_cpu_ns(pid) for pid in self.pids) / 1e9

    def memory_bytes(self) -> int:
        """Proportional set size."""
        return sum(_pss(pid) for pid in self.pids)


def family(pid: int) -> tuple[int, ...]:
    """The process and whoever descends from it."""
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += map(int, children.read_text().split())
    return tuple(found)


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


def end(process: "subprocess.Popen[bytes]") -> None:
    """Politely, then by force; descendants that outlive it too."""
    pids = family(process.pid) if process.poll() is None else ()
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(ENDED_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def run(command: Sequence[str]) -> int:
    """To its end; interrupted, it is ended as politely as a server, for it has children of its own. Its exit code."""
    process = subprocess.Popen(command, start_new_session=True)
    try:
        return process.wait()
    finally:
        end(process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def prepare() -> None:
    """This process is the load client: as many files as it may open, and the other core if there is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
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


def _pss(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
