"""The same views and command ids where websockets are blocked: polling, a stream, commands by POST."""

import asyncio
import base64
from collections.abc import AsyncIterator

import httpx2
import msgpack  # type: ignore[import-untyped]
import pytest

from realtime.close_codes import CloseCode
from realtime.codec import array_of, encode
from realtime.envelope import Ack, Bye, Check, Cmd, Frame, Hello, ServerFrame, Soft, Status, Sync, Welcome
from realtime.limits import Limits
from realtime.ports import Source
from tests.realtime.client_model import ClientModel
from tests.realtime.decoding import decode_server
from tests.realtime.fake_app import FakeDoor, FakeLog, Grant, Put
from tests.realtime.guests import until
from tests.realtime.server_process import ORIGIN, PATIENCE_S, Served, served

CMD = bytes(range(16))
HELLO = Hello(1, "meeting:1")
PUT = Cmd(CMD, "put", {"key": "question/1", "value": "voting"})
HEADERS = {"Origin": ORIGIN, "kvorum-person": "anna", "Cookie": "login=anna"}


def a_door() -> FakeDoor:
    log = FakeLog()
    log.append(Grant("anna", "participant"), Put("participant", "question/1", "waiting"))
    return FakeDoor({"meeting:1": log})


@pytest.fixture
async def server() -> AsyncIterator[Served]:
    async with served(a_door(), Limits(stream_s=0.5, request_bytes=100_000)) as server:
        yield server


async def post(
    server: Served, path: str, *frames: Frame, headers: dict[str, str] = HEADERS, body: bytes | None = None
) -> httpx2.Response:
    content = array_of([encode(frame) for frame in frames]) if body is None else body
    async with httpx2.AsyncClient(timeout=PATIENCE_S) as client:
        return await client.post(server.http + path, content=content, headers=headers)


def frames_of(response: httpx2.Response) -> list[ServerFrame]:
    return [decode_server(msgpack.packb(frame)) for frame in msgpack.unpackb(response.content)]


async def test_a_poll_answers_everything_in_one_array(server: Served) -> None:
    response = await post(server, "/live/poll", HELLO, PUT, Check([CMD]))

    assert response.status_code == 200
    frames = frames_of(response)
    assert [type(frame) for frame in frames[:4]] == [Welcome, Sync, Sync, Soft]
    assert {type(frame) for frame in frames[4:]} == {Ack, Status}


async def test_the_next_poll_brings_a_patch(server: Served) -> None:
    model = ClientModel()
    for frame in frames_of(await post(server, "/live/poll", HELLO)):
        if isinstance(frame, Sync):
            model.receive(frame)
    await post(server, "/live/command", HELLO, PUT)
    topic = await server.node.topic("meeting:1")
    assert topic is not None
    await topic.read()
    topic.hub.flush()

    frames = frames_of(await post(server, "/live/poll", Hello(1, "meeting:1", None, model.have)))

    syncs = [frame for frame in frames if isinstance(frame, Sync)]
    for sync in syncs:
        assert not model.receive(sync)
    assert not syncs[0].full
    assert model.view.map == {"question/1": "voting"}
    assert model.me.map == {"did/question/1": "voting"}


async def test_a_command_by_post_is_answered_with_its_ack_alone_and_only_once_decided(server: Served) -> None:
    first = frames_of(await post(server, "/live/command", HELLO, PUT))
    second = frames_of(await post(server, "/live/command", HELLO, PUT))

    assert len(first) == 1
    assert isinstance(first[0], Ack)
    assert first == second


async def test_a_command_by_post_without_a_stamp_is_not_decided(server: Served) -> None:
    server.door.is_clock_away = True

    (ack,) = frames_of(await post(server, "/live/command", HELLO, PUT))

    assert isinstance(ack, Ack)
    assert (ack.ok, ack.final, ack.code) == (False, False, "clock_away")
    assert not server.door.logs["meeting:1"].replies


async def test_a_command_by_post_is_in_flight_until_it_is_answered(server: Served) -> None:
    slow = Cmd(CMD, "slow", {"key": "a", "value": 1})

    asking = asyncio.create_task(post(server, "/live/command", HELLO, slow))
    async with asyncio.timeout(PATIENCE_S):
        while not server.door.flying["meeting:1"]:  # noqa: ASYNC110 (what is awaited has no event)
            await asyncio.sleep(0.005)
        await asking

    assert server.door.flying["meeting:1"] == 0


