"""One frame to many: the same bytes, in slices, to those who are still there."""

from collections.abc import Callable

from realtime.close_codes import CloseCode
from realtime.codec import Format
from realtime.crowd import SLICE, Crowd, Member
from realtime.framing import framed
from realtime.ports import Position, Viewer

AT = Position(bytes(8), 1, bytes(8))


class Ear:
    """Implements `Wire`: remembers what came."""

    is_closing = False

    def __init__(self, is_framed: bool) -> None:
        self.is_framed = is_framed
        self.heard: list[bytes] = []

    @property
    def put(self) -> Callable[[bytes], None]:
        return self.heard.append

    def write(self, data: bytes) -> None:
        raise AssertionError("a shared frame goes the quick way")

    def buffered(self) -> int:
        return 0

    def close(self, code: CloseCode, reason: str) -> None: ...

    def abort(self) -> None: ...


def a_member(crowd: Crowd, form: Format = Format.MSGPACK, is_framed: bool = True) -> tuple[Member, Ear]:
    ear = Ear(is_framed)
    member = Member(Viewer("anna", "anna"), ear, form, AT)
    crowd.add(member)
    return member, ear


def name(form: Format) -> bytes:
    return form.value.encode()


def test_everybody_gets_the_same_object_framed_once_for_each_format() -> None:
    crowd = Crowd()
    ears = [a_member(crowd)[1] for _ in range(3)]
    _, json = a_member(crowd, Format.JSON)
    _, queue = a_member(crowd, is_framed=False)

    crowd.write(name)
    crowd.finish()

    assert {id(ear.heard[0]) for ear in ears} == {id(ears[0].heard[0])}
    assert ears[0].heard == [framed(b"msgpack")]
    assert json.heard == [framed(b"json")]
    assert queue.heard == [b"msgpack"]


def test_five_hundred_are_written_to_in_one_turn_and_the_rest_in_the_next() -> None:
    crowd = Crowd()
    ears = [a_member(crowd)[1] for _ in range(SLICE + 1)]

    crowd.write(name)
    first = sum(bool(ear.heard) for ear in ears)
    crowd.write_on()

    assert first == SLICE
    assert all(len(ear.heard) == 1 for ear in ears)
    assert not crowd.is_waiting


def test_who_leaves_between_two_slices_gets_nothing_more_and_who_comes_is_no_part_of_it() -> None:
    crowd = Crowd()
    members = [a_member(crowd) for _ in range(SLICE + 2)]

    crowd.write(name)
    crowd.remove(members[-1][0])
    _, late = a_member(crowd)
    crowd.write_on()

    assert members[-1][1].heard == []
    assert late.heard == []
    assert len(members[-2][1].heard) == 1


def test_who_begins_to_lag_gets_what_was_on_its_way_and_nothing_new() -> None:
    crowd = Crowd()
    members = [a_member(crowd) for _ in range(SLICE + 1)]

    crowd.write(name)
    crowd.rest(members[-1][0], 0.0)
    crowd.write(name)
    crowd.finish()

    assert len(members[-1][1].heard) == 1
    assert len(members[-2][1].heard) == 2
