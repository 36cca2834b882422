"""Hints: what people are at just now, counted over all workers, gone with the person."""

from realtime.envelope import Hint
from realtime.hub import online_count
from realtime.node import Node
from realtime.presence import MemoryRoom, hinted, hints_in, persons_in
from realtime.topic import HINTS_A_PERSON
from tests.realtime.fake_app import FakeDoor, FakeSource
from tests.realtime.guests import DeafBroker, Guest, a_log


async def a_node(room: MemoryRoom) -> Node:
    return Node(FakeDoor({"meeting:1": a_log("anna", "vera")}), DeafBroker(True), room.presence())


async def a_guest(node: Node, person: str) -> Guest:
    guest = Guest(node, person)
    await guest.hello()
    return guest


async def present(node: Node) -> frozenset[str]:
    topic = await node.topic("meeting:1")
    assert topic is not None
    return topic.present


async def test_a_hint_stands_beside_its_person_until_it_is_taken_back() -> None:
    node = await a_node(MemoryRoom())
    anna = await a_guest(node, "anna")

    await anna.connection.heard(Hint("signing", "3", True), 0)
    while_signing = await present(node)
    await anna.connection.heard(Hint("signing", "3", False), 0)

    assert while_signing == {"anna", hinted("anna", "signing/3")}
    assert await present(node) == {"anna"}


async def test_a_hint_goes_with_the_person_and_nobody_keeps_many() -> None:
    node = await a_node(MemoryRoom())
    anna = await a_guest(node, "anna")
    for number in range(HINTS_A_PERSON + 2):
        await anna.connection.heard(Hint("signing", str(number), True), 0)
    kept = hints_in(await present(node))

    anna.connection.lost()

    assert sorted(kept) == [f"signing/{number}" for number in range(2, HINTS_A_PERSON + 2)]
    assert await present(node) == frozenset()


def test_those_who_sign_are_counted_and_hints_are_no_persons() -> None:
    said = frozenset({"anna", "vera", hinted("anna", "signing/3"), hinted("vera", "signing/3")})

    assert persons_in(said) == {"anna", "vera"}
    assert hints_in(said) == {"signing/3": 2}
    source = FakeSource(a_log("anna"))
    assert online_count(source, "c", said, True) == {"online": 2, "degraded": False}
