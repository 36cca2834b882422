"""Whole stories over a real websocket: uvicorn, the routes, a node, the memory bus."""

import asyncio
import contextlib
import json

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from realtime.close_codes import CloseCode
from realtime.codec import Format, encode
from realtime.envelope import Ack, Check, Cmd, Frame, Hello, Ping, Pong, Soft, Status, Sync, Welcome
from realtime.limits import Limits
from tests.realtime.client_model import ClientModel
from tests.realtime.fake_app import FakeDoor, FakeLog, Grant, Put
from tests.realtime.server_process import PATIENCE_S, hear, hear_a, hello, say, served
from tests.realtime.talks import until

CMD = bytes(range(16))


def a_door() -> FakeDoor:
    log = FakeLog()
    log.append(Grant("anna", "participant"), Put("participant", "question/1", "waiting"))
    return FakeDoor({"meeting:1": log})


async def test_a_client_gets_a_full_map_then_a_patch_and_an_answer_to_its_command() -> None:
    async with served(a_door()) as server, server.client() as socket:
        model = ClientModel()

        await say(socket, hello("anna"))
        frames = [await hear(socket) for _ in range(4)]
        assert [type(frame) for frame in frames] == [Welcome, Sync, Sync, Soft]
        for frame in frames[1:3]:
            assert isinstance(frame, Sync)
            model.receive(frame)
        assert model.view.map == {"question/1": "waiting"}

        await say(socket, Cmd(CMD, "put", {"key": "question/1", "value": "voting"}))
        ack = await hear_a(socket, Ack)
        patch = await hear_a(socket, Sync)
        model.receive(patch)

    assert ack.ok
    assert ack.pos == 4
    assert not patch.full
    assert model.view.map == {"question/1": "voting"}


async def test_a_client_that_comes_back_gets_a_patch_and_learns_what_became_of_its_command() -> None:
    async with served(a_door()) as server:
        model = ClientModel()
        async with server.client() as socket:
            await say(socket, hello("anna"))
            for _ in range(2):
                model.receive(await hear_a(socket, Sync))
            await say(socket, Cmd(CMD, "put", {"key": "question/1", "value": "voting"}))
            await hear_a(socket, Ack)

        async with server.client() as socket:
            await say(socket, Hello(1, "meeting:1", "anna:2", model.have))
            view, me = await hear_a(socket, Sync), await hear_a(socket, Sync)
            await say(socket, Check([CMD, bytes(16)]))
            known, unknown = await hear_a(socket, Status), await hear_a(socket, Status)

    assert not view.full
    assert me.full
    assert (known.known, known.ok, known.answer) == (True, True, {"pos": 4})
    assert unknown == Status(bytes(16), known=False)


async def test_the_same_command_twice_has_one_answer() -> None:
    async with served(a_door()) as server, server.client() as socket:
        command = Cmd(CMD, "put", {"key": "a", "value": 1})
        await say(socket, hello("anna"), command)
        first = await hear_a(socket, Ack)
        await say(socket, command)
        second = await hear_a(socket, Ack)

    assert first == second


async def test_a_refusal_and_a_fault_of_ours_are_coded_answers(caplog: pytest.LogCaptureFixture) -> None:
    async with served(a_door()) as server, server.client() as socket:
        await say(socket, hello("anna"), Cmd(CMD, "refuse"), Cmd(bytes(16), "boom"))
        refused, failed = await hear_a(socket, Ack), await hear_a(socket, Ack)

    assert (refused.ok, refused.final, refused.code) == (False, True, "no_right")
    assert (failed.ok, failed.final, failed.code) == (False, False, "internal")
    assert "a command could not be served" in caplog.text


async def test_a_command_outlives_the_socket_it_came_by() -> None:
    door = a_door()
    async with served(door) as server:
        async with server.client() as socket:
            await say(socket, hello("anna"), Cmd(CMD, "slow", {"key": "a", "value": 1}))
            await hear_a(socket, Soft)
        await until(lambda: server.node.sockets == 0)

        await until(lambda: ("anna", CMD) in door.logs["meeting:1"].replies)


async def test_a_ping_comes_back_with_the_time_of_the_server() -> None:
    async with served(a_door()) as server, server.client() as socket:
        await say(socket, hello("anna"), Ping(12.5))
        pong = await hear_a(socket, Pong)

    assert pong == Pong(12.5, 1_700_000_000_000.0, 1_700_000_000_000.0)


async def test_a_ping_is_answered_while_the_clock_is_away() -> None:
    door = a_door()
    door.is_clock_away = True
    async with served(door) as server, server.client() as socket:
        await say(socket, hello("anna"), Ping(12.5))

        assert await hear_a(socket, Pong) == Pong(12.5, 1_700_000_000_000.0, 1_700_000_000_000.0)


async def test_a_gap_is_repaired_on_the_same_socket() -> None:
    async with served(a_door()) as server, server.client() as socket:
        model = ClientModel()
        await say(socket, hello("anna"))
        for _ in range(2):
            model.receive(await hear_a(socket, Sync))
        await hear_a(socket, Soft)

        await say(socket, Hello(1, "meeting:1", None, model.have))
        again = [await hear(socket) for _ in range(4)]

    assert [type(frame) for frame in again] == [Welcome, Sync, Sync, Soft]


async def test_a_whole_conversation_in_json() -> None:
    async with served(a_door()) as server, server.client() as socket:
        await socket.send(encode(hello("anna"), Format.JSON))
        data = await socket.recv()

    assert isinstance(data, bytes)
    assert json.loads(data)["t"] == "welcome"


