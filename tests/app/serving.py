"""`kvorum serve --workers N` as a process on a free port, for tests; ended by its pid, with a deadline."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.embedded import free_port

DEADLINE_S = 120.0


@dataclass(frozen=True, slots=True)
class Served:
    """The parent process, its address and what it wrote to its log."""

    process: "subprocess.Popen[bytes]"
    url: str
    log: Path

    def workers(self) -> set[int]:
        """Pids of its children that live."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return {int(pid) for pid in path.read_text().split()}

    def is_ready(self) -> bool:
        return self.get("/readyz") == 200

    def metric(self, name: str) -> float:
        """The value of one line of /metrics."""
        with urllib.request.urlopen(self.url + "/metrics", timeout=20) as answer:
            lines = dict(
                line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if line[0] != "#"
            )
        return float(lines[name])

    def get(self, path: str) -> int | None:
        """The status of the answer; None: nobody answered."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as answer:
            return answer.code
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def told(self, event: str) -> int:
        """How often the log names this event."""
        return self.log.read_text().count(event)


@contextlib.contextmanager
def served(
    folder: Path, workers: int, database_url: str, redis_url: str, **settings: str
) -> Iterator[Served]:
    """Ready when the block begins, gone when it ends."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    places = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "KEYS_DIR": str(folder / "keys")}
    given = {**places, "PORT": str(port), "PUBLIC_URL": url, "LOG_FORMAT": "json", **settings}
    env = {**os.environ, **{f"KVORUM_{name}": value for name, value in given.items()}}
    command = [sys.executable, "-m", "app.cli", "serve", "--workers", str(workers)]
    with (folder / "serve.log").open("wb") as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=out)
    served = Served(process, url, folder / "serve.log")
    try:
        until(lambda: served.is_ready() and served.told('"serving"') >= workers, served.log)
        yield served
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        finally:
            process.kill()
            process.wait()


def until(is_so: Callable[[], bool], log: Path) -> None:
    """Wait for it; past the deadline the server's log is shown."""
    deadline = time.monotonic() + DEADLINE_S
    while not is_so():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
