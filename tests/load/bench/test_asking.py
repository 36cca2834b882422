"""A crowd of browsers asks at once: each gets its own answer, in order, and a refusal is told."""

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from load.bench.asking import AT_ONCE, answers, post
from load.bench.crowd import CrowdFault

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs epoll")


class Echo(BaseHTTPRequestHandler):
    """Says who asked and for what."""

    def do_POST(self) -> None:
        body = f"{self.path} {self.headers['Cookie']}".encode()
        self.send_response(404 if self.path == "/nowhere" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield server.server_port
        server.shutdown()
        serving.join(10)


def test_each_of_a_crowd_gets_its_own_answer(port: int) -> None:
    numbers = range(AT_ONCE + 5)

    bodies = answers(port, [post(port, f"/{n}", f"browser={n}") for n in numbers])

    assert bodies == [f"/{n} browser={n}".encode() for n in numbers]


def test_a_refused_request_is_a_fault(port: int) -> None:
    with pytest.raises(CrowdFault, match="404"):
        answers(port, [post(port, "/nowhere", "")])
