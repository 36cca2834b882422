"""The relay spoils what it is told to spoil, and nothing else."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import Random

import pytest

from tests.faults.proxy import HALF_OPEN, Relay, Weather

PATIENCE_S = 30.0
QUIET_S = 0.2


@dataclass
class Wire:
    """A client's end of a connection to somebody who repeats every byte."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def heard(self, said: bytes) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            self.writer.write(said)
            return await self.reader.readexactly(len(said))

    async def is_silent(self) -> bool:
        try:
            async with asyncio.timeout(QUIET_S):
                return not await self.reader.read(1)
        except TimeoutError:
            return True


async def test_bytes_pass_unchanged() -> None:
    async with an_echo() as (relay, wire):
        said = bytes(range(256)) * 1000

        assert await wire.heard(said) == said
        assert relay.connections == 1


async def test_what_a_half_open_line_holds_back_passes_when_it_heals() -> None:
    async with an_echo() as (relay, wire):
        relay.spoil(HALF_OPEN)
        wire.writer.write(b"held")

        assert await wire.is_silent()
        relay.heal()
        assert await wire.heard(b"more") == b"held"


async def test_delay_and_jitter_come_on_top() -> None:
    async with an_echo() as (relay, wire):
        relay.spoil(Weather(delay_s=0.1, jitter_s=0.05))
        began = time.monotonic()

        await wire.heard(b"late")

        assert time.monotonic() - began >= 0.2  # once there, once back


async def test_a_relay_counts_what_it_spoils_and_nothing_else() -> None:
    async with an_echo() as (relay, wire):
        await wire.heard(b"calm")
        calm = relay.felt
        relay.spoil(Weather(delay_s=0.01))
        await wire.heard(b"late")
        late = relay.felt
        relay.reset()

    assert (calm, late, relay.felt) == (0, 2, 3)  # once there, once back; the line itself


async def test_a_trickle_comes_in_pieces() -> None:
    async with an_echo() as (relay, wire):
        relay.spoil(Weather(piece=100, pause_s=0.01))
        began = time.monotonic()

        assert await wire.heard(b"x" * 1000) == b"x" * 1000
        assert time.monotonic() - began >= 0.09


async def test_a_reset_is_seen_on_both_ends() -> None:
    async with an_echo() as (relay, wire):
        await wire.heard(b"here")
        relay.reset()

        with pytest.raises(ConnectionResetError):
            await wire.heard(b"gone")


async def test_a_cut_ends_in_the_middle_of_a_message() -> None:
    async with an_echo() as (relay, wire):
        await wire.heard(b"whole")
        relay.cut()

        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await wire.heard(b"half of it")


async def test_the_seed_decides_which_lines_are_reset() -> None:
    assert await lines_reset_by(1) == await lines_reset_by(1)
    assert len({await lines_reset_by(seed) for seed in range(1, 5)}) > 1


async def lines_reset_by(seed: int) -> tuple[bool, ...]:
    """Of eight lines that came one after another."""
    async with an_echo() as (relay, first), AsyncExitStack() as opened:
        wires = [first]
        await first.heard(b"here")
        for _ in range(7):
            wires.append(await opened.enter_async_context(connected(relay)))
            await wires[-1].heard(b"here")
        relay.draw_from(Random(seed))
        relay.reset(share=0.5)
        return tuple([await is_reset(wire) for wire in wires])


async def is_reset(wire: Wire) -> bool:
    try:
        await wire.heard(b"still here")
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return True
    return False


async def test_a_line_is_given_to_whoever_can_be_reached() -> None:
    async with an_echo() as (relay, _):
        relay.targets.insert(0, ("127.0.0.1", 1))
        relay.targets.insert(0, ("127.0.0.1", 1))

        async with connected(relay) as wire:
            assert await wire.heard(b"found") == b"found"


async def test_a_relay_that_refuses_resets_the_newcomer_only() -> None:
    async with an_echo() as (relay, wire):
        await wire.heard(b"before")
        relay.weather = Weather(refuses=True)

        async with connected(relay) as newcomer:
            with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
                await newcomer.heard(b"anybody?")
        assert await wire.heard(b"still here") == b"still here"


@asynccontextmanager
async def an_echo() -> AsyncIterator[tuple[Relay, Wire]]:
    """A relay to somebody who repeats every byte, and a connection through it."""
    echo = await asyncio.start_server(_repeat, "127.0.0.1", 0)
    relay = Relay([echo.sockets[0].getsockname()[:2]])
    await relay.start()
    async with connected(relay) as wire:
        yield relay, wire
        await relay.stop()
    echo.close()
    await echo.wait_closed()
    await asyncio.sleep(0.05)


@asynccontextmanager
async def connected(relay: Relay) -> AsyncIterator[Wire]:
    wire = Wire(*await asyncio.open_connection(*relay.address))
    yield wire
    wire.writer.transport.abort()


async def _repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
