"""Fetches a public file by HTTP from an allowed host: never from a private address, never far, never for long.

Addresses come from certificates and lists, so whoever makes those must not choose what this server asks: hosts are
allowed by name, the address is checked and then the same address is connected to, redirections are not followed.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

LARGEST_BYTES = 64 * 1024 * 1024
ANSWERS_WITHIN_S = 10.0
ENDS_WITHIN_S = 60.0
CHUNK = 64 * 1024
PORTS = {"http": 80, "https": 443}
CONDITIONS = {"etag": "If-None-Match", "last_modified": "If-Modified-Since"}


class NotFetched(Exception):
    """Why: bad_url, host_not_allowed, no_address, private_address, redirect, status_404, too_large, too_slow or broken."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Fetched:
    """`body` is None if nothing has changed; `conditions` go into the next question."""

    body: bytes | None
    conditions: Mapping[str, str]


def is_public(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return found.is_global and not found.is_multicast


@dataclass(frozen=True, slots=True)
class Fetcher:
    """`hosts`: names, or name:port, that may be asked. A name that leads to any address of our own networks is refused."""

    hosts: frozenset[str]
    is_allowed_address: Callable[[str], bool] = is_public
    largest_bytes: int = LARGEST_BYTES
    ends_within_s: float = ENDS_WITHIN_S

    def fetch(self, url: str, conditions: Mapping[str, str]) -> Fetched:
        """Raises NotFetched."""
        asked, port = self._checked(url)
        until = time.monotonic() + self.ends_within_s
        try:
            return self._answer(asked, port, conditions, until)
        except TimeoutError:
            raise NotFetched("too_slow") from None
        except (OSError, http.client.HTTPException):
            raise NotFetched("too_slow" if time.monotonic() >= until else "broken") from None

    def _checked(self, url: str) -> tuple[SplitResult, int]:
        try:
            asked = urlsplit(url)
            port = asked.port or PORTS[asked.scheme]
        except (ValueError, KeyError):
            raise NotFetched("bad_url") from None
        if (
            not asked.hostname
            or asked.username
            or asked.password
            or not url.isascii()
            or not url.isprintable()
        ):
            raise NotFetched("bad_url")
        name = asked.hostname if port == PORTS[asked.scheme] else f"{asked.hostname}:{port}"
        if name not in self.hosts:
            raise NotFetched("host_not_allowed")
        return asked, port

    def _answer(self, asked: SplitResult, port: int, conditions: Mapping[str, str], until: float) -> Fetched:
        connection = self._connected(asked, port)
        ending = threading.Timer(until - time.monotonic(), _end, (connection.sock,))
        ending.start()
        try:
            path = (asked.path or "/") + (f"?{asked.query}" if asked.query else "")
            headers = {CONDITIONS[kind]: value for kind, value in conditions.items()}
            connection.request(
                "GET", path.replace(" ", "%20"), headers={"Accept-Encoding": "identity", **headers}
            )
            with connection.getresponse() as response:
                return self._read(response, conditions, until)
        finally:
            ending.cancel()
            connection.close()

    def _connected(self, asked: SplitResult, port: int) -> http.client.HTTPConnection:
        """To an address that was checked: a second look-up by name could give another one."""
        name = asked.hostname or ""
        connection = http.client.HTTPConnection(name, port, timeout=ANSWERS_WITHIN_S)
        connection.sock = socket.create_connection((self._address(name, port), port), self._patience_s)
        if asked.scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(connection.sock, server_hostname=name)
        return connection

    @property
    def _patience_s(self) -> float:
        return min(ANSWERS_WITHIN_S, self.ends_within_s)

    def _address(self, name: str, port: int) -> str:
        try:
            found = [str(each[4][0]) for each in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError):
            raise NotFetched("no_address") from None
        if not all(self.is_allowed_address(address) for address in found):
            raise NotFetched("private_address")
        return found[0]

    def _read(
        self, response: http.client.HTTPResponse, conditions: Mapping[str, str], until: float
    ) -> Fetched:
        if response.status == http.HTTPStatus.NOT_MODIFIED:
            return Fetched(None, conditions)
        if 300 <= response.status < 400:
            raise NotFetched("redirect")
        if response.status != http.HTTPStatus.OK:
            raise NotFetched(f"status_{response.status}")
        body = self._body(response, until)
        kept = {"etag": response.getheader("ETag"), "last_modified": response.getheader("Last-Modified")}
        return Fetched(body, {kind: value for kind, value in kept.items() if value})

    def _body(self, response: http.client.HTTPResponse, until: float) -> bytes:
        body = bytearray()
        while chunk := response.read1(CHUNK):
            body += chunk
            if len(body) > self.largest_bytes:
                raise NotFetched("too_large")
        if time.monotonic() >= until:
            raise NotFetched("too_slow")
        if response.length:
            raise NotFetched("broken")
        return bytes(body)


def _end(connected: socket.socket) -> None:
    """Whoever sends a byte at a time is cut off, in the head of an answer too."""
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
