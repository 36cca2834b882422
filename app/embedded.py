"""A server process of our own on this machine: its settings, its start and its end."""

import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from app import texts
from app.kernel.settings import PREFIX, Settings

STARTUP_S = 120


def embedded(folder: Path, port: int, *, signed: bool = False, countdown_s: int = 180) -> Settings:
    """SQLite, the bus in the process, keys beside the database's folder; ballots signed by the demonstration CA or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    return Settings(
        environment="embedded",
        database_url=SecretStr(f"sqlite:///{folder / 'kvorum.db'}"),
        keys_dir=folder / "keys",
        public_url=f"http://127.0.0.1:{port}",
        host="127.0.0.1",
        port=port,
        redis_url=None,
        signature_policy="qualified" if signed else "off",
        demo_ca=signed,
        signed_countdown_s=countdown_s,
        sms_file=folder / "sms.jsonl",
    )


@contextmanager
def serving(settings: Settings) -> Iterator[int]:
    """A server process of our own, ready when the block begins and ended by its pid, which is given."""
    given = settings.model_dump(
        exclude_none=True,
        include={
            "environment",
            "keys_dir",
            "public_url",
            "host",
            "port",
            "signature_policy",
            "demo_ca",
            "signed_countdown_s",
            "sms_file",
        },
    )
    env = {**os.environ, **{f"{PREFIX}{name.upper()}": str(value) for name, value in given.items()}}
    env[f"{PREFIX}DATABASE_URL"] = settings.database_url.get_secret_value()
    env.setdefault(f"{PREFIX}LOG_LEVEL", "warning")
    process = subprocess.Popen([sys.executable, "-m", "app.cli", "serve"], env=env, start_new_session=True)
    try:
        wait_until_ready(settings.public_url, process)
        yield process.pid
    finally:
        end(process)


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + STARTUP_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(texts.SERVER_ENDED.format(code=process.returncode))
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):  # noqa: S310 - our own server on loopback
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    sys.exit(texts.SERVER_SILENT.format(seconds=STARTUP_S))


def end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """Below the ports that the system lends to outgoing connections: nobody gets it before the server listens."""
    for port in random.sample(range(10_000, 32_000), 100):
        if is_free(port):
            return port
    sys.exit(texts.NO_FREE_PORT)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
