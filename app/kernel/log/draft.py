"""Deciding a batch: commands one after another on a running state, every outcome turned into rows. No I/O.

A batch ends before a command that touches a place, a timer or a seal already touched in it, because the append writes
each row once and in its final form.
"""

import hashlib
import secrets
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from app.kernel.canonical import canonical
from app.kernel.clock import Micros
from app.kernel.crypto import seal
from app.kernel.errors import Archived, Conflict, Refused, SubjectDestroyed
from app.kernel.keys import Keys
from app.kernel.log import answers
from app.kernel.log.batch import DONE, REFUSED, Batch, BlobRow, CommandRow, GuardRow, PrivateRow, SealRow
from app.kernel.log.chain import StoredEvent, next_hash, private_hash
from app.kernel.log.fold import REDACTED, Fold, evolve, is_readable
from app.kernel.log.model import Answer, Decision, Facts, Machine, NewEvent, RefusedWithEvents
from app.kernel.log.redaction import Redact
from app.kernel.log.seals import new_seal
from app.kernel.log.store import CommandKey, Ref
from app.kernel.log.subjects import Subjects
from app.kernel.metrics import Metrics

S = TypeVar("S")

MAX_BODY_BYTES = 65_536
MAX_ANSWER_BYTES = 4096
MAX_STORED_REFUSALS = 64
SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Queued:
    """A command as it came in; `fingerprint` is the canonical bytes of what was asked, `blob_bytes` what it stores beside."""

    actor: str
    command_id: bytes
    command: Any = field(repr=False)
    fingerprint: bytes = field(repr=False)
    received_at: Micros
    outside: Mapping[str, Any] = field(default_factory=dict, repr=False)
    blob_bytes: int = 0

    @property
    def key(self) -> CommandKey:
        return (self.actor, self.command_id)


