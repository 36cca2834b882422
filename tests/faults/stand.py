"""Stands: the system under test as real processes, every link of it through a relay that can be spoiled."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2
from pydantic import SecretStr

from app.kernel.keys import make_missing_keys
from app.kernel.settings import Settings
from app.signatures.demo_ca import FOLDER as DEMO_FOLDER
from app.signatures.demo_ca import open_authority
from app.signatures.trust import ANCHORS, CRLS, INTERMEDIATES
from tests.faults.meeting import Kept, Played, copied, found_meetings, kept, where_it_stands
from tests.faults.namespace import Namespace, may_make_namespaces
from tests.faults.programs import ROOT, SETUP_S, Postgres, Redis, Server
from tests.faults.proxy import Relay

HANDSHAKES = "2000"
DEMONSTRATION = {"ENVIRONMENT": "embedded", "DEMO_CA": "true"}
SMALL_DISK_MB = 24
FAKETIME = "/usr/lib/*/faketime/libfaketimeMT.so.1"


@dataclass(frozen=True, slots=True)
class Layout:
    """What a kind needs to stand on. `name` is `sqlite` (one process), `cluster` (three on PostgreSQL and
    Redis, on ports of their own) or `family` (`kvorum serve --workers 3` on the same).

    `clocks` are offsets of the workers' calendars, such as `+300s`; `is_walled` puts the servers into a namespace;
    where it `is_signed` ballots are, by certificates of a demonstration authority that the trust folder holds;
    `program` is the module that serves, with its arguments, and `servers` how often it is started on a cluster.
    """

    name: str
    clocks: tuple[str, ...] = ()
    is_walled: bool = False
    has_small_disk: bool = False
    is_signed: bool = False
    program: tuple[str, ...] = ("app.cli", "serve")
    servers: int = 3

    def missing(self) -> str | None:
        """What this machine lacks for it, in words."""
        if self.is_walled and not may_make_namespaces():
            return "root, iproute2 and iptables"
        if self.has_small_disk and os.geteuid() != 0:
            return "root, to mount a small disk"
        if self.clocks and not list(Path("/").glob(FAKETIME[1:])):
            return "faketime"
        return None


SQLITE = Layout("sqlite")
CLUSTER = Layout("cluster")
SIGNED = Layout("cluster", is_signed=True, program=("tests.faults.gated", "serve"))
FAMILY = Layout("family", program=("app.cli", "serve", "--workers", "3"), servers=1)


@dataclass(eq=False)
class Stand:
    """`front` is where clients come to; the relays of a worker lead to its database and its bus."""

    folder: Path
    front: Relay
    settings: Settings
    servers: list[Server] = field(default_factory=list)
    databases: list[Relay] = field(default_factory=list)
    buses: list[Relay] = field(default_factory=list)
    programs: list["Postgres | Redis | Server"] = field(default_factory=list)
    meetings: list[Played] = field(default_factory=list)
    namespace: Namespace | None = None
    is_signed: bool = False

    async def found(self, meetings: int) -> None:
        """So many fresh ones. SQLite serves one process, so its server rests meanwhile."""
        if self.is_sqlite:
            await asyncio.gather(*(server.end() for server in self.servers))
        self.meetings = await found_meetings(self.settings, meetings, signed=self.is_signed)
        await asyncio.gather(*(server.start() for server in self.servers if not server.is_running))
        await self.served()

    @property
    def url(self) -> str:
        return self.settings.public_url

    @property
    def postgres(self) -> Postgres:
        return next(program for program in self.programs if isinstance(program, Postgres))

    @property
    def redis(self) -> Redis:
        return next(program for program in self.programs if isinstance(program, Redis))

    @property
    def relays(self) -> tuple[Relay, ...]:
        return (self.front, *self.databases, *self.buses)

    async def served(self) -> None:
        """Every worker says that it is ready. Raises NotStarted."""
        await asyncio.gather(*(server.served() for server in self.servers))

    async def counted(self, metric: str) -> int:
        """By all servers together, as they tell at /metrics."""
        async with httpx2.AsyncClient(timeout=10) as client:
            urls = ["http://{}:{}/metrics".format(*server.address) for server in self.servers]
            told = [(await client.get(url)).text for url in urls]
        counts = re.compile(rf"^{metric}(?:{{.*}})? (\S+)", re.M)
        return sum(int(float(count)) for text in told for count in counts.findall(text))

    async def kept(self, meeting: Played) -> Kept:
        return await kept(self._readable(), meeting)

    async def where_it_stands(self, meeting: Played) -> str:
        told = [await where_it_stands(self._readable(), meeting)]
        for server in self.servers:
            told.append(f"{server.name}: ready {await server.is_ready()}\n{server.last_words()}")
        return "\n\n".join(told)

    def _readable(self) -> Settings:
        return copied(self.settings, self.folder) if self.is_sqlite else self.settings

    @property
    def is_sqlite(self) -> bool:
        return self.settings.database_url.get_secret_value().startswith("sqlite")


class Stands:
    """One is open at a time: kinds of the same layout share it until one spoils it."""

    def __init__(self) -> None:
        self._open: tuple[Layout, Stand] | None = None
        self._closing = AsyncExitStack()

    async def of(self, layout: Layout) -> Stand:
        """Nothing of it serves before `Stand.found`."""
        if self._open is None or self._open[0] != layout:
            await self.close()
            self._open = layout, await self._closing.enter_async_context(opened_stand(layout))
        return self._open[1]

    async def close(self) -> None:
        self._open = None
        await self._closing.aclose()


@asynccontextmanager
async def opened_stand(layout: Layout) -> AsyncIterator[Stand]:
    """Its stores run, its servers are named; whatever was started is ended by its pid when the block ends."""
    async with AsyncExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="kvf")))
        namespace = await closing.enter_async_context(Namespace()) if layout.is_walled else None
        front = await _relay(closing, "127.0.0.1")
        if layout.has_small_disk:
            closing.enter_context(_small_disk(folder / "disk"))
        build = _sqlite if layout.name == "sqlite" else _cluster
        stand = await build(layout, folder, front, closing, namespace)
        await _migrate(stand.settings)
        for server in stand.servers:
            closing.push_async_callback(server.end)
        yield stand


async def _sqlite(
    layout: Layout, folder: Path, front: Relay, closing: AsyncExitStack, namespace: Namespace | None
) -> Stand:
    url = f"sqlite:///{folder / 'disk' / 'kvorum.db'}"
    (folder / "disk").mkdir(exist_ok=True)
    stand = Stand(folder, front, _settings(folder, front, url), namespace=namespace)
    _add_server(stand, layout, {"ENVIRONMENT": "embedded", "DATABASE_URL": url})
    return stand


async def _cluster(
    layout: Layout, folder: Path, front: Relay, closing: AsyncExitStack, namespace: Namespace | None
) -> Stand:
    host = namespace.outside if namespace else "127.0.0.1"
    postgres, redis = Postgres(folder, host), Redis(folder, host)
    for program in (postgres, redis):
        closing.push_async_callback(program.end)
    await asyncio.gather(postgres.found(), redis.start())
    settings = _settings(folder, front, postgres.url)
    stand = Stand(folder, front, settings, namespace=namespace, is_signed=layout.is_signed)
    stand.programs += [postgres, redis]
    if layout.is_signed:
        _fill_trust(folder)
    for _ in range(layout.servers):
        database = await _relay(closing, host, postgres.address)
        bus = await _relay(closing, host, redis.address)
        stand.databases.append(database)
        stand.buses.append(bus)
        redis_url = f"redis://{bus.address[0]}:{bus.address[1]}/0"
        where = {"DATABASE_URL": postgres.url_at(database.address), "REDIS_URL": redis_url}
        environment = DEMONSTRATION if layout.is_signed else {"ENVIRONMENT": "production"}
        _add_server(stand, layout, {**environment, **where})
    return stand


def _fill_trust(folder: Path) -> None:
    """With the demonstration authority of the keys' folder."""
    open_authority(folder / "keys", datetime.now(UTC))
    (folder / "trust").mkdir()
    for name in (ANCHORS, INTERMEDIATES, CRLS):
        shutil.copy(folder / "keys" / DEMO_FOLDER / name, folder / "trust")


