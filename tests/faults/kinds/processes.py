"""Workers that die, leave and freeze."""

import asyncio
import signal

from tests.faults.programs import Program
from tests.faults.stand import SQLITE
from tests.faults.trial import Kind, Scene

DOWN_S = 0.7
FROZEN_S = 3.0


async def kill_one(scene: Scene) -> None:
    server = scene.rng.choice(scene.stand.servers)
    await server.kill()
    await asyncio.sleep(DOWN_S)
    await server.start()


async def kill_all(scene: Scene) -> None:
    servers = scene.stand.servers
    await asyncio.gather(*(server.kill() for server in servers))
    await asyncio.gather(*(server.start() for server in servers))


async def terminate_one(scene: Scene) -> None:
    server = scene.rng.choice(scene.stand.servers)
    await server.end()
    await server.start()


async def roll(scene: Scene) -> None:
    """Each in turn, the next when the one before serves again."""
    for server in scene.stand.servers:
        await server.end()
        await server.start()


async def freeze_one(scene: Scene) -> None:
    await frozen(scene.rng.choice(scene.stand.servers), FROZEN_S)


async def freeze_all(scene: Scene) -> None:
    await asyncio.gather(*(frozen(server, FROZEN_S) for server in scene.stand.servers))


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
)
