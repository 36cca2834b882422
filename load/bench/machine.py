"""What machine this is: figures without it mean nothing."""

import importlib.metadata
import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path

PACKAGES = (
    "uvicorn",
    "starlette",
    "uvloop",
    "httptools",
    "websockets",
    "picows",
    "msgspec",
    "asyncpg",
    "redis",
)


def machine() -> Mapping[str, object]:
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "cpu": _cpu(),
        "cores": os.cpu_count() or 0,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": {package: version for package in PACKAGES if (version := _version(package))},
        "load_average": round(os.getloadavg()[0], 2),
    }


def in_words(found: Mapping[str, object]) -> str:
    """One line for the head of a table."""
    versions = found["versions"]
    listed = (
        ", ".join(f"{name} {version}" for name, version in versions.items())
        if isinstance(versions, dict)
        else ""
    )
    return (
        f"{found['date']}; {found['cpu']}, {found['cores']} cores, {found['memory_gb']} GB, {found['kernel']}, "
        f"Python {found['python']}; {listed}; load average at the start {found['load_average']}"
    )


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