async def test_a_command_by_post_is_in_flight_while_its_topic_is_opened_for_it(server: Served) -> None:
    """The first request for a topic on this worker may be a vote of the last second."""
    opening, may_open = asyncio.Event(), asyncio.Event()
    open_it = server.door.open

    async def slowly(topic: str) -> Source | None:
        opening.set()
        await may_open.wait()
        return await open_it(topic)

    server.door.open = slowly  # type: ignore[method-assign]
    asking = asyncio.create_task(post(server, "/live/command", HELLO, PUT))
    await asyncio.wait_for(opening.wait(), PATIENCE_S)
    while_opened = server.door.flying["meeting:1"]
    may_open.set()
    await asyncio.wait_for(asking, PATIENCE_S)

    assert while_opened == 1
    assert server.door.flying["meeting:1"] == 0


async def test_a_command_over_the_frame_limit_goes_by_post(server: Served) -> None:
    big = Cmd(CMD, "put", {"key": "a", "value": "x" * 70_000})

    (ack,) = frames_of(await post(server, "/live/command", HELLO, big))

    assert isinstance(ack, Ack)
    assert ack.ok


async def test_a_stream_carries_the_frames_in_base64_and_asks_to_come_again(server: Served) -> None:
    response = await post(server, "/live/stream", HELLO)

    assert response.headers["content-type"].startswith("text/event-stream")
    events = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    frames = [decode_server(base64.b64decode(event)) for event in events]
    assert [type(frame) for frame in frames[:4]] == [Welcome, Sync, Sync, Soft]
    assert frames[-1] == Bye(CloseCode.TRY_AGAIN, "come again")


async def test_requests_of_one_person_share_one_rate_whatever_their_path() -> None:
    door = a_door()
    door.logs["meeting:1"].append(Grant("boris", "participant"))
    async with served(door, Limits(stream_s=0.1, frames_a_second=0.01, request_frames=5)) as server:
        paths = ("/live/poll", "/live/command", "/live/stream", "/live/poll")
        asked = [
            await post(server, path, HELLO, *([] if path == "/live/stream" else [PUT])) for path in paths
        ]
        boris = HEADERS | {"kvorum-person": "boris", "Cookie": "login=boris"}
        other = await post(server, "/live/poll", HELLO, headers=boris)

    assert [answer.status_code for answer in asked] == [200, 200, 200, 503]
    (bye,) = frames_of(asked[-1])
    assert isinstance(bye, Bye)
    assert bye.code == CloseCode.TOO_FAST
    assert other.status_code == 200


@pytest.mark.parametrize("path", ["/live/poll", "/live/stream", "/live/command"])
async def test_who_may_not_come_in_gets_a_status_and_a_code(server: Served, path: str) -> None:
    no_login = await post(server, path, HELLO, headers=HEADERS | {"Cookie": "login=vera"})
    no_topic = await post(server, path, Hello(1, "meeting:9"))

    assert no_login.status_code == 401
    assert no_topic.status_code == 404
    assert frames_of(no_login) == [Bye(CloseCode.TICKET_REFUSED, "sign in again")]


@pytest.mark.parametrize("path", ["/live/poll", "/live/stream", "/live/command"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\x90", 400),
        (b"\xc1", 400),
        (b"\x91" * 60_000, 400),
        (array_of([encode(PUT)]), 400),
        (array_of([encode(HELLO), b"\x81\xa1t\xa4sudo"]), 400),
        (array_of([encode(HELLO)] + [encode(Check([]))] * 80), 400),
        (bytes(100_001), 413),
    ],
)
async def test_bad_bodies_are_coded_refusals(
    server: Served, path: str, body: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    response = await post(server, path, body=body)

    assert response.status_code == status
    assert server.door.logs["meeting:1"].head == 2
    assert not caplog.records


async def test_bodies_that_never_end_take_no_more_memory_together_than_they_may() -> None:
    async with served(a_door(), Limits(request_bytes=100_000, bodies_bytes=150_000)) as server:
        ends = asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield bytes(90_000)
            await ends.wait()

        async with httpx2.AsyncClient() as client, asyncio.timeout(10):
            slow = asyncio.create_task(
                client.post(server.http + "/live/poll", content=slowly(), headers=HEADERS)
            )
            await until(lambda: server.node.bodies_bytes == 90_000)
            refused = await post(server, "/live/poll", body=bytes(90_000))
            ends.set()
            await slow

        assert (refused.status_code, refused.json()["code"]) == (503, "try_again")
        assert server.node.bodies_bytes == 0
        assert (await post(server, "/live/poll", HELLO)).status_code == 200


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.test"}, {}])
async def test_a_foreign_page_is_refused(server: Served, headers: dict[str, str]) -> None:
    rest = {key: value for key, value in HEADERS.items() if key != "Origin"}

    response = await post(server, "/live/command", HELLO, PUT, headers=rest | headers)

    assert response.status_code == 403
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "no_right"
    assert server.door.logs["meeting:1"].head == 2
