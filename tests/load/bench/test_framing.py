from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.server import ServerProtocol

from load.bench.framing import BINARY, PING, Inbox, framed, masked, request, response


@pytest.mark.parametrize("frame", [framed, masked])
@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536])
def test_a_frame_of_any_size_comes_out_as_it_went_in(size: int, frame: Callable[[bytes], bytes]) -> None:
    assert list(Inbox().frames(frame(bytes(size)))) == [(BINARY, bytes(size))]


@settings(deadline=None)
@given(st.lists(st.integers(0, 300), max_size=5), st.integers(1, 400))
def test_frames_come_out_whole_however_the_bytes_are_cut(sizes: list[int], step: int) -> None:
    stream = b"".join(framed(bytes(size)) for size in sizes)
    inbox = Inbox()
    found: list[tuple[int, bytes]] = []

    for at in range(0, len(stream), step):
        found += inbox.frames(stream[at : at + step])

    assert found == [(BINARY, bytes(size)) for size in sizes]


def test_a_ping_is_told_from_a_message() -> None:
    assert list(Inbox().frames(framed(b"?", PING) + framed(b"!"))) == [(PING, b"?"), (BINARY, b"!")]


def test_a_server_of_others_accepts_our_handshake() -> None:
    server = ServerProtocol()

    server.receive_data(request("127.0.0.1", 80, "http://127.0.0.1"))
    answer = server.accept(server.events_received()[0])  # type: ignore[arg-type]

    assert answer.status_code == 101


def test_both_halves_of_our_handshake_fit() -> None:
    answer = response(request("127.0.0.1", 80, "http://127.0.0.1"))

    assert b"101" in answer
    assert b"Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=" in answer