def _add_server(stand: Stand, layout: Layout, settings: Mapping[str, str]) -> None:
    number = len(stand.servers)
    shared = {"PUBLIC_URL": stand.url, "KEYS_DIR": str(stand.settings.keys_dir)}
    shared |= {"TRUST_DIR": str(stand.settings.trust_dir)}
    shared |= {"HANDSHAKES_PER_SECOND": HANDSHAKES, "BUILD": f"worker-{number}"}
    host = stand.namespace.inside if stand.namespace else "127.0.0.1"
    env = _clock(stand.folder, layout.clocks[number], number) if layout.clocks else {}
    prefix = stand.namespace.prefix if stand.namespace else ()
    server = Server(
        f"worker-{number}", stand.folder, host, {**shared, **settings}, layout.program, prefix, env
    )
    stand.servers.append(server)
    stand.front.targets.append(server.address)


def _settings(folder: Path, front: Relay, database: str) -> Settings:
    """For founding and checking: past the relays, no bus."""
    make_missing_keys(folder / "keys")
    return Settings(
        environment="production",
        public_url=f"http://{front.address[0]}:{front.address[1]}",
        database_url=SecretStr(database),
        keys_dir=folder / "keys",
        trust_dir=folder / "trust",
        redis_url=None,
    )


async def _migrate(settings: Settings) -> None:
    """As an operator does; in this process several stands would be in each other's way."""
    env = {**os.environ, "KVORUM_DATABASE_URL": settings.database_url.get_secret_value()}
    command = [sys.executable, "-m", "app.cli", "migrate"]
    done = await asyncio.to_thread(
        subprocess.run, command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=SETUP_S
    )
    if done.returncode:
        raise RuntimeError(f"migrate failed: {done.stdout}{done.stderr}")


def clock_file(folder: Path, number: int) -> Path:
    """Holds the offset of a worker's calendar; a new text there makes it jump."""
    return folder / f"clock-{number}"


def _clock(folder: Path, offset: str, number: int) -> dict[str, str]:
    clock_file(folder, number).write_text(offset)
    return {
        "LD_PRELOAD": str(next(Path("/").glob(FAKETIME[1:]))),
        "FAKETIME_TIMESTAMP_FILE": str(clock_file(folder, number)),
        "FAKETIME_CACHE_DURATION": "0",  # the file is read again in every second
        "DONT_FAKE_MONOTONIC": "1",
    }


async def _relay(closing: AsyncExitStack, host: str, *targets: tuple[str, int]) -> Relay:
    relay = Relay(targets)
    await relay.start(host)
    closing.push_async_callback(relay.stop)
    return relay


@contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    folder.mkdir()
    size = f"size={SMALL_DISK_MB}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "kvorum-faults", str(folder)], check=True, timeout=20)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True, timeout=20)
        shutil.rmtree(folder)
