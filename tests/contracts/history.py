"""Whatever several writers did to one topic, these must hold; used by the property tests and their planted faults."""

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.kernel.errors import Retry
from app.kernel.keys import Keys
from app.kernel.log.answers import is_genuine
from app.kernel.log.chain import StoredEvent, genesis, verify_chain
from app.kernel.log.model import Answer
from app.kernel.log.store import events_after
from app.kernel.log.topics import Topic, Topics
from tests.contracts.places import Places, State, fingerprint

Key = tuple[str, bytes]


@dataclass
class History:
    """What the persons were told: every answer of every submission."""

    told: dict[Key, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    settled_at: int = 0

    async def ask(self, topic: Topic[State], actor: str, id: bytes, command: Any) -> Answer | None:
        """None: nothing was decided. An answer to a new id is never older than one given before it was asked."""
        known = self.settled_at
        is_first = (actor, id) not in self.told
        self.told[actor, id]  # asked, even if never answered
        try:
            answer = await topic.submit(actor, id, command, fingerprint(command), system_clock())
        except Retry:
            return None
        if answer.code != "conflict":
            self.told[actor, id].append(answer)
            self.settled_at = max(self.settled_at, answer.pos)
            if is_first and answer.final:
                assert answer.pos >= known, "judged at a head that was known to be old"
        return answer


async def check(history: History, database: Database, keys: Keys, topic: Topic[State]) -> None:
    """P1, P2, P8: one gapless chain, one live place, one answer an id, yes iff it is in the log."""
    events = await database.read(lambda connection: events_after(connection, topic.number, 0, 100_000))
    _check_chain(topic, events)
    _check_places(events)
    await _check_guards(database, topic.number, events)
    _check_answers(history, keys, events)
    fresh = await Topics(database, keys, system_clock, [Places()]).open(topic.name)
    await topic.catch_up()
    assert (topic.state, topic.position) == (fresh.state, fresh.position)
    for (actor, id), told in history.told.items():
        stored = (await fresh.answers(actor, (id,))).get(id)
        assert all(answer == stored for answer in told if answer.final), "another answer than the stored one"


def _check_chain(topic: Topic[State], events: tuple[StoredEvent, ...]) -> None:
    assert [event.pos for event in events] == list(range(1, len(events) + 1))
    if events:
        verify_chain(genesis(topic.name, events[0].epoch), events)
        assert all(earlier.at <= later.at for earlier, later in itertools.pairwise(events))


def _check_places(events: tuple[StoredEvent, ...]) -> None:
    taken: set[bytes] = set()
    for event in events:
        if event.kind == "taken":
            assert event.body not in taken
            taken.add(event.body)
        if event.kind == "freed":
            taken.remove(event.body)


async def _check_guards(database: Database, topic: int, events: tuple[StoredEvent, ...]) -> None:
    live = await database.read(
        lambda connection: connection.scalar(
            text("select count(*) from ballot_guard where topic=:topic and annulled_pos is null"),
            {"topic": topic},
        )
    )
    kinds = [event.kind for event in events]
    assert live == kinds.count("taken") - kinds.count("freed")


def _check_answers(history: History, keys: Keys, events: tuple[StoredEvent, ...]) -> None:
    written = defaultdict(list)
    for event in events:
        written[event.actor, event.command].append(event)
    for (actor, id), told in history.told.items():
        mine = written[actor, id]
        assert len(mine) <= 1, "one command, written twice"
        for answer in told:
            receipt = answer.body.get("receipt")
            if answer.ok and receipt:
                assert [event.hash.hex() for event in mine] == [receipt["hash"]], "told yes, not in the log"
                assert is_genuine(receipt, keys.receipts.public())
            if not answer.ok and answer.final:
                assert [event.kind for event in mine] in ([], ["noted"]), "told no, but it is in the log"
