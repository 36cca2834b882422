"""Examination: what is done with a person's ballots before they join the queue, where no choice may lie.

In this order: each ballot is read; what the folded state refuses anyway is not verified (a copy of a settled command
ends here too: the queue finds its stored answer); signatures are verified in the pool, or the code of an SMS is tried in
the database, one cast of a person at a time; the bytes become the blobs of the event (of a closed voting locked, see `sealing.py`). `decide` judges all
again; where it would accept what was not verified it says `NotExamined`, and the caller comes back with the new state.

The caller holds the counter of commands in flight around all of it, so a closing waits for the verification too.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import structlog

from app.kernel.allowance import Allowance
from app.kernel.canonical import canonical
from app.kernel.clock import Micros
from app.kernel.errors import Overloaded, Refused
from app.meetings.ballot import read_ballot, read_test_ballot
from app.meetings.casting import judge_all, must_be_fresh, must_be_well_marked
from app.meetings.commands import BallotContent, Cast, SignedBallot, TrySigning
from app.meetings.examined import (
    Confirmation,
    Examined,
    ExaminedCast,
    ExaminedTrial,
    Named,
    SignatureFacts,
)
from app.meetings.hashes import sha256
from app.meetings.model import Meeting, Voting
from app.meetings.ports import Signatures, Signer, SigningCodes
from app.meetings.readiness import must_be_able_to_try
from app.meetings.refusals import BadSignature, MalformedBallot, NotExamined, StaleBallot, TooManyTrials
from app.meetings.sealing import stored
from app.signatures.codes import Bound

T = TypeVar("T")

log = structlog.get_logger(__name__)

TRIALS, TRIALS_US = 12, 600_000_000
"""Test ballots of one person, in ten minutes: each is an event and a verification."""
MAX_WAITING = 8
"""Casts of one person that wait for an earlier one of his; more are told to come again."""


@dataclass(frozen=True, slots=True)
class Read:
    """A ballot as it came, with what it says; only this stage ever holds it."""

    signed: SignedBallot = field(repr=False)
    content: BallotContent | None = field(repr=False)
    examined: Examined


class Examination:
    """One object a process."""

    def __init__(self, signatures: Signatures, codes: SigningCodes) -> None:
        self._signatures = signatures
        self._codes = codes
        self._queues: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, int] = {}
        self._trials = Allowance(TRIALS, TRIALS_US)

    async def examined(
        self, meeting: Meeting, signer: Signer, command_id: bytes, command: Cast, received_at: Micros
    ) -> ExaminedCast:
        """Raises Overloaded, DatabaseAway or NotExamined, and nothing was decided."""
        read, person = tuple(read_all(command)), signer.person
        voting, voter = meeting.votings.get(command.voting), meeting.persons.get(person)
        if voting is None or voter is None:
            return ExaminedCast(command.voting, tuple(one.examined for one in read))
        marked = tuple(with_marks_judged(meeting, voting, one) for one in read)
        ballots = tuple(one.examined for one in marked)
        if any(one.refusal for one in judge_all(meeting, voting, voter, ballots, received_at)):
            return ExaminedCast(command.voting, ballots)
        facts = await self._verified(meeting, signer, command.ballots, received_at)
        code = await self._confirmed(meeting, signer, command_id, command, received_at)
        whole = (
            whole_ballot(meeting, voting, one, fact, code) for one, fact in zip(marked, facts, strict=True)
        )
        return ExaminedCast(command.voting, tuple(whole))

    async def tried(
        self, meeting: Meeting, signer: Signer, command: TrySigning, received_at: Micros
    ) -> ExaminedTrial:
        """A test ballot; what `decide` will refuse is not verified. Raises as `examined` does, or TooManyTrials."""
        try:
            content = read_test_ballot(command.content)
        except MalformedBallot:
            return ExaminedTrial(None, command.way, None)
        named = (content.meeting, content.person)
        try:
            must_be_able_to_try(meeting, signer.person)
        except Refused:
            return ExaminedTrial(named, command.way, None)
        if named != (meeting.id, signer.person):
            return ExaminedTrial(named, command.way, None)
        if wait_us := self._trials.take(signer.person, received_at):
            raise TooManyTrials(retry_after_s=wait_us // 1_000_000 + 1)
        async with self._turn_of(signer.person):
            facts = await self._one(signer, command, received_at)
        return ExaminedTrial(named, command.way, facts)

    async def _verified(
        self, meeting: Meeting, signer: Signer, ballots: list[SignedBallot], received_at: Micros
    ) -> list[SignatureFacts | None]:
        """The legal moment of a signature is when it came here: the signer's own clock is only his word."""
        if meeting.the_card.signature_policy != "qualified":
            return [None] * len(ballots)
        async with self._turn_of(signer.person):
            found = await all_or_none(self._one(signer, ballot, received_at) for ballot in ballots)
        for facts in found:
            must_be_known_here(facts)
        return found

    async def _confirmed(
        self, meeting: Meeting, signer: Signer, command_id: bytes, command: Cast, received_at: Micros
    ) -> Confirmation | None:
        """The code over the hashes of all ballots of the command; only what it is worth goes on."""
        if meeting.the_card.signature_policy != "simple" or command.code is None:
            return None
        hashes = tuple(sha256(ballot.content) for ballot in command.ballots)
        phone = meeting.persons[signer.person].phone
        bound = Bound(meeting.id, command.voting, signer.person, phone, hashes)
        async with self._turn_of(signer.person):
            facts = await self._codes.check(bound, command.code, command_id, received_at)
        return Confirmation(facts, sha256(canonical(sorted(hashes))), phone)

    async def _one(
        self, signer: Signer, ballot: SignedBallot | TrySigning, received_at: Micros
    ) -> SignatureFacts | None:
        """A failure of ours says nothing of the signature: nothing is decided, and the person may come again."""
        if ballot.signature is None:
            return None
        facts = await self._signatures.examine(
            ballot.content, ballot.signature, at=received_at, signer=signer, carrier=ballot.carrier
        )
        if facts.verdict == "internal_error":
            raise NotExamined
        return facts

    @asynccontextmanager
    async def _turn_of(self, person: str) -> AsyncIterator[None]:
        """One verification of a person is in flight at a time."""
        waiting = self._waiting.get(person, 0)
        if waiting > MAX_WAITING:
            raise Overloaded(details={"in_flight": MAX_WAITING})
        self._waiting[person] = waiting + 1
        try:
            async with self._queues.setdefault(person, asyncio.Lock()):
                yield
        finally:
            self._waiting[person] -= 1
            if not self._waiting[person]:
                del self._waiting[person], self._queues[person]


