"""A TCP relay that can spoil what it carries: delay, jitter, trickle, half-open lines, resets and cuts; knows no protocol."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

CHUNK = 65_536
REACH_S = 1.0
RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Weather:
    """What happens to bytes. `piece` > 0 lets through so many at a time, one piece every `pause_s`.

    Under `is_half_open` nothing passes and nobody is told; `refuses` resets whoever newly connects.
    """

    delay_s: float = 0.0
    jitter_s: float = 0.0
    piece: int = 0
    pause_s: float = 0.0
    is_half_open: bool = False
    refuses: bool = False


CALM = Weather()
HALF_OPEN = Weather(is_half_open=True)


@dataclass(eq=False, slots=True)
class Line:
    """One connection on its two legs; `is_cut` ends it in the middle of the next message."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    weather: Weather
    is_cut: bool = False

    def reset(self) -> None:
        """Both ends get a RST."""
        for leg in (self.near, self.far):
            with contextlib.suppress(OSError):
                leg.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            leg.transport.abort()


class Relay:
    """Gives each connection to the next of `targets` that can be reached, as a balancer without sticky sessions."""

    def __init__(self, targets: Iterable[Address] = ()) -> None:
        self.targets = list(targets)
        self.address: Address = ("", 0)
        self.weather = CALM
        self.felt = 0
        """How many messages and newcomers were spoiled: without any there was no fault."""
        self._rng = Random(0)
        self._turn = 0
        self._lines: dict[Line, None] = {}
        self._carrying: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._changed = asyncio.Event()

    async def start(self, host: str = "127.0.0.1") -> None:
        self._server = await asyncio.start_server(self._accept, host, 0, backlog=2048)
        address = self._server.sockets[0].getsockname()
        self.address = (address[0], address[1])

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in tuple(self._carrying):
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    @property
    def connections(self) -> int:
        return len(self._lines)

    # --- faults ---

    def draw_from(self, rng: Random) -> None:
        """From now on it decides which lines are spoiled and how much a message is late; lines stand in order of coming."""
        self._rng = rng

    def spoil(self, weather: Weather, share: float = 1.0) -> None:
        """From now on, for this share of the open lines; new ones too when it is all of them."""
        for line in self._some(share):
            line.weather = weather
        if share >= 1.0:
            self.weather = weather
        self._tell()

    def heal(self) -> None:
        """What was held back passes on, as TCP does after a partition."""
        self.weather = CALM
        for line in self._lines:
            line.weather = CALM
        self._tell()

    def reset(self, share: float = 1.0) -> None:
        for line in self._some(share):
            self.felt += 1
            line.reset()

    def cut(self, share: float = 1.0) -> None:
        """End lines in the middle of what passes next."""
        for line in self._some(share):
            line.is_cut = True

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _some(self, share: float) -> list[Line]:
        lines = list(self._lines)
        return lines if share >= 1.0 else self._rng.sample(lines, round(len(lines) * share))

    # --- carrying ---

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        try:
            await self._carry(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # lost on either leg, or the relay stops
        finally:
            self._carrying.discard(task)
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.felt += self.weather != CALM
        while self.weather.is_half_open:
            await self._changed.wait()
        far_reader, far_writer = await self._reach()
        line = Line(writer, far_writer, self.weather)
        if self.weather.refuses:
            return line.reset()
        self._lines[line] = None
        pumps = [
            asyncio.create_task(self._pump(reader, far_writer, line)),
            asyncio.create_task(self._pump(far_reader, writer, line)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            del self._lines[line]
            await _ended(pumps)
            for leg in (writer, far_writer):
                leg.close()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Raises OSError when no target answers."""
        for _ in self.targets:
            target = self.targets[self._turn % len(self.targets)]
            self._turn += 1
            with contextlib.suppress(OSError):
                async with asyncio.timeout(REACH_S):
                    return await asyncio.open_connection(*target)
        raise ConnectionError("nobody to carry to")

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, line: Line) -> None:
        while data := await source.read(CHUNK):
            await self._wait(line)
            if line.is_cut:
                self.felt += 1
                sink.write(data[: len(data) // 2])
                return line.reset()
            await self._write(data, sink, line)

    async def _wait(self, line: Line) -> None:
        weather = line.weather
        self.felt += weather != CALM
        if weather.delay_s or weather.jitter_s:
            await asyncio.sleep(weather.delay_s + self._rng.uniform(0, weather.jitter_s))
        while line.weather.is_half_open:
            await self._changed.wait()

    async def _write(self, data: bytes, sink: asyncio.StreamWriter, line: Line) -> None:
        while data:
            size = line.weather.piece or len(data)
            sink.write(data[:size])
            await sink.drain()
            data = data[size:]
            if data:
                await asyncio.sleep(line.weather.pause_s)


async def _ended(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
