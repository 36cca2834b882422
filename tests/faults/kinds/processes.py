"""Workers that die, leave and freeze."""

import asyncio
import os
import signal
import time

from tests.faults.programs import LOOK_S, NotStarted, Program, family_of
from tests.faults.stand import FAMILY, SQLITE
from tests.faults.trial import Kind, Scene

DOWN_S = 0.7
FROZEN_S = 3.0
ORPHANED_S = 60.0


async def kill_one(scene: Scene) -> None:
    server = scene.rng.choice(scene.stand.servers)
    await server.kill()
    leave_to_others(scene)
    await asyncio.sleep(DOWN_S)
    await server.start()


async def kill_all(scene: Scene) -> None:
    servers = scene.stand.servers
    await asyncio.gather(*(server.kill() for server in servers))
    await asyncio.gather(*(server.start() for server in servers))


async def terminate_one(scene: Scene) -> None:
    server = scene.rng.choice(scene.stand.servers)
    leave_to_others(scene)
    await server.end()
    await server.start()


def leave_to_others(scene: Scene) -> None:
    """Whoever was served by one of several is counted from the blow, not from its return."""
    if len(scene.stand.servers) > 1:
        scene.others_serve.set()


async def roll(scene: Scene) -> None:
    """Each in turn, the next when the one before serves again."""
    for server in scene.stand.servers:
        await server.end()
        await server.start()


async def freeze_one(scene: Scene) -> None:
    await frozen(scene.rng.choice(scene.stand.servers), FROZEN_S)


async def freeze_all(scene: Scene) -> None:
    await asyncio.gather(*(frozen(server, FROZEN_S) for server in scene.stand.servers))


# --- `kvorum serve --workers 3`: a parent that replaces whoever ends ---


async def kill_child(scene: Scene) -> None:
    """Nobody starts it again but the parent."""
    os.kill(scene.rng.choice(children(scene)), signal.SIGKILL)


async def kill_children(scene: Scene) -> None:
    for child in children(scene):
        os.kill(child, signal.SIGKILL)
    await scene.stand.served()


async def freeze_child(scene: Scene) -> None:
    child = scene.rng.choice(children(scene))
    os.kill(child, signal.SIGSTOP)
    try:
        await asyncio.sleep(FROZEN_S)
    finally:
        os.kill(child, signal.SIGCONT)


async def kill_parent(scene: Scene) -> None:
    """Its children end by themselves, and only then the address is free."""
    (server,) = scene.stand.servers
    server.send(signal.SIGKILL)
    await server.gone()
    until = time.monotonic() + ORPHANED_S
    while True:
        try:
            return await server.start()
        except NotStarted:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(DOWN_S)


async def roll_children(scene: Scene) -> None:
    """SIGHUP: a new one serves before an old one ends."""
    (server,) = scene.stand.servers
    before = set(children(scene))
    server.send(signal.SIGHUP)
    async with asyncio.timeout(ORPHANED_S):
        while before & set(children(scene)):  # noqa: ASYNC110 - processes tell nobody that they end
            await asyncio.sleep(LOOK_S)


def children(scene: Scene) -> list[int]:
    (server,) = scene.stand.servers
    return family_of(server.pid)[1:]


async def frozen(program: Program, for_s: float) -> None:
    """SIGSTOP and SIGCONT to it and its children."""
    program.send(signal.SIGSTOP, family=True)
    try:
        await asyncio.sleep(for_s)
    finally:
        program.send(signal.SIGCONT, family=True)


KINDS = (
    Kind("worker-killed", "SIGKILL of one of three workers, started again", kill_one, is_short=True),
    Kind("workers-killed", "SIGKILL of all three workers at once", kill_all),
    Kind("worker-terminated", "SIGTERM of one of three workers", terminate_one),
    Kind("rolling-restart", "SIGTERM and start of every worker in turn", roll),
    Kind("worker-frozen", "SIGSTOP of one of three workers for 3 s", freeze_one),
    Kind("workers-frozen", "SIGSTOP of all three workers for 3 s", freeze_all),
    Kind(
        "server-killed", "SIGKILL of the server in the middle of its writes", kill_one, SQLITE, is_short=True
    ),
    Kind("server-terminated", "SIGTERM of the server", terminate_one, SQLITE),
    Kind("server-frozen", "SIGSTOP of the server for 3 s", freeze_one, SQLITE),
    Kind("child-killed", "SIGKILL of one of three workers, replaced by their parent", kill_child, FAMILY),
    Kind("children-killed", "SIGKILL of all three workers, replaced by their parent", kill_children, FAMILY),
    Kind("child-frozen", "SIGSTOP of one of three workers that share a socket for 3 s", freeze_child, FAMILY),
    Kind("children-rolled", "SIGHUP to the parent: all workers replaced in turn", roll_children, FAMILY),
    Kind("parent-killed", "SIGKILL of the parent, started again", kill_parent, FAMILY),
)
