"""A meeting as the live engine sees it: its state, texts and receipts at one position, its views, its commands.

The fold may run ahead while texts are read; what is shown moves only in `catch_up`: state, texts and position at once.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, cast

import msgspec

from app.kernel.allowance import Allowance
from app.kernel.canonical import canonical
from app.kernel.clock import Clock
from app.kernel.errors import Elsewhere, Malformed, Refused
from app.kernel.live import failed_reply, refused_reply, reply, unanswered_when_away
from app.kernel.log.fold import REDACTED
from app.kernel.log.model import Answer, Event
from app.kernel.log.model import Position as LogPosition
from app.kernel.log.topics import Topic
from app.kernel.writing import hidden
from app.meetings import personal, view, view_types
from app.meetings.commands import SENT_BY_PEOPLE, WRITTEN, Attend, Cast, Command, Leave, TrySigning
from app.meetings.examination import Examination, cast_fingerprint
from app.meetings.hashes import sha256
from app.meetings.joins import Texts, text_refs
from app.meetings.lost_history import receipt_command
from app.meetings.memory import Memory
from app.meetings.model import SYSTEM, Meeting, Ref, Role, Voting
from app.meetings.outcome import known_table
from app.meetings.ports import Signer
from app.meetings.refusals import AlreadyVoted, NotExamined, TooManyEntries
from app.meetings.view_types import Receipt, TableView, View
from realtime.ports import Gone, Position, Reply, Source, Value, Viewer, ViewMap
from realtime.presence import hints_in, persons_in


def view_schema() -> str:
    types = [kind for kind in vars(view_types).values() if isinstance(kind, type) and issubclass(kind, View)]
    return sha256(canonical(msgspec.json.schema_components(types)[1]))[:12]


REMEMBERED = 2_000
"""Moves whose touched persons are remembered; who was away longer gets his whole map."""

PAGE = 1_000

EXAMINATIONS = 3
"""So often a cast is examined when other workers keep moving the state under it."""

ENTRIES, ENTRIES_US = 200, 600_000_000
"""Commands to come and to go of one person, in ten minutes: each stays in the log and in the journal of the minutes."""

SCHEMA = view_schema()
"""Another shape of the views is another view id: clients then ask for a full map."""

_OPERATIONS = {str(command.__struct_config__.tag): command for command in SENT_BY_PEOPLE}


@dataclass(frozen=True, slots=True)
class Move:
    """One step of what is shown, up to position `at`."""

    at: int
    touched: frozenset[str] | None
    is_urgent: bool


class MeetingSource:
    """Implements `realtime.ports.Source`."""

    def __init__(self, topic: Topic[Meeting], clock: Clock, examination: Examination) -> None:
        self.topic = topic
        self._clock = clock
        self._examination = examination
        self._meeting = topic.state
        self._position = Position(topic.position.epoch, 0, topic.position.mark[:8])
        self._texts: Texts = {}
        self._memory = Memory()
        self._receipts: dict[int, Receipt] = {}
        self._moves: deque[Move] = deque(maxlen=REMEMBERED)
        self._moves_after = 0
        self._is_shown = False
        self._entries = Allowance(ENTRIES, ENTRIES_US)

    @property
    def position(self) -> Position:
        return self._position

    @property
    def meeting(self) -> Meeting:
        return self._meeting

    @property
    def texts(self) -> Texts:
        return self._texts

    @property
    def grants(self) -> object:
        return self._meeting.persons

    def view_class(self, person: str) -> str | None:
        return view.view_class(self._meeting, person)

    def view_id(self, view_class: str) -> str:
        return f"{view_class}/{SCHEMA}"

    def view(self, view_class: str) -> ViewMap:
        return view.view(self._meeting, self._texts, cast(Role, view_class), self._memory)

    def me(self, person: str) -> ViewMap:
        return personal.me(self._meeting, self._texts, person, self._receipts)

    def table(self, voting: Voting) -> TableView:
        """By name; the one that was last asked for is kept, as a hall opens the same one together."""
        return known_table(self._meeting, self._texts, voting, self._memory)

    def touched(self, after: int) -> frozenset[str] | None:
        if after < self._moves_after:
            return None
        persons: set[str] = set()
        for move in takewhile(lambda move: move.at > after, reversed(self._moves)):
            if move.touched is None:
                return None
            persons |= move.touched
        return frozenset(persons)

    def is_urgent(self, after: int) -> bool:
        return any(move.is_urgent for move in takewhile(lambda move: move.at > after, reversed(self._moves)))

    @property
    def is_pressing(self) -> bool:
        return any(voting.running for voting in self._meeting.votings.values())

    async def catch_up(self) -> Position:
        try:
            return await self.read()
        except Elsewhere as refused:
            raise Gone(refused.code) from refused

    async def read(self) -> Position:
        """The same for who answers with refusals. Raises Elsewhere or DatabaseAway."""
        await self.topic.catch_up()
        meeting, position = self.topic.state, self.topic.position
        if self._is_shown and (position.epoch, position.at) == (self._position.epoch, self._position.at):
            return self._position
        is_same_history = self._is_shown and position.epoch == self._position.epoch
        if not is_same_history:
            self._receipts.clear()  # another history gives other receipts at the same positions
        tail = await self._events(self._position.at, position.at) if is_same_history else ()
        is_redacted = any(event.kind == REDACTED for event in tail)
        if is_same_history and not is_redacted:
            texts = await self._with_missing(self._texts, text_refs(meeting, self._meeting))
        else:
            texts = await self._with_missing({}, text_refs(meeting))
        await self.receipts_at(personal.shown_receipts(meeting), tail)
        self._show(meeting, texts, live_position(position), tail)
        return self._position

    async def mark_at(self, at: int) -> bytes | None:
        with unanswered_when_away():
            mark = await self.topic.mark_at(at)
        return None if mark is None else mark[:8]

    async def command(
        self, viewer: Viewer, command_id: bytes, op: str, body: Value, received_us: int
    ) -> Reply:
        try:
            self._clock()  # without trusted time nothing is decided
            command = decoded(op, body)
            if isinstance(command, Cast):
                answer = await self._cast(viewer.person, command_id, command, received_us)
            elif isinstance(command, TrySigning):
                answer = await self._try_signing(viewer.person, command_id, command, received_us)
            else:
                if isinstance(command, Attend | Leave):
                    self._must_not_come_and_go(viewer.person, received_us)
                answer = await self.topic.submit(
                    viewer.person, command_id, command, fingerprint(command), received_us
                )
            return reply(await self._with_first_receipt(answer))
        except Refused as refused:
            return refused_reply(refused, self.topic.position)
        except Exception as error:  # the edge: a mistake of ours decides nothing and is logged once
            return failed_reply(error, self.topic.position, topic=self.topic.name, op=op)

    def _must_not_come_and_go(self, person: str, received_us: int) -> None:
        if wait_us := self._entries.take(person, received_us):
            raise TooManyEntries(retry_after_s=wait_us // 1_000_000 + 1)

    async def _cast(self, person: str, command_id: bytes, command: Cast, received_us: int) -> Answer:
        """Examined before the queue; once more where the running state was ahead of what was examined."""
        asked = cast_fingerprint(command)
        for _ in range(EXAMINATIONS):
            meeting = self.topic.state
            signer = await self.signer(meeting, person)
            examined = await self._examination.examined(meeting, signer, command_id, command, received_us)
            try:
                answer = await self.topic.submit(
                    person, command_id, examined, asked, received_us, blob_bytes=examined.blob_bytes
                )
            except NotExamined:
                await self.topic.catch_up()
                continue
            if answer.ok:
                self._note_receipt(answer)
            return answer
        raise NotExamined

    async def _try_signing(
        self, person: str, command_id: bytes, command: TrySigning, received_us: int
    ) -> Answer:
        meeting = self.topic.state
        signer = await self.signer(meeting, person)
        tried = await self._examination.tried(meeting, signer, command, received_us)
        asked = fingerprint(msgspec.structs.replace(command, carrier=None))
        return await self.topic.submit(person, command_id, tried, asked, received_us)

    async def signer(self, meeting: Meeting, person: str) -> Signer:
        """Who should have signed, with what of him is compared with a certificate."""
        known = meeting.persons.get(person)
        if known is None or meeting.the_card.signature_policy == "off":
            return Signer(person, "")
        text = self._texts.get(known.text)
        if text is None:
            text = (await self.topic.private((known.text,))).get(known.text, {})
        return Signer(person, text.get("name", ""), text.get("snils", ""), text.get("inn", ""))

    def _note_receipt(self, answer: Answer) -> None:
        """It will be shown in a moment; an answer of a history that was lost meanwhile is not."""
        if answer.epoch == self.topic.position.epoch:
            self._receipts[answer.pos] = msgspec.convert(answer.body["receipt"], Receipt)

    async def status(self, viewer: Viewer, command_ids: tuple[bytes, ...]) -> Mapping[bytes, Reply]:
        with unanswered_when_away():
            answers = await self.topic.answers(viewer.person, command_ids)
            return {
                command_id: reply(await self._with_first_receipt(answer))
                for command_id, answer in answers.items()
            }

    async def shown_receipts(self, viewer: Viewer, receipts: tuple[Value, ...]) -> None:
        """Each that we signed and the log does not hold is listed once; the rest proves nothing."""
        with unanswered_when_away():
            for given in receipts:
                if self.topic.is_ours(given) and not await self.topic.holds(given):
                    await self._list(viewer.person, given)

    async def _list(self, person: str, given: Value) -> None:
        command_id, command = receipt_command(person, given)
        fingerprint = canonical(["receipt", given["hash"]])
        await self.topic.submit(SYSTEM, command_id, command, fingerprint, self._clock())

    async def _with_first_receipt(self, answer: Answer) -> Answer:
        """A second vote is shown the receipt of the first. Receipts are stored, so this too stays the same for ever."""
        if answer.code != AlreadyVoted.code:
            return answer
        details = answer.body["details"]
        receipt = (await self.receipts_at(frozenset({details["pos"]})))[details["pos"]]
        shown = {**details, "receipt": msgspec.to_builtins(receipt)}
        return replace(answer, body={**answer.body, "details": shown})

    # --- moving ---

    async def _events(self, after: int, upto: int) -> tuple[Event, ...]:
        events: list[Event] = []
        while after < upto and (page := await self.topic.events(after, min(PAGE, upto - after))):
            events.extend(page)
            after = page[-1].pos
        return tuple(events)

    async def _with_missing(self, known: Texts, refs: Iterable[Ref]) -> Texts:
        """A destroyed text is known to be empty: asked for again and again it would make every fragment new."""
        missing = tuple(ref for ref in refs if ref not in known)
        if not missing:
            return known
        destroyed: Texts = {ref: {} for ref in missing}
        return {**known, **destroyed, **await self.topic.private(missing)}

    async def receipts_at(
        self, positions: frozenset[int], tail: Iterable[Event] = ()
    ) -> Mapping[int, Receipt]:
        """The receipts as they were given, from the stored answers: a rotated key changes none of them."""
        missing = positions - self._receipts.keys()
        if missing:
            events = [event for event in tail if event.pos in missing]
            if len(events) < len(missing):
                span = await self._events(min(missing) - 1, max(missing))
                events = [event for event in span if event.pos in missing]
            commands = {(event.actor, event.command): event.pos for event in events if event.command}
            for key, answer in (await self.topic.settled(commands)).items():
                self._receipts[commands[key]] = msgspec.convert(answer.body["receipt"], Receipt)
        return self._receipts

    def _show(self, meeting: Meeting, texts: Texts, position: Position, tail: tuple[Event, ...]) -> None:
        is_older = position.epoch == self._position.epoch and position.at <= self._position.at
        is_lost = position.epoch != self.topic.position.epoch
        if is_lost or (self._is_shown and is_older):
            return  # another catch_up was quicker, or the history was lost while texts were read
        if not tail:
            self._moves.clear()
            self._moves_after = position.at
        else:
            if len(self._moves) == REMEMBERED:
                self._moves_after = self._moves[0].at
            self._moves.append(move(meeting, tail, position.at))
        self._meeting, self._texts, self._position, self._is_shown = meeting, texts, position, True


def move(meeting: Meeting, tail: tuple[Event, ...], at: int) -> Move:
    touched: set[str] | None = set()
    for event in tail:
        persons = personal.touched(meeting, event)
        touched = None if touched is None or persons is None else touched | persons
    is_urgent = any(event.kind in view.URGENT for event in tail)
    return Move(at, None if touched is None else frozenset(touched), is_urgent)


def live_position(position: LogPosition) -> Position:
    """As the live engine names it: a mark of 8 bytes."""
    return Position(position.epoch, position.at, position.mark[:8])


def decoded(op: str, body: Any) -> Command:
    """The typed command. Raises Malformed: unknown operation, wrong shape, over a limit."""
    kind = _OPERATIONS.get(op)
    if kind is None:
        raise Malformed("unknown_command", details={"op": op})
    if not isinstance(body, dict | None):
        raise Malformed
    try:
        return msgspec.convert({**_written(body or {}), "op": op}, kind)
    except msgspec.ValidationError as error:
        raise Malformed(details={"fault": str(error)[:300]}) from error


def _written(body: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Texts without spaces at their ends, before they are measured. Raises Malformed for what cannot be seen."""
    texts = {field: body[field].strip() for field in WRITTEN if isinstance(body.get(field), str)}
    for field, text in texts.items():
        if sign := hidden(text):
            raise Malformed("hidden_character", details={"field": field, "sign": sign})
    return {**body, **texts}


def fingerprint(command: Command) -> bytes:
    """Canonical bytes of what was asked: the same id with others is a conflict."""
    return canonical(msgspec.to_builtins(command))


def online_facts(source: Source, view_class: str, online: frozenset[str], complete: bool) -> ViewMap:
    """What `soft` shows: how many are online, and to the organizer and the registrar for which creditors."""
    present = persons_in(online)
    facts: dict[str, Value] = {"online": len(present), "degraded": not complete}
    if view_class in view.STAFF and isinstance(source, MeetingSource):
        persons = source.meeting.persons
        facts["online_creditors"] = sorted(
            {c for p in present & persons.keys() for c in persons[p].creditors}
        )
        facts["signing"] = signing_in(hints_in(online))
    return facts


def signing_in(hints: Mapping[str, int]) -> dict[str, int]:
    """Voting → how many say that they are signing for it: hint `signing` about the voting's number."""
    word = "signing/"
    return {hint.removeprefix(word): count for hint, count in hints.items() if hint.startswith(word)}
