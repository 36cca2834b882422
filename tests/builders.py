"""Builders: meetings and creditors in one line, and a log in memory that drives the machine as the real one does."""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from app.documents.model import Document, Signature
from app.kernel.canonical import canonical
from app.kernel.errors import Refused
from app.kernel.log.model import Body, Decision, Event, Facts, NewEvent, RefusedWithEvents
from app.kernel.sealed import public_half
from app.meetings.commands import (
    Attend,
    BallotContent,
    Cast,
    Close,
    Command,
    Convene,
    Count,
    OpenMeeting,
    SignedBallot,
    StartVoting,
    TrySigning,
)
from app.meetings.counting import is_countable
from app.meetings.draft import Basis, Card, DraftLine, DraftMeeting, DraftQuestion, SignaturePolicy
from app.meetings.examination import Examination
from app.meetings.examined import ExaminedCast, SignatureFacts
from app.meetings.founding import Admission, founding
from app.meetings.machine import MeetingMachine
from app.meetings.model import SYSTEM, Meeting, Ref, Role
from app.meetings.outcome import table_view
from app.meetings.personal import me
from app.meetings.ports import Signer
from app.meetings.sealing import unsealed
from app.meetings.view import view
from app.meetings.view_types import TableView
from app.signatures.codes import Bound, CodeFacts, CodeVerdict
from app.signatures.outlook import Outlook

SECOND = 1_000_000
START = 1_700_000_000 * SECOND
ORGANIZER, REGISTRAR, OBSERVER, SCREEN = "p_org", "p_reg", "p_obs", "p_scr"


def a_creditor(creditor: str, claim_kopecks: int = 100_00, **rest: Any) -> DraftLine:
    return DraftLine(creditor, f"ООО «{creditor}»", "7707083893", claim_kopecks, **rest)


def a_question(question: str, topic: str = "general", **rest: Any) -> DraftQuestion:
    rest.setdefault("wording", f"Решение по вопросу {question}")
    return DraftQuestion(question, topic, f"Вопрос {question}", **rest)


def a_card(**rest: Any) -> Card:
    values: dict[str, Any] = {
        "debtor": "АО «Должник»",
        "debtor_inn": "7707083893",
        "case_no": "А40-1/2026",
        "court": "Арбитражный суд города Москвы",
        "procedure": "liquidation",
        "form": "in_person",
        "repeated": False,
        "starts_at": START,
        "ends_at": None,
        "place": "Москва",
        "organizer_name": "Иванов Иван",
        "organizer_phone": "+7 495 000-00-00",
        "organizer_email": None,
    }
    return Card(**{**values, **rest})


def person_of(creditor: str) -> str:
    return f"p_{creditor}"


