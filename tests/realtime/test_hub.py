"""The rules of one topic, step by step, with wires that only remember."""

from collections.abc import Callable

import pytest

from realtime import crowd
from realtime.close_codes import CloseCode
from realtime.codec import Format
from realtime.counts import Counts
from realtime.crowd import Member
from realtime.envelope import ServerFrame, Soft, Sync
from realtime.feed import KEPT, Feed
from realtime.hub import PERSONAL_SLICE, Hub
from realtime.limits import Limits
from realtime.ports import Position, Viewer
from tests.realtime.decoding import decode_server
from tests.realtime.fake_app import Event, FakeLog, FakeSource, Grant, Put, PutMe


class Paper:
    """Implements `Wire`: what was written, and how much of it is still here."""

    is_closing = False
    is_framed = False

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.waiting = 0
        self.code: CloseCode | None = None

    @property
    def put(self) -> Callable[[bytes], None]:
        return self.write

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def buffered(self) -> int:
        return self.waiting

    def close(self, code: CloseCode, reason: str) -> None:
        self.code = code

    def abort(self) -> None:
        self.code = CloseCode.SLOW

    def read(self) -> list[ServerFrame]:
        frames = [decode_server(data) for data in self.written]
        self.written.clear()
        return frames


class Room:
    """A hub with its log; `limits` as a test wants them."""

    def __init__(self, *events: Event, limits: Limits | None = None) -> None:
        self.log = FakeLog()
        self.log.append(*events)
        self.source = FakeSource(self.log)
        self.source.read_to(self.log.head)
        self.turns: list[Callable[[], None]] = []
        self.hub = Hub(self.source, limits or Limits(), self.turns.append)

    def join(self, person: str) -> tuple[Member, Paper]:
        paper = Paper()
        member = Member(Viewer(person, person), paper, Format.MSGPACK, self.source.position)
        self._enter(member)
        return member, paper

    def repair(self, member: Member) -> None:
        """A later hello on the same socket, of somebody who has nothing."""
        self.hub.leave(member)
        self._enter(member)

    def _enter(self, member: Member) -> None:
        plan = self.hub.plan(member.viewer.person, None)
        assert plan is not None
        self.hub.join(member, plan, 0, 0)

    def append(self, *events: Event) -> None:
        self.log.append(*events)
        self.source.read_to(self.log.head)

    def happen(self, *events: Event) -> None:
        self.append(*events)
        self.hub.flush()
        while self.hub.tell_persons():
            pass


def syncs(frames: list[ServerFrame], part: str = "view") -> list[Sync]:
    return [frame for frame in frames if isinstance(frame, Sync) and frame.part == part]


def test_a_join_is_served_from_the_flushed_map_and_the_next_tile_fits_all() -> None:
    room = Room(Grant("anna", "c"), Grant("vera", "c"), Put("c", "a", 1))
    _, early = room.join("anna")
    early.read()

    room.append(Put("c", "a", 2))
    _, late = room.join("vera")
    joined = syncs(late.read())
    room.hub.flush()

    assert joined[0].set == {"a": 1}
    assert early.written == late.written
    assert syncs(late.read())[0].set == {"a": 2}


def test_one_flush_encodes_once_for_a_class(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(*(Grant(f"p{n}", "c") for n in range(50)), Put("c", "a", 1))
    papers = [room.join(f"p{n}")[1] for n in range(50)]
    encoded: list[int] = []
    patch = Feed._patch

    def counted(feed: Feed, since: int) -> Sync:
        encoded.append(since)
        return patch(feed, since)

    monkeypatch.setattr(Feed, "_patch", counted)

    room.happen(Put("c", "a", 2))

    assert len(encoded) == 1
    assert len({id(paper.written[-1]) for paper in papers}) == 1


def test_of_patches_from_many_old_places_only_the_last_are_kept() -> None:
    feed = Feed("c", "c/1", a_place(0), {}, Counts())
    for at in range(1, 101):
        feed.flush("c/1", a_place(at), {"a": at})
    first = feed.view_bytes(None, Format.MSGPACK)

    for since in range(100):
        feed.view_bytes(since, Format.MSGPACK)
        assert feed.view_bytes(None, Format.MSGPACK) is first

    assert len(feed._encoded) == KEPT


def a_place(at: int) -> Position:
    return Position(b"epoch-01", at, at.to_bytes(8, "big"))


def test_a_flush_for_many_goes_on_in_the_next_turns_of_the_loop_and_asks_for_each_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crowd, "SLICE", 2)
    room = Room(*(Grant(f"p{n}", "c") for n in range(5)), Put("c", "a", 1))
    papers = [room.join(f"p{n}")[1] for n in range(5)]
    for paper in papers:
        paper.written.clear()

    room.append(Put("c", "a", 2))
    room.hub.flush()
    reached, asked = [sum(bool(paper.written) for paper in papers)], []
    while room.turns:
        asked.append(len(room.turns))
        room.turns.pop()()
        reached.append(sum(bool(paper.written) for paper in papers))

    assert reached == [2, 4, 5]
    assert asked == [1, 1]
    assert all(len(paper.written) == 1 for paper in papers)


