"""A meeting as the live engine sees it: its state and texts at one position, its views, its commands.

The fold may run ahead while texts are read; what is shown moves only in `catch_up`, state, texts and position at once.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import msgspec

from app.kernel.canonical import canonical
from app.kernel.errors import Malformed, Refused
from app.kernel.live import refusal_body
from app.kernel.log.model import Answer, Body
from app.kernel.log.topics import Topic
from app.meetings import changes, view
from app.meetings.commands import SENT_BY_PEOPLE, Command
from app.meetings.model import Meeting, Ref
from realtime.ports import Position, Reply, Value, Viewer, ViewMap

REMEMBERED = 2_000
"""Moves whose touched persons are remembered; who was away longer gets his whole map."""

_OPERATIONS = {str(command.__struct_config__.tag): command for command in SENT_BY_PEOPLE}


@dataclass(frozen=True, slots=True)
class Move:
    """One step of what is shown: up to position `at`."""

    at: int
    touched: frozenset[str] | None
    is_urgent: bool


class MeetingSource:
    """Implements `realtime.ports.Source`."""

    def __init__(self, topic: Topic[Meeting]) -> None:
        self._topic = topic
        self._meeting = Meeting()
        self._position = Position(topic.position.epoch, 0, b"\0" * 8)
        self._texts: dict[Ref, Body] = {}
        self._moves: deque[Move] = deque(maxlen=REMEMBERED)
        self._known_from = 0

    @property
    def position(self) -> Position:
        return self._position

    @property
    def meeting(self) -> Meeting:
        return self._meeting

    @property
    def texts(self) -> Mapping[Ref, Body]:
        return self._texts

    def view_class(self, person: str) -> str | None:
        known = self._meeting.persons.get(person)
        return known.role if known else None

    def view_id(self, view_class: str) -> str:
        return f"{view_class}/{view.SCHEMA}"

    def view(self, view_class: str) -> ViewMap:
        return view.view(self._meeting, self._texts, view_class)

    def me(self, person: str) -> ViewMap:
        return view.me(self._meeting, self._texts, person, self._topic.name)

    def touched(self, after: int) -> frozenset[str] | None:
        if after < self._known_from:
            return None
        persons: set[str] = set()
        for move in takewhile(lambda move: move.at > after, reversed(self._moves)):
            if move.touched is None:
                return None
            persons |= move.touched
        return frozenset(persons)

    def is_urgent(self, after: int) -> bool:
        return any(move.is_urgent for move in takewhile(lambda move: move.at > after, reversed(self._moves)))

    async def catch_up(self) -> Position:
        await self._topic.catch_up()
        meeting, position = self._topic.state, self._topic.position
        missing = tuple(ref for ref in view.text_refs(meeting) if ref not in self._texts)
        if missing:
            self._texts.update(await self._topic.private(missing))
        self._show(meeting, Position(position.epoch, position.at, position.mark[:8]))
        return self._position

    async def mark_at(self, at: int) -> bytes | None:
        mark = await self._topic.mark_at(at)
        return None if mark is None else mark[:8]

    async def command(
        self, viewer: Viewer, command_id: bytes, op: str, body: Value, received_us: int
    ) -> Reply:
        try:
            command = decoded(op, body)
            answer = await self._topic.submit(
                viewer.person, command_id, command, fingerprint(command), received_us
            )
        except Refused as refused:
            return Reply(False, refused.final, self._position.at, self._position.epoch, *refusal_body(refused))
        return reply(answer)

    async def status(self, viewer: Viewer, command_ids: tuple[bytes, ...]) -> Mapping[bytes, Reply]:
        answers = await self._topic.answers(viewer.person, command_ids)
        return {command_id: reply(answer) for command_id, answer in answers.items()}

    def _show(self, meeting: Meeting, position: Position) -> None:
        if position.at < self._position.at or meeting is self._meeting:
            return
        if self._position.at == 0:
            self._known_from = position.at
        else:
            touched, is_urgent = changes.touched(self._meeting, meeting), changes.is_urgent(self._meeting, meeting)
            if len(self._moves) == REMEMBERED:
                self._known_from = self._moves[0].at
            self._moves.append(Move(position.at, touched, is_urgent))
        self._meeting, self._position = meeting, position


def decoded(op: str, body: Any) -> Command:
    """The typed command. Raises Malformed: unknown operation, wrong shape, over a limit."""
    kind = _OPERATIONS.get(op)
    if kind is None:
        raise Malformed("unknown_command", details={"op": op[:48]})
    try:
        return msgspec.convert({**(body or {}), "op": op}, kind)
    except (msgspec.ValidationError, TypeError) as error:
        raise Malformed(details={"fault": str(error)[:300]}) from error


def fingerprint(command: Command) -> bytes:
    """Canonical bytes of what was asked: the same id with others is a conflict."""
    return canonical(msgspec.to_builtins(command))


def reply(answer: Answer) -> Reply:
    return Reply(answer.ok, answer.final, answer.pos, answer.epoch, answer.body, answer.code)
