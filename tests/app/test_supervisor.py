"""The parent of the workers over cheap children: how many stay, whatever fails and whoever ends in between."""

import asyncio
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from app import serving
from app.serving import Child, Supervisor

DEADLINE_S = 60.0


class Children:
    """In place of `started`: shells that beat once when the gate is open; some starts fail."""

    def __init__(self, gate: Path) -> None:
        self.gate = gate
        self.failing = 0
        self.begun: list[Child] = []

    async def started(self, listener: socket.socket, metrics: str) -> Child:
        if self.failing:
            self.failing -= 1
            raise BlockingIOError("no process")
        ours, its = socket.socketpair()
        ours.setblocking(False)
        tie = its.fileno()
        script = f"until [ -e {self.gate} ]; do sleep 0.02; done; printf . >&{tie}; exec sleep 60"
        with its:
            process = await asyncio.create_subprocess_exec("/bin/bash", "-c", script, pass_fds=(tie,))
        child = Child(process, ours)
        self.begun.append(child)
        return child


@pytest.fixture
async def children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Children:
    children = Children(tmp_path / "gate")
    children.gate.touch()
    monkeypatch.setattr(serving, "started", children.started)
    monkeypatch.setattr(serving, "AGAIN_S", 0.001)
    return children


@pytest.fixture
async def supervisor(children: Children, tmp_path: Path) -> AsyncIterator[Supervisor]:
    """Keeps two."""
    with socket.socket() as listener:
        supervisor = Supervisor(2, listener, str(tmp_path))
        running = asyncio.create_task(supervisor.run())
        await until(lambda: all_serve(children, 2))
        yield supervisor
        supervisor._stop()
        async with asyncio.timeout(DEADLINE_S):
            await running


async def second_dies_in_a_roll(supervisor: Supervisor, children: Children) -> None:
    """While the new worker, which cannot serve before the gate is there, stands in for the first."""
    second = children.begun[1]
    children.gate.unlink()
    supervisor._rolls.set()
    await until(lambda: len(children.begun) == 3)
    second.send(signal.SIGKILL)
    await second.process.wait()
    await asyncio.sleep(0.2)


async def test_whoever_ends_in_a_rolling_restart_is_missed_after_it(
    supervisor: Supervisor, children: Children
) -> None:
    first, second = children.begun
    await second_dies_in_a_roll(supervisor, children)
    children.gate.touch()

    await until(lambda: first.process.returncode is not None and len(staying(children)) == 2)
    assert not {first, second} & set(staying(children))


async def test_whoever_ends_in_a_restart_that_is_given_up_is_missed_after_it(
    supervisor: Supervisor, children: Children
) -> None:
    await second_dies_in_a_roll(supervisor, children)
    children.failing = 2
    children.begun[2].send(signal.SIGKILL)
    children.gate.touch()

    await until(lambda: len(staying(children)) == 2 and children.failing == 0)


async def test_a_start_that_fails_is_tried_again(supervisor: Supervisor, children: Children) -> None:
    children.failing = 3

    children.begun[0].send(signal.SIGKILL)
    await until(lambda: len(children.begun) == 3)
    children.failing = 1
    supervisor._rolls.set()
    await until(lambda: children.failing == 0)
    supervisor._rolls.set()

    await until(lambda: len(children.begun) == 5 and len(staying(children)) == 2)


async def test_workers_that_crash_soon_after_the_start_are_begun_less_and_less_often(
    supervisor: Supervisor, children: Children
) -> None:
    for n in range(2, 5):
        children.begun[-1].send(signal.SIGKILL)
        await until(lambda n=n: all_serve(children, n + 1))  # type: ignore[misc]

    assert supervisor._failures == 3


async def test_a_worker_that_was_killed_before_it_served_is_no_reason_to_give_up(
    children: Children, tmp_path: Path
) -> None:
    children.gate.unlink()
    with socket.socket() as listener:
        supervisor = Supervisor(1, listener, str(tmp_path))
        running = asyncio.create_task(supervisor.run())
        await until(lambda: len(children.begun) == 1)
        children.begun[0].send(signal.SIGKILL)
        await until(lambda: len(children.begun) == 2)
        supervisor._stop()
        async with asyncio.timeout(DEADLINE_S):
            await running


async def test_a_signal_takes_no_exit_code_from_whoever_waits_for_it(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    polls: list[object] = []
    monkeypatch.setattr(subprocess.Popen, "poll", polls.append)
    with socket.socket() as listener:
        child = await children.started(listener, "")

    child.send(signal.SIGKILL)

    assert await child.process.wait() == -signal.SIGKILL
    assert polls == []
    child.tie.close()


def staying(children: Children) -> list[Child]:
    return [each for each in children.begun if each.process.returncode is None and not each.is_retired]


def all_serve(children: Children, count: int) -> bool:
    return len(children.begun) == count and all(each.serves.is_set() for each in children.begun)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not is_so():  # noqa: ASYNC110 what it waits for has no event
            await asyncio.sleep(0.01)
