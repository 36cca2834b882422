"""A real HTTP server on loopback that publishes lists of revoked certificates, with failures by path."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.signatures.fetch import Fetcher


@dataclass
class ListsSite:
    """`files` by path; other paths fail as their names say. `asked`: what was asked, with its conditions."""

    port: int
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def fetcher(self, **limits: Any) -> Fetcher:
        """Allowed to ask here, on loopback."""
        return Fetcher(frozenset({self.host}), is_allowed_address=lambda _: True, **limits)


@contextlib.contextmanager
def lists_site() -> Iterator[ListsSite]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            condition = self.headers.get("If-None-Match", "")
            site.asked.append((self.path, condition))
            with contextlib.suppress(OSError):
                FAILURES.get(self.path, publish)(self, site, condition)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = ListsSite(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        site.over.set()
        server.shutdown()
        thread.join(10)
        server.server_close()


def publish(handler: BaseHTTPRequestHandler, site: ListsSite, condition: str) -> None:
    body = site.files.get(handler.path)
    if body is None:
        head(handler, 404)
        return
    tag = f'"{len(body)}-{hash(body)}"'
    if condition == tag:
        head(handler, 304)
        return
    head(handler, 200, {"ETag": tag, "Content-Length": str(len(body))})
    handler.wfile.write(body)


def redirect(handler: BaseHTTPRequestHandler, site: ListsSite, condition: str) -> None:
    head(handler, 302, {"Location": "/good.crl"})


def silent(handler: BaseHTTPRequestHandler, site: ListsSite, condition: str) -> None:
    site.over.wait(10)


def trickle(handler: BaseHTTPRequestHandler, site: ListsSite, condition: str) -> None:
    """A byte of the head at a time, for ever."""
    while not site.over.wait(0.02):
        handler.wfile.write(b"H")
        handler.wfile.flush()


def endless(handler: BaseHTTPRequestHandler, site: ListsSite, condition: str) -> None:
    head(handler, 200)
    began = time.monotonic()
    while not site.over.is_set() and time.monotonic() - began < 10:
        handler.wfile.write(b"x" * 4096)


def cut(handler: BaseHTTPRequestHandler, site: ListsSite, condition: str) -> None:
    head(handler, 200, {"Content-Length": "1000"})
    handler.wfile.write(b"half")


def no_http(handler: BaseHTTPRequestHandler, site: ListsSite, condition: str) -> None:
    handler.wfile.write(b"220 mail.example ESMTP\r\n")


def head(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str] | None = None) -> None:
    handler.send_response(status)
    for name, value in {"Connection": "close", **(headers or {})}.items():
        handler.send_header(name, value)
    handler.end_headers()


FAILURES = {
    "/redirect": redirect,
    "/silent": silent,
    "/trickle": trickle,
    "/endless": endless,
    "/cut": cut,
    "/no-http": no_http,
}