@dataclass
class FakeSignatures:
    """A verifier without cryptography: `signed(content, by)` is a signature; `facts` changes what is said of it.

    `hold` stops everybody until it is set; `asked` and `verified` count; `carriers` were named, in this order.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    hold: asyncio.Event | None = None
    asked: int = 0
    verified: int = 0
    carriers: list[str | None] = field(default_factory=list)

    async def trust_files(self, versions: Iterable[str]) -> dict[str, bytes]:
        return {}

    def outlook(self, at: int, now: int) -> dict[str, Outlook]:
        return {}

    def trust_version(self) -> str:
        return repr(self.facts)

    async def examine(
        self, content: bytes, signature: bytes, *, at: int, signer: Signer, carrier: str | None = None
    ) -> SignatureFacts:
        self.asked += 1
        self.carriers.append(carrier)
        if self.hold is not None:
            await self.hold.wait()
        self.verified += 1
        digest, by = signature[:32], signature[32:]
        said: dict[str, Any] = {
            "verdict": "ok" if digest == hashlib.sha256(content).digest() else "content_mismatch",
            "revocation": "checked",
            "thumbprint": hashlib.sha256(by).hexdigest(),
            "serial": "0a01",
            "owner_match": "same" if by.decode() == signer.person else "name_differs",
            "algorithm": "ecdsa",
            "trust_version": "test",
            "crl_numbers": ("1",),
        }
        return SignatureFacts(**{**said, **self.facts})


GOOD_CODE = "123456"
BASIS = Basis("decision", "протокол собрания кредиторов № 1 от 01.02.2026")


@dataclass
class FakeCodes:
    """Every code but `GOOD_CODE` is wrong; `verdict` says otherwise of all of them. `bound` is what was asked about."""

    verdict: CodeVerdict | None = None
    bound: list[Bound] = field(default_factory=list)

    async def check(self, bound: Bound, code: str, command: bytes, received_at: int) -> CodeFacts:
        self.bound.append(bound)
        verdict = self.verdict or ("ok" if code == GOOD_CODE else "wrong")
        return CodeFacts(verdict, sent_at=received_at - SECOND if verdict == "ok" else None, left=4)


def signed(ballot: SignedBallot, by: str) -> SignedBallot:
    """The ballot as `FakeSignatures` likes it."""
    digest = hashlib.sha256(ballot.content).digest()
    return SignedBallot(ballot.content, digest + by.encode())


class NoPapers:
    """Nobody has had the minutes made as a file yet."""

    async def find(self, subject: str, kind: str) -> None:
        return None

    async def signatures(self, document: Document) -> tuple[Signature, ...]:
        return ()


@dataclass
class Log:
    """One topic in memory: positions without gaps, a chain of hashes, guards, timers, blobs and private texts."""

    machine: MeetingMachine = field(default_factory=MeetingMachine)
    state: Meeting = field(default_factory=Meeting)
    now: int = START
    events: list[Event] = field(default_factory=list)
    texts: dict[Ref, Body] = field(default_factory=dict)
    subjects: dict[Ref, str] = field(default_factory=dict)
    blobs: dict[Ref, bytes] = field(default_factory=dict)
    guards: set[tuple[int, str]] = field(default_factory=set)
    timers: dict[str, int] = field(default_factory=dict)
    secrets: dict[int, bytes] = field(default_factory=dict)
    signatures: FakeSignatures = field(default_factory=FakeSignatures)
    codes: FakeCodes = field(default_factory=FakeCodes)

    def submit(self, actor: str, command: Any, **facts: Any) -> Decision:
        """Decide and append; a refusal with events appends them and is raised all the same."""
        facts = {"now": self.now, "received_at": self.now, **facts}
        if isinstance(command, Cast):
            command = self.examined(actor, command, facts["received_at"])
        elif isinstance(command, TrySigning):
            examination = Examination(self.signatures, self.codes)
            stage = examination.tried(self.state, Signer(actor, actor), command, facts["received_at"])
            command = asyncio.run(stage)
        try:
            decision = self.machine.decide(self.state, actor, command, Facts(**facts))
        except RefusedWithEvents as refused:
            self.append(actor, Decision(refused.events))
            raise
        self.append(actor, decision)
        return decision

    def examined(self, actor: str, command: Cast, received_at: int) -> ExaminedCast:
        """As the stage before the queue leaves it, by whoever verifies here."""
        examination = Examination(self.signatures, self.codes)
        stage = examination.examined(self.state, Signer(actor, actor), b"", command, received_at)
        card = self.state.card
        if card is not None and card.signature_policy != "off":
            return asyncio.run(stage)
        try:
            stage.send(None)
        except StopIteration as done:  # nothing is awaited where nothing is verified
            return cast(ExaminedCast, done.value)
        raise AssertionError("the stage waits for a signature")

    def append(self, actor: str, decision: Decision) -> None:
        for new in decision.events:
            pos = len(self.events) + 1
            new = self.with_seal(new)
            assert self.machine.reads[new.kind] == new.version
            body = canonical(new.body)
            assert len(body) <= 65_536
            before = self.events[-1].hash if self.events else b""
            event = Event(
                topic=1,
                epoch=b"\0" * 8,
                pos=pos,
                at=max(self.now, self.events[-1].at if self.events else 0),
                kind=new.kind,
                version=new.version,
                actor=actor,
                command=None,
                body=read_json(body),
                hash=hashlib.sha256(before + body).digest(),
            )
            for part, private in enumerate(new.private):
                self.texts[pos, part] = read_json(canonical(private.text))
                self.subjects[pos, part] = private.subject
            self.blobs.update({(pos, part): blob for part, blob in enumerate(new.blobs)})
            self.guards.difference_update(new.frees)
            assert self.guards.isdisjoint(new.guards)
            self.guards.update(new.guards)
            self.set_timers(new.timers)
            self.events.append(event)
            self.state = self.machine.evolve(self.state, event)

    def with_seal(self, new: NewEvent) -> NewEvent:
        """The pair of a closed voting, and a salt, the same in every run."""
        if new.salted:
            new = replace(new, body={**new.body, "salt": "5a" * 32})
        if new.breaks is not None:
            del self.secrets[new.breaks]
        if new.seals is None:
            return new
        secret = hashlib.sha256(b"seal %d" % new.seals).digest()
        self.secrets[new.seals] = secret
        return replace(new, body={**new.body, "seal_public_key": public_half(secret).hex()})

    def set_timers(self, timers: Mapping[str, int | None]) -> None:
        for name, due_at in timers.items():
            self.timers.pop(name, None)
            if due_at is not None:
                self.timers[name] = due_at

    def refold(self) -> Meeting:
        state = self.machine.initial()
        for event in self.events:
            state = self.machine.evolve(state, event)
        return state

    # --- what tests say ---

    def by_organizer(self, command: Command) -> Decision:
        return self.submit(ORGANIZER, command)

    def refused(self, actor: str, command: Any, **facts: Any) -> Refused:
        """The refusal that the command meets."""
        with pytest.raises(Refused) as said:
            self.submit(actor, command, **facts)
        return said.value

    def code(self, actor: str, command: Any, **facts: Any) -> str:
        return self.refused(actor, command, **facts).code

    @property
    def status(self) -> str:
        return str(self.state.status)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def test_ballot(self, person: str, /, **changes: Any) -> TrySigning:
        content = {"kind": "test", "meeting": self.state.id, "person": person, "nonce": "0" * 32, **changes}
        ballot = signed(SignedBallot(canonical(content)), person)
        assert ballot.signature is not None
        return TrySigning(ballot.content, ballot.signature, "soft")

    def start(self, question: str, duration_s: int | None = None) -> int:
        """Open a voting by the organizer; its number."""
        return int(self.by_organizer(StartVoting(question, duration_s)).answer["voting"])

    def a_cast(self, number: int, creditor: str, /, *choices: str, **changes: Any) -> Cast:
        return self.command(number, self.ballot(number, creditor, *choices, **changes))

    def command(self, number: int, *ballots: SignedBallot) -> Cast:
        """With the code, where codes sign."""
        is_simple = self.state.the_card.signature_policy == "simple"
        return Cast(number, list(ballots), GOOD_CODE if is_simple else None)

    def decide(self, question: str, *votes_for: str) -> int:
        """A whole voting in which these creditors are for; its number."""
        voting = self.start(question)
        for creditor in votes_for:
            self.cast(voting, creditor, "for")
        self.finish(voting)
        return voting

    def ballot(self, number: int, creditor: str, /, *choices: str, **changes: Any) -> SignedBallot:
        opened = self.state.votings[number]
        question = self.state.questions[opened.question]
        content = BallotContent(
            meeting=self.state.id,
            question=question.id,
            voting=number,
            creditor=creditor,
            weight_kopecks=str(self.state.weights(opened).get(creditor, 0)),
            wording_sha256=question.wording_sha256,
            register_sha256=opened.register_sha256,
            electorate_sha256=opened.electorate_sha256,
            nonce=hashlib.sha256(f"{number}{creditor}{choices}".encode()).hexdigest()[:32],
            choices=list(choices) or None,
            distribution=changes.pop("distribution", None),
        )
        values = {name: getattr(content, name) for name in content.__struct_fields__}
        ballot = SignedBallot(canonical({**values, **changes}))
        return (
            signed(ballot, person_of(creditor))
            if self.state.the_card.signature_policy == "qualified"
            else ballot
        )

    def cast(self, voting: int, creditor: str, *choices: str, **facts: Any) -> Decision:
        ballot = self.ballot(voting, creditor, *choices)
        return self.submit(person_of(creditor), self.command(voting, ballot), **facts)

    def ballots_of(self, voting: int) -> dict[str, bytes]:
        """What the service reads for the count."""
        opened = self.state.votings[voting]
        return dict(unsealed(self.state, opened, self.secrets.get(voting), self.blobs))

    def outside(self, voting: int) -> dict[str, Any]:
        """What the service brings to a count; nothing where there is nothing to count."""
        if not is_countable(self.state, voting):
            return {}
        return {"ballots": self.ballots_of(voting), "seal_secret": self.secrets.get(voting)}

    def seen(self, role: Role) -> dict[str, Any]:
        """The map of a class."""
        return dict(view(self.state, self.texts, role))

    def table(self, voting: int) -> TableView:
        """By name, as it goes by HTTP."""
        return table_view(self.state, self.texts, self.state.votings[voting])

    def mine(self, person: str) -> dict[str, Any]:
        """`me` of a person."""
        return dict(me(self.state, self.texts, person))

    def close(self, voting: int) -> Decision:
        self.now = max(self.now, self.state.votings[voting].admit_until)
        return self.submit(SYSTEM, Close(voting))

    def count(self, voting: int) -> Decision:
        return self.submit(SYSTEM, Count(voting), outside=self.outside(voting))

    def finish(self, voting: int) -> None:
        self.close(voting)
        self.count(voting)


def read_json(body: bytes) -> Any:
    return json.loads(body)


def a_meeting(
    *questions: DraftQuestion,
    creditors: tuple[DraftLine, ...] = (),
    until: str = "running",
    present: tuple[str, ...] | None = None,
    representatives: Mapping[str, tuple[str, ...]] | None = None,
    policy: SignaturePolicy = "off",
    shortest_s: int = 10,
    **card: Any,
) -> Log:
    """A meeting founded from a draft: three creditors of 50, 30 and 20 roubles unless told otherwise.

    `until` is draft, convened or running; `present` are creditors who attend by their own links (all by default).
    `representatives` maps a person to creditors; everybody else has the own link `p_<creditor>`.
    """
    lines = creditors or (a_creditor("A", 50_00), a_creditor("B", 30_00), a_creditor("C", 20_00))
    draft = DraftMeeting(
        a_card(**card),
        questions or (a_question("q1"),),
        lines,
        signature_policy=policy,
        basis=BASIS if policy == "simple" else None,
        shortest_s=shortest_s,
    )
    log = Log()
    for command in founding("m_1", draft, admissions(lines, representatives or {})):
        log.submit(SYSTEM, command)
    if until != "draft":
        log.by_organizer(Convene())
    if until == "running":
        if log.state.the_card.form != "absentee":
            attend(log, *(present if present is not None else tuple(line.creditor for line in lines)))
        log.by_organizer(OpenMeeting())
    return log


def attend(log: Log, *creditors: str) -> None:
    for creditor in creditors:
        log.submit(person_of(creditor), Attend([creditor]))


def admissions(
    lines: tuple[DraftLine, ...], representatives: Mapping[str, tuple[str, ...]]
) -> list[Admission]:
    own = [
        Admission(
            person_of(line.creditor),
            "participant",
            line.name,
            (line.creditor,),
            () if line.representative and not line.may_vote_settlement else (line.creditor,),
            phone=line.phone,
        )
        for line in lines
    ]
    others = [Admission(p, "participant", p, creditors) for p, creditors in representatives.items()]
    staff = [
        Admission(ORGANIZER, "organizer", "Иванов Иван"),
        Admission(REGISTRAR, "registrar", "Помощник"),
        Admission(OBSERVER, "observer", "Наблюдатель"),
        Admission(SCREEN, "screen", "Экран"),
    ]
    return [*own, *others, *staff]