async def all_or_none(asked: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """In their order. The first that is refused stops the others, so that none goes on after the turn is over."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in asked]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


def must_be_known_here(facts: SignatureFacts | None) -> None:
    """An algorithm that this worker lacks another may have: refused before the log, so that the same command may come again.

    Raises BadSignature, which then is not final; what no worker knows (`algorithm` is None) is left to `decide`.
    """
    if facts is None or facts.verdict != "unsupported_algorithm" or facts.algorithm is None:
        return
    log.warning("algorithm_missing", algorithm=facts.algorithm)
    raise BadSignature(verdict=facts.verdict, algorithm=facts.algorithm)


def read_all(command: Cast) -> Iterator[Read]:
    has_code = command.code is not None
    for index, signed in enumerate(command.ballots, 1):
        try:
            content = read_ballot(signed.content)
        except Refused as refused:
            yield Read(signed, None, examined_of(signed, has_code, f"#{index}", None, refused))
        else:
            yield Read(signed, content, examined_of(signed, has_code, content.creditor, named_by(content)))


def examined_of(
    signed: SignedBallot, has_code: bool, creditor: str, named: Named | None, refusal: Refused | None = None
) -> Examined:
    return Examined(
        creditor=creditor,
        named=named,
        sha256=sha256(signed.content),
        is_signed=signed.signature is not None,
        has_code=has_code,
        refusal=refusal,
    )


def named_by(content: BallotContent) -> Named:
    return Named(
        meeting=content.meeting,
        question=content.question,
        voting=content.voting,
        creditor=content.creditor,
        weight_kopecks=content.weight_kopecks,
        wording_sha256=content.wording_sha256,
        register_sha256=content.register_sha256,
        electorate_sha256=content.electorate_sha256,
    )


def with_marks_judged(meeting: Meeting, voting: Voting, read: Read) -> Read:
    """What the marks earn, once the ballot is about this voting: wording and weight are frozen, so it stays true."""
    content, named = read.content, read.examined.named
    if content is None or named is None or not is_fresh(meeting, voting, named):
        return read
    try:
        must_be_well_marked(meeting.questions[voting.question], content, int(content.weight_kopecks))
    except Refused as refused:
        return replace(read, examined=replace(read.examined, refusal=refused))
    return read


def is_fresh(meeting: Meeting, voting: Voting, named: Named) -> bool:
    if named.creditor not in meeting.weights(voting):
        return False
    try:
        must_be_fresh(meeting, voting, named)
    except StaleBallot:
        return False
    return True


def whole_ballot(
    meeting: Meeting, voting: Voting, read: Read, facts: SignatureFacts | None, code: Confirmation | None
) -> Examined:
    examined = read.examined
    return replace(
        examined,
        blobs=stored(meeting, voting, examined.creditor, read.signed),
        locked_to=voting.seal.public_key if voting.seal else None,
        signature=facts,
        code=code,
        is_whole=True,
    )


def cast_fingerprint(command: Cast) -> bytes:
    """What was asked, without saying it: this lies in the queue, and a ballot's nonce keeps its hash from being guessed.

    A code has six digits and could be guessed from any hash of it: it is not in here.
    """
    ballots = [
        [sha256(ballot.content), None if ballot.signature is None else sha256(ballot.signature)]
        for ballot in command.ballots
    ]
    return canonical(["cast", command.voting, ballots])
