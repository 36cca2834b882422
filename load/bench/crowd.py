"""Many websocket clients in one thread and one epoll set, as cheap as Python can be: they share the cores with the server.

It counts and stamps frames and decodes none of them, but for the first few that a member needs.
"""

import contextlib
import select
import socket
import time
from collections.abc import Callable, Iterable, Sequence

from load.bench.framing import BINARY, CLOSE, END_OF_HEAD, PING, PONG, Inbox, masked, request

RECEIVED_AT_ONCE = 65536
CONNECTED_AT_ONCE = 50
HOST = "127.0.0.1"


class CrowdFault(Exception):
    """The server did not do in time what the measurement needs."""


class Member:
    """One client. `hears` gets every binary payload with the monotonic seconds of its read."""

    __slots__ = ("greeting", "head", "hears", "inbox", "is_open", "socket")

    def __init__(self, greeting: bytes = b"") -> None:
        self.greeting = greeting
        self.head: bytes | None = b""
        self.inbox = Inbox()
        self.is_open = False
        self.hears: Callable[[bytes, float], None] = _deaf
        self.socket = socket.socket()

    @property
    def is_upgraded(self) -> bool:
        return self.head is None

    def send(self, payload: bytes) -> None:
        """A command or a greeting: small, so the kernel takes it at once."""
        self.socket.sendall(masked(payload))


class Crowd:
    """Use as a context manager; everybody is disconnected when the block ends."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._members: dict[int, Member] = {}

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_: object) -> None:
        self.leave(tuple(self._members.values()))
        self._poll.close()

    def connect(self, port: int, members: Sequence[Member]) -> None:
        """TCP and the client's half of the handshake; a greeting follows as soon as the server has answered."""
        head = request(HOST, port, f"http://{HOST}:{port}")
        for number, member in enumerate(members, 1):
            member.socket.connect((HOST, port))
            member.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            member.socket.sendall(head)
            member.socket.setblocking(False)
            member.is_open = True
            self._members[member.socket.fileno()] = member
            self._poll.register(member.socket.fileno(), select.EPOLLIN)
            if number % CONNECTED_AT_ONCE == 0:
                self.turn(0)

    def leave(self, members: Iterable[Member]) -> None:
        for member in members:
            if member.is_open:
                self._forget(member)

    def deafen(self, member: Member) -> None:
        """It stays connected and reads nothing more."""
        self._poll.modify(member.socket.fileno(), 0)

    def until(self, holds: Callable[[], bool], timeout_s: float) -> bool:
        """Read whatever comes until it holds; False when time ran out."""
        deadline = time.monotonic() + timeout_s
        while not holds():
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            self.turn(min(left_s, 0.05))
        return True

    def must(self, holds: Callable[[], bool], timeout_s: float, what: str) -> None:
        if not self.until(holds, timeout_s):
            raise CrowdFault(f"{what}: not within {timeout_s:g} s")

    def rest(self, seconds: float) -> None:
        """Read and answer pings, so that nobody is taken for dead."""
        self.until(lambda: False, seconds)

    def turn(self, timeout_s: float) -> None:
        """One round of reading."""
        members, clock = self._members, time.monotonic
        for fd, _ in self._poll.poll(timeout_s):
            member = members[fd]
            try:
                data = member.socket.recv(RECEIVED_AT_ONCE)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            at = clock()
            if not data:
                self._forget(member)
            elif member.head is None:
                self._hear(member, data, at)
            else:
                self._upgrade(member, member.head + data, at)

    def _hear(self, member: Member, data: bytes, at: float) -> None:
        for opcode, payload in member.inbox.frames(data):
            if opcode == BINARY:
                member.hears(payload, at)
            elif opcode == PING:
                with contextlib.suppress(OSError):
                    member.socket.sendall(masked(payload, PONG))
            elif opcode == CLOSE:
                self._forget(member)
                return

    def _upgrade(self, member: Member, head: bytes, at: float) -> None:
        if END_OF_HEAD not in head:
            member.head = head
            return
        answer, _, rest = head.partition(END_OF_HEAD)
        if b" 101 " not in answer.partition(b"\r\n")[0]:
            raise CrowdFault(f"the server refused a handshake: {answer[:80]!r}")
        member.head = None
        if member.greeting:
            member.send(member.greeting)
        if rest:
            self._hear(member, rest, at)

    def _forget(self, member: Member) -> None:
        if member.is_open:
            member.is_open = False
            self._members.pop(member.socket.fileno())
            self._poll.unregister(member.socket.fileno())
            member.socket.close()


def _deaf(payload: bytes, at: float) -> None:
    """Who has not been told what to listen for."""
