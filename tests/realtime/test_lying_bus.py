"""P20: a bus that drops, doubles, delays, reorders and lies; what people see is right within three seconds all the same."""

import asyncio
from random import Random

import pytest

from realtime.broker import Ring
from realtime.broker_memory import MemoryBus
from realtime.node import Node
from realtime.presence import MemoryRoom
from tests.realtime.fake_app import FakeDoor
from tests.realtime.guests import TOPIC, Guest, a_log

pytestmark = pytest.mark.clockwork
RIGHT_S = 3.0
SLACK_S = 1.5
"""The safety poll looks every three seconds, then the log is read and flushed."""
WORDS = ("pass", "drop", "twice", "later", "lie")


class LyingBus(MemoryBus):
    def __init__(self, rng: Random, words: tuple[str, ...] = WORDS) -> None:
        super().__init__()
        self._rng = rng
        self._words = words
        self._later: list[Ring] = []

    def ring(self, ring: Ring) -> None:
        word = self._rng.choice(self._words)
        if word in ("pass", "twice", "lie"):
            super().ring(self._bent(ring) if word == "lie" else ring)
        if word == "twice":
            super().ring(ring)
        if word == "later":
            self._later.append(ring)
        elif self._later and self._rng.random() < 0.5:
            super().ring(self._later.pop(self._rng.randrange(len(self._later))))

    def _bent(self, ring: Ring) -> Ring:
        """Another position, another lineage, another topic."""
        return self._rng.choice(
            (
                Ring(ring.topic, ring.epoch, ring.pos + self._rng.randint(-3, 1000)),
                Ring(ring.topic, b"another!", ring.pos),
                Ring("meeting:2", ring.epoch, ring.pos),
            )
        )


async def a_meeting_on(bus: MemoryBus, rng: Random) -> list[str]:
    """Two workers, a guest at each, twenty changes at either; what was still wrong when the time was over."""
    log, room = a_log("anna", "vera"), MemoryRoom()
    nodes = [Node(FakeDoor({TOPIC: log}), bus.broker(), room.presence()) for _ in range(2)]
    for node in nodes:
        await node.start()
    guests = [Guest(node, person) for node, person in zip(nodes, ("anna", "vera"), strict=True)]
    for guest in guests:
        await guest.hello()
    for number in range(20):
        await rng.choice(guests).put(rng.choice("abcd"), number, number)
        await asyncio.sleep(rng.choice((0, 0, 0.01, 0.06)))
    wrong = await still_wrong(guests, dict(log.state(log.head).views["c"]))
    for node in nodes:
        await node.stop()
    return wrong


async def still_wrong(guests: list[Guest], truth: dict[str, object]) -> list[str]:
    deadline = asyncio.get_running_loop().time() + RIGHT_S + SLACK_S
    while True:
        for guest in guests:
            guest.read()
        wrong = [guest.person for guest in guests if guest.model.view.map != truth]
        if not wrong or asyncio.get_running_loop().time() > deadline:
            return wrong
        await asyncio.sleep(0.02)


async def test_whatever_the_bus_does_all_are_right_within_three_seconds() -> None:
    rngs = [Random(seed) for seed in range(12)]

    wrong = await asyncio.gather(*(a_meeting_on(LyingBus(rng), rng) for rng in rngs))

    assert wrong == [[]] * 12


async def test_planted_without_the_safety_poll_a_lost_last_ring_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def blind(self: Node) -> None:
        return None

    monkeypatch.setattr(Node, "_poll", blind)

    wrong = await a_meeting_on(LyingBus(Random(1), ("drop",)), Random(1))

    assert wrong != []
