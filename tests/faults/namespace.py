"""A network namespace of our own on a veth pair, with packet filters inside; deleted with all it holds."""

import asyncio
import itertools
import os
import re
import shutil
import subprocess
from pathlib import Path
from types import TracebackType

OURS = re.compile(r"kvf(\d+)-\d+")
_numbers = itertools.count(1)


class Namespace:
    """`outside` is our end of the pair, `inside` the address of whatever runs in the namespace."""

    def __init__(self) -> None:
        number = next(_numbers)
        self.name = f"kvf{os.getpid()}-{number}"
        net = f"10.{64 + os.getpid() % 64}.{os.getpid() // 64 % 256}"
        self.outside, self.inside = f"{net}.{number * 4 + 1}", f"{net}.{number * 4 + 2}"
        self._ends = (f"kvo{os.getpid() % 10**6}x{number}", f"kvi{os.getpid() % 10**6}x{number}")

    @property
    def prefix(self) -> tuple[str, ...]:
        """Before a command: run it inside."""
        return ("ip", "netns", "exec", self.name)

    async def __aenter__(self) -> "Namespace":
        ours, theirs = self._ends
        await _sweep()
        try:
            await _run("ip", "netns", "add", self.name)
            await _run("ip", "link", "add", ours, "type", "veth", "peer", "name", theirs)
            await _run("ip", "link", "set", theirs, "netns", self.name)
            await _run("ip", "addr", "add", f"{self.outside}/30", "dev", ours)
            await _run("ip", "link", "set", ours, "up")
            await self._inside("ip", "addr", "add", f"{self.inside}/30", "dev", theirs)
            for device in (theirs, "lo"):
                await self._inside("ip", "link", "set", device, "up")
        except BaseException:
            await _delete(self.name)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await _delete(self.name)

    async def drop(self, port: int, *, share: float = 1.0) -> None:
        """Lose this share of TCP packets from and to a port on either side of the wall."""
        luck = [] if share >= 1.0 else ["-m", "statistic", "--mode", "random", "--probability", str(share)]
        for chain in ("INPUT", "OUTPUT"):
            for end in ("--sport", "--dport"):
                rule = ["-A", chain, "-p", "tcp", end, str(port), *luck, "-j", "DROP"]
                await self._inside("iptables", "-w", *rule)

    async def dropped(self) -> int:
        """Packets lost to the filters that stand now."""
        told = await self._inside("iptables", "-w", "-nvxL")
        return sum(map(int, re.findall(r"^ *(\d+) +\d+ +DROP ", told, re.M)))

    async def heal(self) -> None:
        await self._inside("iptables", "-w", "-F")

    async def _inside(self, *command: str) -> str:
        return await _run(*self.prefix, *command)


def may_make_namespaces() -> bool:
    return os.geteuid() == 0 and all(map(shutil.which, ("ip", "iptables")))


async def _run(*command: str) -> str:
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=20)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


async def _sweep() -> None:
    """Those of killed runs, known by the number of a process that is no more."""
    for name in await _names():
        if (made := OURS.fullmatch(name)) and not _is_alive(int(made[1])):
            await _delete(name)


def _is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def _names() -> list[str]:
    return [line.split()[0] for line in (await _run("ip", "netns", "list")).splitlines() if line]


async def _delete(name: str) -> None:
    """The pair goes with it; one that was never made is no fault."""
    if name in await _names():
        await _run("ip", "netns", "del", name)