def test_whose_map_did_not_change_gets_nothing_until_the_quiet_tile() -> None:
    room = Room(Grant("anna", "c"), Put("c", "a", 1))
    _, paper = room.join("anna")
    paper.read()

    room.happen(Put("d", "x", 1))
    silence = paper.read()
    room.hub.keep_above_horizon()
    tiles = paper.read()

    assert silence == []
    assert [(tile.part, tile.set, tile.at) for tile in syncs(tiles) + syncs(tiles, "me")] == [
        ("view", {}, 3),
        ("me", {}, 3),
    ]
    room.hub.keep_above_horizon()
    assert paper.read() == []


def test_only_touched_persons_get_their_me() -> None:
    room = Room(Grant("anna", "c"), Grant("vera", "c"))
    _, anna = room.join("anna")
    _, vera = room.join("vera")
    anna.read()
    vera.read()

    room.happen(PutMe("anna", "ballot/1", "for"))

    assert [sync.set for sync in syncs(anna.read(), "me")] == [{"ballot/1": "for"}]
    assert vera.read() == []


def test_a_crowd_of_touched_persons_is_told_in_slices() -> None:
    crowd = [f"p{n}" for n in range(PERSONAL_SLICE + 20)]
    room = Room(*(Grant(person, "c") for person in crowd))
    papers = [room.join(person)[1] for person in crowd]
    for paper in papers:
        paper.read()
    room.append(*(PutMe(person, "right", 1) for person in crowd))
    room.hub.flush()

    more = room.hub.tell_persons()
    told = sum(bool(paper.written) for paper in papers)
    rest = room.hub.tell_persons()

    assert (more, told, rest) == (True, PERSONAL_SLICE, False)
    assert all(paper.written for paper in papers)


def test_a_changed_class_brings_the_full_map_of_the_new_one_and_a_lost_right_the_door() -> None:
    room = Room(Grant("anna", "c"), Grant("vera", "c"), Put("c", "a", 1), Put("d", "b", 2))
    _, anna = room.join("anna")
    _, vera = room.join("vera")
    anna.read()
    vera.read()

    room.happen(Grant("anna", "d"), Grant("vera", None), Put("c", "a", 3))

    view = syncs(anna.read())
    assert [(sync.full, sync.view, sync.set) for sync in view] == [(True, "d/1", {"b": 2})]
    assert vera.read() == []
    assert vera.code is CloseCode.NO_RIGHT
    assert room.hub.persons == {"anna"}


def test_a_person_without_a_right_has_no_way_in() -> None:
    assert Room().hub.plan("anna", None) is None


def test_a_new_lineage_or_new_code_sends_everybody_the_full_map() -> None:
    room = Room(Grant("anna", "c"), Put("c", "a", 1))
    _, paper = room.join("anna")
    paper.read()

    room.source.code = "2"
    room.happen()

    frames = paper.read()
    assert [sync.full for sync in syncs(frames)] == [True]
    assert [sync.full for sync in syncs(frames, "me")] == [True]


def test_soft_facts_go_out_when_they_change_and_after_a_join() -> None:
    room = Room(Grant("anna", "c"))
    room.hub.tell_soft(frozenset({"anna"}), True)
    _, paper = room.join("anna")
    after_join = [frame for frame in paper.read() if isinstance(frame, Soft)]

    room.hub.tell_soft(frozenset({"anna"}), True)
    same = paper.read()
    room.hub.tell_soft(frozenset(), False)
    changed = paper.read()

    assert [frame.set for frame in after_join] == [{"online": 1, "degraded": False}]
    assert same == []
    assert changed == [Soft(after_join[0].n + 1, {"online": 0, "degraded": True}, True)]


