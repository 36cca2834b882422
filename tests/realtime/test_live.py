"""Whole stories over a real websocket: uvicorn, the routes, a node, the memory bus."""

from realtime.envelope import Ack, Cmd, Soft, Sync, Welcome
from tests.realtime.client_model import ClientModel
from tests.realtime.fake_app import FakeDoor, FakeLog, Grant, Put
from tests.realtime.server_process import hear, hear_a, hello, say, served

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