# --- at the door ---


@pytest.mark.parametrize("origin", ["http://evil.test", None, "null"])
async def test_a_foreign_page_is_refused_before_the_handshake(origin: str | None) -> None:
    async with served(a_door()) as server:
        with pytest.raises(InvalidStatus) as refusal:
            async with server.client(origin):
                pass

    assert refusal.value.response.status_code == 403


async def test_a_full_worker_and_a_crowd_from_one_address_are_told_to_come_later() -> None:
    for limits in (Limits(sockets_a_worker=0), Limits(handshake_burst=0)):
        async with served(a_door(), limits) as server:
            with pytest.raises(InvalidStatus) as refusal:
                async with server.client():
                    pass

        assert refusal.value.response.status_code == 503
        assert refusal.value.response.headers["Retry-After"] == "2"


async def closing_code(socket: ClientConnection) -> int | None:
    """Read until the server says goodbye."""
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(PATIENCE_S):
            async for _ in socket:
                pass
    return socket.close_code


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (Hello(1, "meeting:1", "no ticket"), CloseCode.TICKET_REFUSED),
        (Hello(1, "meeting:1"), CloseCode.TICKET_REFUSED),
        (hello("anna", topic="meeting:9"), CloseCode.UNKNOWN_TOPIC),
        (hello("stranger"), CloseCode.NO_RIGHT),
        (Hello(7, "meeting:1", "anna:1"), CloseCode.BAD_PROTOCOL),
        (Ping(1), CloseCode.BAD_PROTOCOL),
    ],
)
async def test_who_may_not_come_in_hears_why(first: Frame, code: CloseCode) -> None:
    async with served(a_door()) as server, server.client() as socket:
        await say(socket, first)

        assert await closing_code(socket) == code


async def test_a_ticket_opens_once() -> None:
    async with served(a_door()) as server:
        async with server.client() as socket:
            await say(socket, hello("anna"))
            await hear_a(socket, Welcome)
        async with server.client() as socket:
            await say(socket, hello("anna"))

            assert await closing_code(socket) == CloseCode.TICKET_REFUSED


async def test_silence_instead_of_a_hello_ends() -> None:
    async with served(a_door(), Limits(greeting_s=0.1)) as server, server.client() as socket:
        assert await closing_code(socket) == CloseCode.BAD_PROTOCOL


@pytest.mark.parametrize(
    "bad",
    ["a text", b"\xc1", b"\x91" * 60_000, b"\x81\xa1t\xa4sudo", b"{}"],
    ids=["text", "no MessagePack", "bottomless", "unknown tag", "empty JSON"],
)
async def test_bad_frames_end_in_a_code_without_a_traceback_or_a_change(
    bad: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    door = a_door()
    async with served(door) as server, server.client() as socket:
        await say(socket, hello("anna"))
        await hear_a(socket, Soft)
        await socket.send(bad)

        assert await closing_code(socket) == CloseCode.BAD_PROTOCOL
    assert door.logs["meeting:1"].head == 2
    assert not caplog.records


async def test_a_frame_over_the_limit_ends_in_a_code() -> None:
    async with served(a_door()) as server, server.client() as socket:
        await say(socket, hello("anna"))
        await hear_a(socket, Soft)
        await socket.send(bytes(65_537))

        assert await closing_code(socket) == 1009


async def test_a_flood_ends_in_a_code() -> None:
    async with served(a_door(), Limits(frame_burst=5)) as server, server.client() as socket:
        await say(socket, hello("anna"), *(Ping(n) for n in range(20)))

        assert await closing_code(socket) == CloseCode.TOO_FAST


async def test_the_sixth_socket_of_a_person_ends_the_first() -> None:
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(served(a_door(), Limits(sockets_a_person=5)))
        sockets = [await stack.enter_async_context(server.client()) for _ in range(6)]
        for number, socket in enumerate(sockets):
            await say(socket, hello("anna", str(number)))
            await hear_a(socket, Soft)

        assert await closing_code(sockets[0]) == CloseCode.TOO_MANY_SOCKETS
        await say(sockets[5], Ping(1))
        assert (await hear_a(sockets[5], Pong)).t0 == 1


async def test_a_revoked_login_ends_at_its_next_command_and_at_the_next_look() -> None:
    door = a_door()
    async with served(door) as server, server.client() as one, server.client() as other:
        for number, socket in enumerate((one, other)):
            await say(socket, hello("anna", str(number)))
            await hear_a(socket, Soft)

        door.revoked.add("anna")
        server.node.logins.forget()  # the ring has come, the look at everybody not yet
        await say(one, Cmd(CMD, "put", {"key": "a", "value": 1}))
        assert await closing_code(one) == CloseCode.LOGIN_ENDED
        await server.node.login_ended()
        assert await closing_code(other) == CloseCode.LOGIN_ENDED
    assert door.logs["meeting:1"].head == 2


async def test_a_worker_that_stops_sends_everybody_away_with_a_spread() -> None:
    async with served(a_door()) as server, server.client() as socket:
        await say(socket, hello("anna"))
        await hear_a(socket, Soft)

        await server.node.stop()

        with pytest.raises(ConnectionClosed) as closed:
            await hear_a(socket, Ack)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == CloseCode.GOING_AWAY
    assert "spread_ms=5000" in closed.value.rcvd.reason
