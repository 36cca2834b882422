"""What the machine gives: processor time and memory of a tree of processes by /proc, and room for open files."""

import os
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

SPARE_FILES = 256
PARENT = 1
CPU = slice(11, 15)
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """Of a whole tree. PSS shares common pages out among the processes that use them."""

    cpu_s: float
    rss_kb: int
    pss_kb: int
    processes: int


def usage_of(root: int) -> Usage | None:
    """None if there is no such process, or no /proc."""
    tree = tree_of(root)
    if not tree:
        return None
    ticks = sum(_cpu_ticks(pid, with_children=pid == root) for pid in tree)
    sizes = [_memory_kb(pid) for pid in tree]
    return Usage(
        cpu_s=ticks / os.sysconf("SC_CLK_TCK"),
        rss_kb=sum(rss for rss, _ in sizes),
        pss_kb=sum(pss for _, pss in sizes),
        processes=len(tree),
    )


def own_cpu_s() -> float:
    """Of this very process, all threads."""
    return time.process_time()


def allowed_files() -> int:
    """Raise the limit of open files to what the system allows at most, and say how many that is."""
    if sys.platform == "win32":  # no such limit
        return sys.maxsize
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return sys.maxsize if hard == resource.RLIM_INFINITY else hard


def tree_of(root: int) -> list[int]:
    """The process and whoever descends from it; nothing if it is gone."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()] if PROC.is_dir() else []
    for pid in pids:
        if stat := _stat(pid):
            children[int(stat[PARENT])].append(pid)
    tree = [root] if root in pids else []
    for pid in tree:
        tree += children[pid]
    return tree


def _stat(pid: int) -> list[str]:
    """What follows the name; empty if the process is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu_ticks(pid: int, with_children: bool) -> int:
    """User and system time; of ended children too, where their parent has waited for them."""
    ticks = [int(field) for field in _stat(pid)[CPU]]
    return sum(ticks if with_children else ticks[:2])


def _memory_kb(pid: int) -> tuple[int, int]:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0, 0
    sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines[1:])}
    return sizes.get("Rss", 0), sizes.get("Pss", 0)