def test_a_laggard_gets_nothing_until_it_has_read_and_then_one_patch_of_all_it_missed() -> None:
    room = Room(Grant("anna", "c"), Put("c", "a", 1))
    _, paper = room.join("anna")
    paper.read()
    paper.waiting = 70_000

    room.hub.sweep(0.0)
    room.hub.sweep(2.0)
    room.happen(Put("c", "a", 2))
    room.happen(Put("c", "b", 1), PutMe("anna", "right", 1))
    while_lagging = paper.read()
    paper.waiting = 0
    room.hub.sweep(2.1)
    after = paper.read()

    assert while_lagging == []
    assert [(sync.since, sync.full, sync.set) for sync in syncs(after)] == [(2, False, {"a": 2, "b": 1})]
    assert [sync.set for sync in syncs(after, "me")] == [{"right": 1}]
    room.happen(Put("c", "a", 3))
    assert [sync.set for sync in syncs(paper.read())] == [{"a": 3}]


def test_a_laggard_that_never_reads_is_ended_after_ten_seconds() -> None:
    room = Room(Grant("anna", "c"))
    _, paper = room.join("anna")
    paper.waiting = 70_000

    for now in (0.0, 2.0, 11.9):
        room.hub.sweep(now)
    before = paper.code
    room.hub.sweep(12.0)

    assert before is None
    assert paper.code is CloseCode.SLOW
    assert room.hub.members == ()


def test_to_ask_again_without_reading_wins_no_time() -> None:
    room = Room(Grant("anna", "c"))
    member, paper = room.join("anna")
    paper.waiting = 70_000

    for now in (0.0, 1.0, 2.0, 6.0, 11.9):
        room.hub.sweep(now)
        room.repair(member)
    before = paper.code
    room.hub.sweep(12.0)

    assert before is None
    assert paper.code is CloseCode.SLOW


def test_a_laggard_that_asked_again_is_brought_up_to_date_when_it_has_read() -> None:
    room = Room(Grant("anna", "c"), Put("c", "a", 1))
    member, paper = room.join("anna")
    paper.waiting = 70_000
    room.hub.sweep(0.0)
    room.hub.sweep(2.0)

    room.repair(member)
    room.happen(Put("c", "a", 2))
    paper.read()
    paper.waiting = 0
    room.hub.sweep(2.1)

    assert [(sync.full, sync.set) for sync in syncs(paper.read())] == [(True, {"a": 2})]
    room.happen(Put("c", "a", 3))
    assert [sync.set for sync in syncs(paper.read())] == [{"a": 3}]


def test_a_buffer_over_the_hard_limit_is_ended_at_once() -> None:
    room = Room(Grant("anna", "c"))
    _, paper = room.join("anna")
    paper.waiting = 256 * 1024 + 1

    room.hub.sweep(0.0)

    assert paper.code is CloseCode.SLOW


def test_a_short_stall_is_forgiven() -> None:
    room = Room(Grant("anna", "c"), Put("c", "a", 1))
    _, paper = room.join("anna")
    paper.read()

    for now, waiting in ((0.0, 70_000), (1.0, 0), (1.5, 70_000), (3.0, 70_000)):
        paper.waiting = waiting
        room.hub.sweep(now)
    room.happen(Put("c", "a", 2))

    assert len(syncs(paper.read())) == 1


def test_a_laggard_whose_class_changed_sees_only_the_new_one_when_it_wakes() -> None:
    room = Room(Grant("anna", "c"), Put("c", "a", 1), Put("d", "b", 2))
    _, paper = room.join("anna")
    paper.read()
    paper.waiting = 70_000
    room.hub.sweep(0.0)
    room.hub.sweep(2.0)

    room.happen(Grant("anna", "d"))
    paper.waiting = 0
    room.hub.sweep(2.1)

    assert [(sync.full, sync.set) for sync in syncs(paper.read())] == [(True, {"b": 2})]


def test_leaving_twice_is_harmless() -> None:
    room = Room(Grant("anna", "c"))
    member, _ = room.join("anna")

    room.hub.leave(member)
    room.hub.leave(member)

    assert room.hub.members == ()
    assert room.hub.persons == frozenset()
