"""`signatures`: full verifications of one detached signature, in our process and by the program `openssl cms`.

Ours checks structure, digest, signature, certificate named by the signer, chain of three, two lists of revoked
certificates (which are themselves verified once a version of trust), usage and times; «chain remembered» is the second
signature of the same person. `openssl cms` checks digest, signature and chain, without lists.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from load.bench.children import ChildFault

VECTORS = Path(__file__).resolve().parents[2] / "tests" / "cases" / "signatures"
CASES = {
    "p256": "p256-good_leaf_only",
    "rsa2048": "rsa-good",
    "gost256": "gost256-good",
    "gost512": "gost512-good_leaf_only",
}
ONE, TWO, REMEMBERED = "one thread", "two threads", "one thread, chain remembered"
OPENSSL = "openssl cms"
CONTENDERS = (ONE, TWO, REMEMBERED, OPENSSL)
ENDED_WITHIN_S = 60.0
OPENSSL_RUNS = 20

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    rounds: int
    seconds: float
    algorithms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Round:
    contender: str
    algorithm: str
    verifications: int
    wall_ms: float
    """A verification; with two threads the time in which one of them ends."""
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Files:
    """Of one case: what both contenders read."""

    content: Path
    signature: Path
    trust: Path
    at: datetime


def measure(plan: Plan, say: Say) -> list[Round]:
    """Contenders take turns within a round."""
    rounds = []
    with tempfile.TemporaryDirectory(prefix="kvorum-bench-") as folder:
        for number in range(plan.rounds):
            for algorithm in plan.algorithms:
                say(f"round {number + 1} of {plan.rounds}: {algorithm}")
                files = files_of(CASES[algorithm])
                rounds += [
                    _round(contender, algorithm, files, plan.seconds, Path(folder))
                    for contender in CONTENDERS
                ]
    return rounds


def files_of(case: str) -> Files:
    whole = json.loads((VECTORS / "vectors.json").read_bytes())
    about: dict[str, Any] = next(each for each in whole["cases"] if each["id"] == case)
    content, signature, trust = (VECTORS / about[part] for part in ("content", "signature", "pki"))
    return Files(content, signature, trust, datetime.fromisoformat(whole["verification_time"]))


def _round(contender: str, algorithm: str, files: Files, seconds: float, folder: Path) -> Round:
    if contender == OPENSSL:
        count, wall_s, cpu_s = _openssl(files, folder)
    else:
        count, wall_s, cpu_s = _ours(contender, files, seconds)
    return Round(contender, algorithm, count, 1000 * wall_s / count, 1000 * cpu_s / count)


def _ours(contender: str, files: Files, seconds: float) -> tuple[int, float, float]:
    """A process of its own, on all cores."""
    read = (str(each) for each in (files.content, files.signature, files.trust))
    command = [sys.executable, "-m", "app.signatures.speed", *read]
    options = [files.at.isoformat(), f"--threads={2 if contender == TWO else 1}", f"--seconds={seconds}"]
    options += [] if contender == REMEMBERED else ["--anew"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
    with process:
        os.sched_setaffinity(process.pid, range(os.cpu_count() or 1))
        try:
            out, _ = process.communicate(timeout=ENDED_WITHIN_S + 2 * seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise ChildFault("verifications did not end") from None
    if process.returncode:
        raise ChildFault(f"verifications ended with code {process.returncode}")
    found = json.loads(out)
    return found["verifications"], found["wall_s"], found["cpu_s"]


def _openssl(files: Files, folder: Path) -> tuple[int, float, float]:
    """One process a verification, as services do it that have no library."""
    program = shutil.which("openssl")
    if program is None:
        raise ChildFault("there is no program openssl")
    command = [program, *openssl_options(files, folder)]
    began, cpu_began = time.monotonic(), _children_cpu_s()
    for _ in range(OPENSSL_RUNS):
        done = subprocess.run(command, capture_output=True, timeout=ENDED_WITHIN_S)
        if done.returncode:
            raise ChildFault(f"openssl cms: {done.stderr.decode()[-300:]}")
    return OPENSSL_RUNS, time.monotonic() - began, _children_cpu_s() - cpu_began


def openssl_options(files: Files, folder: Path) -> Iterator[str]:
    """It takes authorities from one file only, and the GOST engine by name."""
    known = folder / f"{files.trust.name}.pem"
    known.write_bytes(
        b"".join((files.trust / f"{part}.pem").read_bytes() for part in ("anchors", "intermediates"))
    )
    yield from ("cms", "-verify", "-binary", "-inform", "DER", "-in", str(files.signature))
    yield from ("-content", str(files.content), "-CAfile", str(known), "-purpose", "any", "-cades")
    yield from ("-attime", str(int(files.at.timestamp())), "-out", os.devnull)
    if "gost" in files.trust.name:
        yield from ("-engine", "gost")


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
