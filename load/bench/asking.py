"""Many browsers ask the site at once, each over a connection of its own: one thread and one epoll set, as cheap as the crowd."""

import contextlib
import select
import socket
import time
from collections.abc import Iterator, Sequence

from load.bench.crowd import HOST, RECEIVED_AT_ONCE, CrowdFault
from load.bench.framing import END_OF_HEAD

AT_ONCE = 100
ANSWERED_WITHIN_S = 60.0


def answers(port: int, requests: Sequence[bytes]) -> list[bytes]:
    """The body of each answer, in their order. Raises CrowdFault for a refusal. A request says `Connection: close`."""
    bodies: list[bytes] = []
    for start in range(0, len(requests), AT_ONCE):
        with contextlib.ExitStack() as open_sockets:
            sockets = [_sent(open_sockets, port, request) for request in requests[start : start + AT_ONCE]]
            read = dict(_read_to_the_end(sockets))
        bodies += [_body(read[plug]) for plug in sockets]
    return bodies


def post(port: int, path: str, cookie: str) -> bytes:
    """A request without a body, as a page of this site sends it."""
    site = f"{HOST}:{port}"
    head = (f"POST {path} HTTP/1.1", f"Host: {site}", f"Origin: http://{site}", f"Cookie: {cookie}")
    return "\r\n".join((*head, "Content-Length: 0", "Connection: close", "", "")).encode()


def _sent(open_sockets: contextlib.ExitStack, port: int, request: bytes) -> socket.socket:
    plug = open_sockets.enter_context(socket.create_connection((HOST, port), ANSWERED_WITHIN_S))
    plug.sendall(request)
    plug.setblocking(False)
    return plug


def _read_to_the_end(sockets: Sequence[socket.socket]) -> Iterator[tuple[socket.socket, bytes]]:
    deadline = time.monotonic() + ANSWERED_WITHIN_S
    waiting = {plug.fileno(): (plug, bytearray()) for plug in sockets}
    with select.epoll() as poll:
        for fd in waiting:
            poll.register(fd, select.EPOLLIN)
        while waiting:
            if time.monotonic() > deadline:
                raise CrowdFault(f"{len(waiting)} requests have no answer")
            for fd, _ in poll.poll(0.05):
                plug, read = waiting[fd]
                data = plug.recv(RECEIVED_AT_ONCE)
                read += data
                if not data:
                    poll.unregister(fd)
                    del waiting[fd]
                    yield plug, bytes(read)


def _body(answer: bytes) -> bytes:
    head, _, body = answer.partition(END_OF_HEAD)
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise CrowdFault(f"the server refused a request: {answer[:200]!r}")
    return body
