"""The client's manners: how long it waits before it comes again, and what it makes of a server that breaks the contract."""

import asyncio
from random import Random

from websockets.asyncio.server import ServerConnection, serve

from load import wire
from load.client import Retry
from load.http import Place
from load.transport import Goodbye, open_socket

DEADLINE_S = 60


def test_pauses_are_anything_up_to_a_bound_that_doubles_from_two_seconds_to_thirty() -> None:
    rng = Random(1)

    longest = [max(Retry().pause_s(failures, rng) for _ in range(2000)) for failures in (0, 1, 3, 9)]

    assert [round(pause) for pause in longest] == [2, 4, 16, 30]
    assert min(Retry().pause_s(9, rng) for _ in range(2000)) < 0.5


async def goodbye_of(*said: bytes | str, code: int = 1000, reason: str = "") -> Goodbye:
    """How a socket ended on which the server said this and closed."""

    async def speak(connection: ServerConnection) -> None:
        for message in said:
            await connection.send(message)
        await connection.close(code, reason)

    async with asyncio.timeout(DEADLINE_S), serve(speak, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        socket = await open_socket(Place.of(f"http://127.0.0.1:{port}"), lambda frame, arrived, size: None)
        return await socket.closed


async def test_a_close_code_and_the_wished_spread_are_heard() -> None:
    assert await goodbye_of(code=4600, reason="restart spread_ms=1500") == Goodbye(4600, 1.5)
    assert await goodbye_of(code=4503) == Goodbye(4503, 0.0)


async def test_text_and_nonsense_break_the_contract() -> None:
    for said in ("text", b"\xc1"):
        try:
            await goodbye_of(said)
        except wire.BadFrame:
            continue
        raise AssertionError(said)
