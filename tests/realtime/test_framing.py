"""Our frames as another implementation reads them."""

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from realtime.framing import framed


def read(data: bytes) -> tuple[Frame, bytes]:
    """As a client reads it: unmasked; and what is left behind it."""
    reader = StreamReader()
    reader.feed_data(data)
    parsing = Frame.parse(reader.read_exact, mask=False)
    try:
        while True:
            next(parsing)
    except StopIteration as done:
        return done.value, bytes(reader.buffer)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 300_000])
def test_a_payload_of_any_length_is_one_whole_binary_frame(size: int) -> None:
    payload = bytes(n % 251 for n in range(size))

    frame, rest = read(framed(payload))

    assert (frame.opcode, frame.fin, frame.rsv1, bytes(frame.data)) == (Opcode.BINARY, True, False, payload)
    assert rest == b""


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_our_bytes_are_those_of_the_library(size: int) -> None:
    assert framed(bytes(size)) == Frame(Opcode.BINARY, bytes(size)).serialize(mask=False)
