"""Links that are slow, lossy, half-open, reset or cut: to clients, to the database, to the bus."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.faults.programs import Server
from tests.faults.proxy import HALF_OPEN, Relay, Weather
from tests.faults.stand import Layout
from tests.faults.trial import Kind, Scene, must_be_some

HELD_S = 3.0
LATE = Weather(delay_s=0.1, jitter_s=0.2)
SLOW = Weather(delay_s=0.02, jitter_s=0.03)
TRICKLE = Weather(piece=256, pause_s=0.02)
REFUSED = Weather(refuses=True)
LOSS = 0.05
WALLED = Layout("cluster", is_walled=True)


# --- by relays ---


async def part_from_bus(scene: Scene) -> None:
    await spoiled(scene, [scene.rng.choice(scene.stand.buses)], HALF_OPEN)


async def part_all_from_bus(scene: Scene) -> None:
    await spoiled(scene, scene.stand.buses, HALF_OPEN)


async def part_from_database(scene: Scene) -> None:
    await spoiled(scene, [scene.rng.choice(scene.stand.databases)], HALF_OPEN)


async def cut_off_database(scene: Scene) -> None:
    """Connections are reset, new ones refused."""
    relay = scene.rng.choice(scene.stand.databases)
    relay.reset()
    await spoiled(scene, [relay], REFUSED)


async def slow_database(scene: Scene) -> None:
    await spoiled(scene, scene.stand.databases, SLOW)


async def part_clients(scene: Scene) -> None:
    await spoiled(scene, [scene.stand.front], HALF_OPEN, share=0.5)


async def leave_half_open(scene: Scene) -> None:
    """Nothing passes and nobody is told; then the lines are reset, and what was on its way is lost."""
    front = scene.stand.front
    with felt(scene, [front]):
        front.spoil(HALF_OPEN, share=0.5)
        await asyncio.sleep(HELD_S)
        front.reset()
        front.heal()


async def delay_clients(scene: Scene) -> None:
    await spoiled(scene, [scene.stand.front], LATE)


async def trickle_to_clients(scene: Scene) -> None:
    await spoiled(scene, [scene.stand.front], TRICKLE)


async def reset_clients(scene: Scene) -> None:
    with felt(scene, [scene.stand.front]):
        for _ in range(8):
            scene.stand.front.reset(share=0.2)
            await asyncio.sleep(0.3)


async def cut_messages(scene: Scene) -> None:
    with felt(scene, [scene.stand.front]):
        for _ in range(4):
            scene.stand.front.cut(share=0.3)
            await asyncio.sleep(0.5)


async def storm(scene: Scene) -> None:
    with felt(scene, [scene.stand.front]):
        scene.stand.front.reset()


async def spoiled(scene: Scene, relays: Sequence[Relay], weather: Weather, share: float = 1.0) -> None:
    """For a while; then all is well again."""
    with felt(scene, relays):
        try:
            for relay in relays:
                relay.spoil(weather, share)
            await asyncio.sleep(HELD_S)
        finally:
            for relay in relays:
                relay.heal()


@contextmanager
def felt(scene: Scene, relays: Sequence[Relay]) -> Iterator[None]:
    before = sum(relay.felt for relay in relays)
    yield
    must_be_some(scene, "messages and lines spoiled", sum(relay.felt for relay in relays) - before)


# --- by packet filters in a namespace ---


async def lose_packets(scene: Scene) -> None:
    await filtered(scene, [server.address[1] for server in scene.stand.servers], share=LOSS)


async def wall_from_database(scene: Scene) -> None:
    await filtered(scene, [scene.rng.choice(scene.stand.databases).address[1]])


async def wall_from_bus(scene: Scene) -> None:
    await filtered(scene, [scene.rng.choice(scene.stand.buses).address[1]])


async def wall_from_clients(scene: Scene) -> None:
    server: Server = scene.rng.choice(scene.stand.servers)
    await filtered(scene, [server.address[1]])


async def filtered(scene: Scene, ports: Sequence[int], share: float = 1.0) -> None:
    """Packets of these ports are dropped for a while, silently."""
    namespace = scene.stand.namespace
    assert namespace is not None
    try:
        for port in ports:
            await namespace.drop(port, share=share)
        await asyncio.sleep(HELD_S)
        must_be_some(scene, "packets dropped", await namespace.dropped())
    finally:
        await namespace.heal()


KINDS = (
    Kind("bus-partition", "one worker cut off from Redis for 3 s, half-open", part_from_bus, is_short=True),
    Kind("bus-partition-all", "all workers cut off from Redis for 3 s, half-open", part_all_from_bus),
    Kind("database-partition", "one worker cut off from PostgreSQL for 3 s, half-open", part_from_database),
    Kind("database-refused", "PostgreSQL resets and refuses one worker for 3 s", cut_off_database),
    Kind("database-slow", "20-50 ms more on every message to and from PostgreSQL", slow_database),
    Kind("clients-partition", "half of the clients cut off for 3 s", part_clients),
    Kind("clients-half-open", "half of the clients half-open for 3 s, then all reset", leave_half_open),
    Kind("clients-late", "100-300 ms more on every message of clients", delay_clients),
    Kind("clients-trickle", "256 bytes every 20 ms to and from clients", trickle_to_clients),
    Kind("clients-reset", "every fifth client reset, eight times", reset_clients),
    Kind("messages-cut", "connections end in the middle of a message", cut_messages),
    Kind("reconnect-storm", "all clients dropped at once", storm, is_short=True),
    Kind("packet-loss", "5 % of packets between clients and workers lost", lose_packets, WALLED),
    Kind("wall-database", "packets between one worker and PostgreSQL dropped", wall_from_database, WALLED),
    Kind("wall-bus", "packets between one worker and Redis dropped", wall_from_bus, WALLED),
    Kind("wall-clients", "packets between one worker and everybody dropped", wall_from_clients, WALLED),
)
