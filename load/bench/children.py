"""Servers as child processes: pinned, measured through /proc, and ended by their pids whatever happens."""

import contextlib
import os
import random
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
RUN_WITHIN_S = 3600.0
CPU_CLOCK = 2
"""Of the kernel's clocks of a process: the one that the scheduler keeps, threads that have ended included."""
ENDED_CHILDREN = slice(13, 15)
"""Fields of /proc/PID/stat after the name: user and system time of children that were waited for."""


class ChildFault(Exception):
    """A server did not start, or a measurement did not end."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process and its descendants."""

    name: str
    process: "subprocess.Popen[bytes]"
    port: int

    def cpu_s(self) -> float:
        """On-CPU seconds so far, ended threads and children included.

        From the scheduler, exact to the nanosecond; of ended children from ticks of 10 ms.
        """
        return sum(_own_cpu_s(pid) + _ended_children_s(pid) for pid in tree_of(self.process.pid))

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
    """Politely, then by force; with it whoever it left behind in its group, even if it ended by itself."""
    if process.poll() is None:
        process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(patience_s)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run(command: Sequence[str], within_s: float = RUN_WITHIN_S) -> int:
    """To its end; interrupted or too slow, it has time to end its own children. Its exit code; raises ChildFault."""
    process = subprocess.Popen(command, start_new_session=True)
    try:
        return process.wait(within_s)
    except subprocess.TimeoutExpired:
        raise ChildFault(f"{' '.join(command[1:4])} took longer than {within_s:g} s") from None
    finally:
        end(process, 6 * ENDED_WITHIN_S)


def free_port() -> int:
    """Below the ports that the system lends to outgoing connections, so that no client gets it before the server."""
    for port in random.sample(range(10_000, 32_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise ChildFault("no port is free")


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


def _own_cpu_s(pid: int) -> float:
    try:
        return time.clock_gettime_ns(~pid << 3 | CPU_CLOCK) / 1e9
    except OSError:  # it has ended meanwhile
        return 0.0


def _ended_children_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in fields[ENDED_CHILDREN]) / os.sysconf("SC_CLK_TCK")