@dataclass(frozen=True, slots=True)
class Workers:
    """What the table of workers says about a closing: who was there at its deadline, who has drained."""

    live: int = 1
    drained: int = 1
    lost: int = 0
    max_lag_ms: int = 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was read for the batch beforehand: answers that stand, private parts that a redaction is about."""

    settled: Mapping[CommandKey, CommandRow]
    redacted: Mapping[CommandKey, tuple[Ref, ...]]
    workers: Mapping[CommandKey, Workers] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ground(Generic[S]):
    """What decisions of one topic stand on."""

    topic: int
    name: str
    machine: Machine[S]
    keys: Keys
    subjects: Subjects
    clock: Callable[[], Micros]
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class SaltedPart:
    """A private part before it is encrypted."""

    pos: int
    part: int
    subject: str
    salt: bytes = field(repr=False)
    plain: bytes = field(repr=False)


@dataclass(slots=True)
class Rows:
    """Rows of a batch, or of one command of it, while they are collected; a timer without a time is cleared."""

    finishes: bool = False
    events: list[StoredEvent] = field(default_factory=list)
    salted: list[SaltedPart] = field(default_factory=list)
    blobs: list[BlobRow] = field(default_factory=list)
    commands: list[CommandRow] = field(default_factory=list)
    guards: list[GuardRow] = field(default_factory=list)
    frees: list[GuardRow] = field(default_factory=list)
    timers: dict[str, Micros | None] = field(default_factory=dict)
    seals: list[SealRow] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)

    def extend(self, more: "Rows") -> None:
        self.finishes = self.finishes or more.finishes
        self.events += more.events
        self.salted += more.salted
        self.blobs += more.blobs
        self.commands += more.commands
        self.guards += more.guards
        self.frees += more.frees
        self.timers.update(more.timers)
        self.seals += more.seals
        self.broken += more.broken


class Draft(Generic[S]):
    """A batch in the making. `outcomes` holds what each decided command is told once the batch is committed."""

    def __init__(self, ground: Ground[S], fold: Fold[S], prepared: Prepared) -> None:
        self._ground = ground
        self._prepared = prepared
        self._now = ground.clock()
        self._touched: set[Hashable] = set()
        self._is_closed = False
        self._erased: tuple[Ref, ...] = ()
        self._destroyed: tuple[str, ...] = ()
        self._expected = fold.position
        self._rows = Rows()
        self.fold = fold
        self.outcomes: dict[CommandKey, Answer | Exception] = {}

    @property
    def has_events(self) -> bool:
        return bool(self._rows.events)

    @property
    def events(self) -> tuple[StoredEvent, ...]:
        return tuple(self._rows.events)

    @property
    def begun_at(self) -> int:
        """The head that it was decided at."""
        return self._expected.at

    @property
    def has_rows(self) -> bool:
        return bool(self._rows.events or self._rows.commands)

    @property
    def is_redaction(self) -> bool:
        return self._is_closed

    @property
    def subjects(self) -> frozenset[str]:
        return frozenset(part.subject for part in self._rows.salted)

    @property
    def refused_actors(self) -> frozenset[str]:
        return frozenset(row.actor for row in self._rows.commands if row.outcome == REFUSED)

    def decide(self, queued: Queued) -> bool:
        """False: this command begins the next batch."""
        if self._is_closed or queued.key in self.outcomes:
            return False
        known = self._prepared.settled.get(queued.key)
        if known:
            self.outcomes[queued.key] = self._repeat(queued, known)
            return True
        if self.fold.is_archived:  # nothing can be written, and nothing will ever be
            self.outcomes[queued.key] = answers.refusal(self.fold.position, Archived())
            return True
        try:
            return self._decide_new(queued)
        except Refused as refused:
            self._refuse(queued, refused)
        except Exception as error:  # an edge: a mistake of ours reaches only whoever sent this command
            self.outcomes[queued.key] = error
        return True

    def cap_refusals(self, stored: Mapping[str, int]) -> None:
        """Beyond 64 stored refusals an actor is told the true code, not finally, and nothing is written.

        A refusal that leaves events is always written: its id must never be decided twice.
        """
        with_events = {event.command for event in self._rows.events}
        seen = dict(stored)
        kept = []
        for row in self._rows.commands:
            if row.outcome == REFUSED and row.command not in with_events:
                seen[row.actor] = seen.get(row.actor, 0) + 1
                if seen[row.actor] > MAX_STORED_REFUSALS:
                    self._soften((row.actor, row.command))
                    continue
            kept.append(row)
        self._rows.commands = kept

    def batch(self) -> Batch:
        """Final rows; every subject's key must be known to `ground.subjects` by now."""
        rows = self._rows
        return Batch(
            self._ground.topic,
            expected=self._expected,
            position=self.fold.position,
            finishes=rows.finishes,
            events=tuple(rows.events),
            privates=tuple(self._encrypted(part) for part in rows.salted),
            blobs=tuple(rows.blobs),
            commands=tuple(rows.commands),
            guards=tuple(rows.guards),
            frees=tuple(rows.frees),
            timers=tuple((name, due) for name, due in rows.timers.items() if due is not None),
            cleared=tuple(name for name, due in rows.timers.items() if due is None),
            seals=tuple(rows.seals),
            broken=tuple(rows.broken),
            erased=self._erased,
            destroyed=self._destroyed,
        )

    def _repeat(self, queued: Queued, known: CommandRow) -> Answer | Exception:
        if self._ground.keys.macs.check("command", queued.fingerprint, known.body_mac):
            return answers.restored(known)
        return answers.refusal(self.fold.position, Conflict())

    def _decide_new(self, queued: Queued) -> bool:
        if isinstance(queued.command, Redact):
            return self._redact(queued, queued.command)
        machine = self._ground.machine
        try:
            decision = machine.decide(self.fold.state, queued.actor, queued.command, self._facts(queued))
        except RefusedWithEvents as refused:
            return self._refuse_with_events(queued, refused)
        touched = set(_touched(decision.events))
        if touched & self._touched:
            return False
        self._accept(queued, decision)
        self._touched |= touched
        return True

    def _facts(self, queued: Queued) -> Facts:
        workers = self._prepared.workers.get(queued.key, Workers())
        return Facts(
            now=self._now,
            received_at=queued.received_at,
            workers_live=workers.live,
            workers_drained=workers.drained,
            workers_lost=workers.lost,
            max_lag_ms=workers.max_lag_ms,
            outside=queued.outside,
        )

    def _redact(self, queued: Queued, command: Redact) -> bool:
        if self.has_rows:
            return False
        refs = self._prepared.redacted.get(queued.key, ())
        self._accept(queued, Decision((NewEvent(REDACTED, command.body(refs)),)))
        self._erased, self._destroyed = refs, command.subjects
        self._is_closed = True
        return True

    def _accept(self, queued: Queued, decision: Decision) -> None:
        fold, rows = self._added(queued, decision.events)
        body = dict(decision.answer)
        if decision.events:
            body["receipt"] = answers.receipt(self._ground.keys.receipts, self._ground.name, fold.position)
        self._keep(queued, fold, rows, answers.accepted(fold.position, body))

    def _refuse_with_events(self, queued: Queued, refused: RefusedWithEvents) -> bool:
        touched = set(_touched(refused.events))
        if touched & self._touched:
            return False
        fold, rows = self._added(queued, refused.events)
        self._keep(queued, fold, rows, answers.refusal(fold.position, refused))
        self._touched |= touched
        return True

    def _refuse(self, queued: Queued, refused: Refused) -> None:
        if not refused.final:
            self.outcomes[queued.key] = refused
            return
        self._keep(queued, self.fold, Rows(), answers.refusal(self.fold.position, refused))

    def _added(self, queued: Queued, events: tuple[NewEvent, ...]) -> tuple[Fold[S], "Rows"]:
        """The fold with the events on top, and their rows; nothing is kept if one of them fails."""
        fold, rows = self.fold, Rows()
        for new in events:
            fold = self._add(queued, new, fold, rows)
        return fold, rows

    def _keep(self, queued: Queued, fold: Fold[S], rows: "Rows", answer: Answer) -> None:
        rows.commands.append(self._command_row(queued, answer))
        self._rows.extend(rows)
        self.fold = fold
        self.outcomes[queued.key] = answer

    def _command_row(self, queued: Queued, answer: Answer) -> CommandRow:
        kept = answers.stored(answer)
        if len(kept) > MAX_ANSWER_BYTES:
            raise ValueError(f"an answer may have {MAX_ANSWER_BYTES} bytes, not {len(kept)}")
        mac = self._ground.keys.macs.mac("command", queued.fingerprint)
        outcome = DONE if answer.ok else REFUSED
        return CommandRow(queued.actor, queued.command_id, mac, outcome, answer.code, answer.pos, kept)

    def _add(self, queued: Queued, new: NewEvent, fold: Fold[S], rows: "Rows") -> Fold[S]:
        pos = fold.position.at + 1
        if new.seals is not None:
            new = self._sealed(new, new.seals, fold, rows)
        if new.breaks is not None:
            rows.broken.append(new.breaks)
        if new.salted:
            new = replace(new, body={**new.body, "salt": secrets.token_hex(SALT_BYTES)})
        parts = [self._salt(pos, part, new) for part in range(len(new.private))]
        event = self._event(queued, new, fold, parts)
        rows.finishes = rows.finishes or new.finishes
        rows.events.append(event)
        rows.salted += parts
        rows.blobs += _blobs(pos, new)
        rows.guards += [GuardRow(*place, pos) for place in new.guards]
        rows.frees += [GuardRow(*place, pos) for place in new.frees]
        rows.timers.update(new.timers)
        return evolve(self._ground.machine, fold, event)

    def _sealed(self, new: NewEvent, voting: int, fold: Fold[S], rows: Rows) -> NewEvent:
        """The event with the public half of a new pair; a decision that loses its race makes another pair."""
        row = new_seal(self._ground.keys.keks, self._ground.topic, voting, fold.position.epoch)
        rows.seals.append(row)
        return replace(new, body={**new.body, "seal_public_key": row.public_key.hex()})

    def _event(self, queued: Queued, new: NewEvent, fold: Fold[S], parts: list[SaltedPart]) -> StoredEvent:
        if not is_readable(self._ground.machine, new.kind, new.version):
            raise ValueError(f"the machine writes {new.kind} version {new.version} but does not read it")
        body = canonical(new.body)
        if len(body) > MAX_BODY_BYTES:
            raise ValueError(f"the body of {new.kind} may have {MAX_BODY_BYTES} bytes, not {len(body)}")
        unlinked = StoredEvent(
            topic=self._ground.topic,
            pos=fold.position.at + 1,
            epoch=fold.position.epoch,
            at=max(fold.last_at, self._now),
            kind=new.kind,
            version=new.version,
            actor=queued.actor,
            command=queued.command_id,
            body=body,
            private_hash=private_hash((part.salt, part.plain) for part in parts) if parts else None,
            hash=b"",
        )
        return replace(unlinked, hash=next_hash(fold.position.mark, unlinked))

    def _salt(self, pos: int, part: int, new: NewEvent) -> SaltedPart:
        private = new.private[part]
        if self._ground.subjects.is_destroyed(private.subject):
            raise SubjectDestroyed
        salt = secrets.token_bytes(SALT_BYTES)
        return SaltedPart(pos, part, private.subject, salt, canonical(private.text))

    def _encrypted(self, part: SaltedPart) -> PrivateRow:
        key = self._ground.subjects.key(part.subject)
        if key is None:
            raise KeyError(f"no key of subject {part.subject}")
        sealed = seal(key, part.plain, private_place(self._ground.topic, part.pos, part.part))
        return PrivateRow(part.pos, part.part, part.subject, part.salt, sealed)

    def _soften(self, key: CommandKey) -> None:
        answer = self.outcomes[key]
        if isinstance(answer, Answer):
            self.outcomes[key] = replace(answer, final=False)


def private_place(topic: int, pos: int, part: int) -> bytes:
    """Where a private text lies: bound into its encryption, so that rows cannot be swapped."""
    return f"private/{topic}/{pos}/{part}".encode()


def _touched(events: tuple[NewEvent, ...]) -> Iterator[Hashable]:
    """Places and timers of a decision. Raises ValueError when it touches one place twice."""
    places: list[tuple[int, str]] = []
    for event in events:
        places += [*event.guards, *event.frees]
        yield from event.timers
        yield from (("seal", voting) for voting in (event.seals, event.breaks) if voting is not None)
    if len(places) != len(set(places)):
        raise ValueError("one decision touches a place twice")
    yield from places


def _blobs(pos: int, new: NewEvent) -> tuple[BlobRow, ...]:
    return tuple(
        BlobRow(pos, part, hashlib.sha256(body).digest(), body) for part, body in enumerate(new.blobs)
    )
