"""Programs of a stand: started as real processes, hurt by signals, ended by the pids we started."""

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import httpx2

from app.embedded import free_port
from tests.servers import DATA, NOBODY, make_cluster, postgres_command, postgres_programs, redis_command

ROOT = Path(__file__).resolve().parents[2]
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
STARTS = 3
SETUP_S = START_S = 120.0
END_S = 20.0
LOOK_S = 0.05


class NotStarted(Exception):
    """A program was not ready in time, or ended by itself."""


class Program:
    """One process with its children. `is_ready` says when it serves; output goes to `<folder>/<name>.log`."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        is_ready: Callable[[], Awaitable[bool]],
        env: Mapping[str, str] | None = None,
        user: str | None = None,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._command = list(command)
        self._is_ready = is_ready
        self._env = {**os.environ, **(env or {})}
        self._user = user if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        """Returns when it serves; one that ended by itself is started again, as service managers do. Raises NotStarted."""
        for _ in range(STARTS - 1):
            self.launch()
            with contextlib.suppress(NotStarted):
                return await self.served()
            await self.end()
        self.launch()
        await self.served()

    def launch(self) -> None:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command, stdout=output, stderr=output, env=self._env, user=self._user,
                preexec_fn=_end_with_us,
                cwd="/" if self._user else ROOT, start_new_session=True,
            )  # fmt: skip

    async def served(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if not self.is_running:
                raise NotStarted(f"{self.name} ended: {self.last_words()}")
            if await self._is_ready():
                return
            await asyncio.sleep(LOOK_S)
        raise NotStarted(f"{self.name} is not ready after {START_S:.0f} s: {self.last_words()}")

    def last_words(self) -> str:
        return self.log.read_text("utf-8", "replace")[-8000:] if self.log.exists() else ""

    def send(self, number: int, *, family: bool = False) -> None:
        """To the process, or to it and all its descendants."""
        for pid in family_of(self.pid) if family else [self.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    async def kill(self) -> None:
        self.send(signal.SIGKILL, family=True)
        await self.gone()

    async def end(self, number: int = signal.SIGTERM) -> None:
        """Politely, then not; nothing to do if it is gone already."""
        if self._process is None:
            return
        if self.is_running:
            self.send(signal.SIGCONT, family=True)
            self.send(number)
        try:
            await self.gone()
        except subprocess.TimeoutExpired:
            await self.kill()

    async def gone(self) -> None:
        """Returns when it has ended, by itself or not. Raises subprocess.TimeoutExpired."""
        assert self._process is not None
        await asyncio.to_thread(self._process.wait, END_S)


def _end_with_us() -> None:
    """In the new process, before it becomes the program: if the tests are killed, so is it (where the system can)."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def family_of(pid: int) -> list[int]:
    """The process and everything it started, as the system knows them now."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return [pid]
    return [pid, *(each for child in children for each in family_of(int(child)))]


# --- the three kinds there are ---


class Redis(Program):
    def __init__(self, folder: Path, host: str) -> None:
        self.address = (host, free_port())
        command = redis_command(folder, *self.address)
        super().__init__("redis", command, folder, lambda: _answers(self.address))

    async def say(self, *words: str) -> bytes:
        """One command by the wire protocol; returns the beginning of the answer."""
        reader, writer = await asyncio.open_connection(*self.address)
        try:
            writer.write(f"*{len(words)}\r\n".encode())
            writer.writelines(f"${len(word)}\r\n{word}\r\n".encode() for word in words)
            async with asyncio.timeout(5):
                return await reader.read(1000)
        finally:
            writer.close()


class Postgres(Program):
    """With its disk in order: fsync on, as in production; the schema comes from outside."""

    def __init__(self, folder: Path, host: str) -> None:
        self.folder = folder
        self.address = (host, free_port())
        self._programs = postgres_programs()
        options = ["-p", str(self.address[1]), "-c", f"listen_addresses={host}", "-c", "max_connections=100"]
        command = postgres_command(self._programs, folder, *options)
        super().__init__("postgres", command, folder, self._accepts, user=NOBODY)

    @property
    def url(self) -> str:
        """By the unix socket, past all relays."""
        return f"postgresql+asyncpg://postgres@/kvorum?host={self.folder}&port={self.address[1]}"

    def url_at(self, address: tuple[str, int]) -> str:
        return f"postgresql+asyncpg://postgres@{address[0]}:{address[1]}/kvorum"

    async def found(self) -> None:
        """Make the cluster, start it, make an empty database."""
        await asyncio.to_thread(make_cluster, self._programs, self.folder)
        with (self.folder / DATA / "pg_hba.conf").open("a") as access:
            access.write("host all all 0.0.0.0/0 trust\n")
        await self.start()
        await self.say("create database kvorum", database="postgres")

    async def say(self, *statements: str, database: str = "kvorum") -> str:
        """By psql, past all relays and pools, each in a transaction of its own."""
        where = ["-h", str(self.folder), "-p", str(self.address[1]), "-U", "postgres", "-d", database]
        asked = (word for statement in statements for word in ("-c", statement))
        return await self._run("psql", *where, "-qAt", *asked)

    async def _accepts(self) -> bool:
        where = ["-h", str(self.folder), "-p", str(self.address[1]), "-U", "postgres", "-d", "postgres"]
        try:
            await self._run("psql", *where, "-qAtc", "select 1")
        except RuntimeError:
            return False
        return True

    async def _run(self, program: str, *arguments: str) -> str:
        command = [str(self._programs / program), *arguments]
        done = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, cwd="/", timeout=SETUP_S
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}")
        return str(done.stdout).strip()


class Server(Program):
    """A `kvorum serve` on a port of its own; `prefix` is a command that it runs under."""

    def __init__(
        self,
        name: str,
        folder: Path,
        host: str,
        settings: Mapping[str, str],
        program: Sequence[str],
        prefix: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.address = (host, free_port())
        own = {"HOST": host, "PORT": str(self.address[1]), "LOG_LEVEL": "warning"}
        given = {f"KVORUM_{key}": value for key, value in {**settings, **own}.items()}
        command = [*prefix, sys.executable, "-m", *program]
        super().__init__(name, command, folder, self.is_ready, {**given, **(env or {})})

    async def is_ready(self) -> bool:
        url = f"http://{self.address[0]}:{self.address[1]}/readyz"
        try:
            async with httpx2.AsyncClient(timeout=2) as client:
                return (await client.get(url)).status_code == 200
        except httpx2.HTTPError:
            return False


async def _answers(address: tuple[str, int]) -> bool:
    try:
        async with asyncio.timeout(1):
            _, writer = await asyncio.open_connection(*address)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
