"""The same clients against the real live engine: its conflated patches, packed maps, resumes and fallback."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

from load.scenario import run
from realtime.broker_memory import MemoryBroker, MemoryBus
from realtime.endpoint import routes
from realtime.envelope import Cmd
from realtime.node import Node
from realtime.ports import Position, Reply, Value, Viewer, ViewMap
from realtime.presence import MemoryPresence, MemoryRoom
from tests.load.fake_meeting import EPOCH, FakeMeeting, FakeServer, address, links, listening, serving_routes
from tests.load.test_scenario import BRISK


class MeetingSource:
    """`FakeMeeting` behind the engine's port."""

    def __init__(self, meeting: FakeMeeting) -> None:
        self._meeting = meeting

    @property
    def position(self) -> Position:
        return Position(EPOCH, self._meeting.at, self._meeting.at.to_bytes(8, "big"))

    @property
    def grants(self) -> object:
        return "all"

    def view_class(self, person: str) -> str | None:
        return "all"

    def view_id(self, view_class: str) -> str:
        return f"{view_class}/1"

    def view(self, view_class: str) -> ViewMap:
        return dict(self._meeting.view.values)

    def me(self, person: str) -> ViewMap:
        return dict(self._meeting.me[person].values)

    def touched(self, after: int) -> frozenset[str]:
        changed = {person: max(me.changed.values(), default=0) for person, me in self._meeting.me.items()}
        return frozenset(person for person, at in changed.items() if at > after)

    def is_urgent(self, after: int) -> bool:
        return self._meeting.view.changed.get("voting/1", 0) > after

    async def shown_receipts(self, viewer: Viewer, receipts: tuple[Value, ...]) -> None:
        return None

    @property
    def is_pressing(self) -> bool:
        return False

    async def catch_up(self) -> Position:
        return self.position

    async def mark_at(self, at: int) -> bytes | None:
        return at.to_bytes(8, "big") if at <= self._meeting.at else None

    async def command(
        self, viewer: Viewer, command_id: bytes, op: str, body: Value, received_us: int
    ) -> Reply:
        ack = self._meeting.command(viewer.person, Cmd(command_id, op, body))
        return Reply(ack.ok, True, ack.pos, EPOCH, ack.answer or {}, ack.code)

    async def status(self, viewer: Viewer, command_ids: tuple[bytes, ...]) -> Mapping[bytes, Reply]:
        known = {command: self._meeting.answers.get((viewer.person, command)) for command in command_ids}
        return {
            command: Reply(ack.ok, True, ack.pos, EPOCH, ack.answer or {}, ack.code)
            for command, ack in known.items()
            if ack is not None
        }


class OpenDoor:
    """Everybody is who the ticket says."""

    def __init__(self, meeting: FakeMeeting) -> None:
        self._source = MeetingSource(meeting)

    async def admit(self, topic: str, ticket: str) -> Viewer | None:
        return Viewer(ticket, ticket)

    async def admit_request(self, topic: str, cookies: Mapping[str, str], person: str) -> Viewer | None:
        return Viewer(person, person)

    async def still_admitted(self, topic: str, viewer: Viewer) -> bool:
        return True

    async def open(self, topic: str) -> MeetingSource | None:
        return self._source

    def in_flight(self, topic: str, received_us: int | None) -> AbstractContextManager[None]:
        return nullcontext()

    async def heads(self, topics: tuple[str, ...]) -> Mapping[str, Position]:
        return dict.fromkeys(topics, self._source.position)

    def stamp_us(self) -> int:
        return self.now_us()

    def now_us(self) -> int:
        return self._source._meeting.now_ms() * 1000

    def clock_error_ms(self) -> int:
        return 0


async def test_a_meeting_over_the_real_engine_has_no_lost_vote_no_gap_and_no_stale_screen() -> None:
    meeting = FakeMeeting(links(12, creditors_each=2), frozenset())
    node = Node(OpenDoor(meeting), MemoryBroker(MemoryBus()), MemoryPresence(MemoryRoom()))
    await node.start()
    with listening() as at:
        live = routes(node, [address(at)])
        async with serving_routes([*FakeServer(meeting).doors, *live], at):
            report = await run(address(at), meeting.people.values(), seed=5, countdown_s=3, pace=BRISK)
            await node.stop()

    assert report.checker.findings == ()
    assert not report.failed
    assert report.checker.ballots == 24
    assert report.connections > 12
    assert report.times.commit_to_screen is not None
