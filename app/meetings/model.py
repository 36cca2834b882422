"""The state of one meeting as its log tells it: frozen values; ids, kopecks and hashes, never a name or a choice.

Names, wordings and reasons lie beside the log as private texts; the state keeps where (`Ref`), `view.py` joins them.
A `Voting` has no field for a choice: what the ballots say appears in `Opened`, and only after the closing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.kernel.clock import Micros
from app.meetings.draft import BasisKind, Procedure, SignaturePolicy
from app.meetings.view_types import Form, MeetingStatus, QuestionKind, Secrecy, VotingState
from tally import RegisterLine

Ref = tuple[int, int]
"""Where a private text lies: (position of the event, part)."""

Role = Literal["organizer", "registrar", "participant", "observer", "screen"]
Channel = Literal["electronic", "paper"]
RevocationState = Literal["checked", "deferred", "off", "revoked"]
DamageKind = Literal["missing", "unreadable", "other"]
"""No bytes at all; sealed bytes that do not open; bytes with another hash than the log's."""
Stage = Literal["waiting", "voting", "closing", "counting", "decided", "no_quorum", "withdrawn", "barred"]
"""Where a question itself stands; what its parent does to it is told by `agenda.state_of`."""

SYSTEM = "system"
"""The actor of commands that nobody sends: founding and timers."""


@dataclass(frozen=True, slots=True)
class Card:
    procedure: Procedure
    form: Form
    repeated: bool
    starts_at: Micros
    ends_at: Micros | None
    timezone: str
    signature_policy: SignaturePolicy
    basis: BasisKind | None
    shortest_s: int
    profile_version: str
    text: Ref


@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """One version of the register of claims. Compared by identity, so that an electorate is computed once."""

    version: int
    sha256: str
    lines: Mapping[str, RegisterLine]


@dataclass(frozen=True, slots=True)
class Correction:
    creditor: str
    version: int
    at: Micros
    reason: Ref


@dataclass(frozen=True, slots=True)
class Question:
    """`options` are variants or candidates; `voting` is the last one opened on it."""

    id: str
    number: str
    topic: str
    rule: str
    kind: QuestionKind
    article: str | None
    parent: str | None
    nested: tuple[str, ...]
    options: tuple[str, ...]
    seats: int
    threshold: tuple[int, int] | None
    base: Literal["register", "present"] | None
    strict: bool
    secrecy: Secrecy
    duration_s: int
    wording_sha256: str
    text: Ref
    stage: Stage = "waiting"
    voting: int | None = None
    outcome: str | None = None
    adopted: bool | None = None
    reason: Ref | None = None
    present_kopecks: int | None = None
    total_kopecks: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Who may act here. `settlement` lists creditors for whom the power names a settlement (art. 150).

    `phone` is where the number for codes is written: with the name, until it is changed.
    """

    id: str
    role: Role
    creditors: tuple[str, ...]
    settlement: frozenset[str]
    text: Ref
    phone: Ref


@dataclass(frozen=True, slots=True)
class PhoneChange:
    """Codes to a person go to another telephone; `before` is where the old number is written, `text` the new one and why."""

    person: str
    at: Micros
    by: str
    before: Ref
    text: Ref


@dataclass(frozen=True, slots=True)
class Presence:
    """Where a creditor stands by the registration journal now. `participant` is who votes here: a person's id or `desk:<creditor>`."""

    creditor: str
    participant: str
    by: Literal["self", "desk"]
    registered_at: Micros
    may_vote_settlement: bool
    represented: bool
    text: Ref | None
    left_at: Micros | None = None

    @property
    def present(self) -> bool:
        return self.left_at is None


@dataclass(frozen=True, slots=True)
class Act:
    """What was written into the journal and never changes; `register_version` is the register of that moment.

    Of a postponement there is no creditor, and `text` tells its reason: the journal begins anew.
    """

    kind: Literal["registered", "left", "postponed"]
    at: Micros
    register_version: int
    by: Literal["self", "desk"] = "desk"
    creditor: str | None = None
    text: Ref | None = None


@dataclass(frozen=True, slots=True)
class Roll:
    """Who was here when the meeting opened, went on after a recess or failed, by the register of that moment.

    `registered_kopecks` are general votes; present, total and `held` are of the best quorum of any question.
    """

    at: Micros
    registered: int
    registered_kopecks: int
    register_kopecks: int
    present_kopecks: int
    total_kopecks: int
    held: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """The last test ballot that a person signed. `not_after` is the end of the certificate, None when it could not be read.

    `issuer` is the name of the authority, "" when it could not be read or an earlier release recorded the trial.
    `is_local`: the key is in no carrier, and people are warned of it.
    """

    at: Micros
    way: str
    verdict: str
    owner_match: str
    is_deferred: bool
    not_after: Micros | None
    issuer: str
    is_local: bool


@dataclass(frozen=True, slots=True)
class Signed:
    """The signature under a ballot. `revocation` "deferred": whether the certificate was revoked is still to be looked at."""

    thumbprint: str
    serial: str
    owner_match: str
    algorithm: str | None
    demo: bool
    revocation: RevocationState


@dataclass(frozen=True, slots=True)
class Ballot:
    """That a creditor voted, never how. `pos` and `hash` are its event's; the receipt covers `receipt_pos`.

    `code_sent_at`: it was signed by a code from an SMS of that moment.
    """

    creditor: str
    channel: Channel
    person: str
    pos: int
    hash: bytes
    epoch: bytes
    receipt_pos: int
    received_at: Micros
    sha256: str | None
    signed: Signed | None = None
    code_sent_at: Micros | None = None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What the organizer decided once of a certificate in another name."""

    accepted: bool
    at: Micros
    reason: Ref


@dataclass(frozen=True, slots=True)
class Review:
    """A certificate with the person's СНИЛС and another name, looked at by the organizer; `text` holds that name.

    Every decision is kept, the last one stands.
    """

    person: str
    thumbprint: str
    serial: str
    at: Micros
    text: Ref
    decisions: tuple[Reviewed, ...] = ()

    @property
    def accepted(self) -> bool | None:
        """None: nobody has decided yet."""
        return self.decisions[-1].accepted if self.decisions else None


@dataclass(frozen=True, slots=True)
class Damage:
    """A stored ballot that the count could not read, and why; `reason`: why it is counted without."""

    creditor: str
    pos: int
    why: DamageKind
    at: Micros
    reason: Ref | None = None

    @property
    def is_set_aside(self) -> bool:
        return self.reason is not None


@dataclass(frozen=True, slots=True)
class Annulled:
    ballot: Ballot
    at: Micros
    reason: Ref


@dataclass(frozen=True, slots=True)
class Missed:
    """A vote that came in time and was not saved before the closing."""

    creditor: str
    person: str
    received_at: Micros


@dataclass(frozen=True, slots=True)
class Seal:
    """Of a closed voting: ballots are locked to `public_key` (hex) until the event at `closed_pos` is in the log."""

    public_key: str
    opened_pos: int
    closed_pos: int | None = None
    is_destroyed: bool = False


@dataclass(frozen=True, slots=True)
class Voting:
    """One start of a question. Register and weights are frozen at its opening; so is attendance, but in the mixed form.

    There the questions stay open for days while people come to the hall: `present` is taken again at the closing.
    """

    number: int
    question: str
    state: VotingState
    opened_at: Micros
    first_deadline: Micros
    deadline: Micros
    tolerance: Micros
    drain_max: Micros
    register_version: int
    register_sha256: str
    weights_sha256: str
    electorate_sha256: str
    present: Mapping[str, Presence]
    ballots: Mapping[str, Ballot] = field(default_factory=dict)
    annulled: tuple[Annulled, ...] = ()
    missed: tuple[Missed, ...] = ()
    damaged: Mapping[str, Damage] = field(default_factory=dict)
    prolonged: int = 0
    closed_at: Micros | None = None
    undrained: int = 0
    workers_lost: int = 0
    max_lag_ms: int = 0
    reason: Ref | None = None
    cause: str | None = None
    seal: Seal | None = None

    @property
    def admit_until(self) -> Micros:
        """A vote is in time when received not later than this: the deadline and its tolerance."""
        return self.deadline + self.tolerance

    @property
    def running(self) -> bool:
        return self.state in ("open", "stopped")

    @property
    def unfinished(self) -> bool:
        return self.state in ("open", "stopped", "closed")

    def counts_without(self, creditor: str) -> bool:
        """His stored ballot cannot be read, and the organizer has said to go on."""
        damage = self.damaged.get(creditor)
        return damage is not None and damage.is_set_aside


@dataclass(frozen=True, slots=True)
class Mark:
    """What one ballot says, known after the closing. No choices and no distribution: spoiled."""

    choices: tuple[str, ...] = ()
    distribution: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """What was read after a voting closed: paper by two readings, then every ballot by name."""

    first_readings: Mapping[str, Mark] = field(default_factory=dict)
    paper: Mapping[str, Mark] = field(default_factory=dict)
    marks: Mapping[str, Mark] = field(default_factory=dict)
    grounds: Mapping[str, str] = field(default_factory=dict)
    secured_not_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A recorded count; a fold never computes it again."""

    held: bool
    quorum_rule: str
    present_kopecks: int
    total_kopecks: int
    totals: Mapping[str, int]
    candidates: Mapping[str, int]
    denominator_kopecks: int | None
    share: str | None
    threshold: tuple[int, int] | None
    adopted: bool
    outcome: str
    chosen: tuple[str, ...]
    tied: tuple[str, ...]
    unfilled_seats: int
    single_creditor: bool
    article: str
    explanation: str
    profile_version: str
    input_sha256: str
    counted_at: Micros


@dataclass(frozen=True, slots=True)
class Recess:
    called_at: Micros
    until: Micros
    reason: Ref
    resumed_at: Micros | None = None


@dataclass(frozen=True, slots=True)
class Hurry:
    """The minutes are written without waiting for the lists that `ballots` ballots still need."""

    at: Micros
    ballots: int
    reason: Ref


@dataclass(frozen=True, slots=True)
class Restoration:
    """The log was found to be an older copy: it ended at `kept`, and `lost` more events had been seen (0: not known)."""

    at: Micros
    kept: int
    lost: int


@dataclass(frozen=True, slots=True)
class UnrecordedReceipt:
    """A receipt signed by us whose event the log does not hold."""

    person: str
    epoch: str
    pos: int
    hash: str
    at: Micros


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    """Everything a decision needs. Maps are replaced, never changed; questions stand in the agenda's order.

    Compared by identity, so that what is derived from one state (a quorum) is computed once.
    """

    id: str = ""
    status: MeetingStatus = "draft"
    card: Card | None = None
    pending: Mapping[str, RegisterLine] = field(default_factory=dict)
    registers: Mapping[int, Register] = field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()
    creditors: Mapping[str, Ref] = field(default_factory=dict)
    questions: Mapping[str, Question] = field(default_factory=dict)
    persons: Mapping[str, Person] = field(default_factory=dict)
    phone_changes: tuple[PhoneChange, ...] = ()
    trials: Mapping[str, Trial] = field(default_factory=dict)
    reviews: Mapping[str, Review] = field(default_factory=dict)
    attendance: Mapping[str, Presence] = field(default_factory=dict)
    journal: tuple[Act, ...] = ()
    rolls: tuple[Roll, ...] = ()
    electorates: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    votings: Mapping[int, Voting] = field(default_factory=dict)
    opened: Mapping[int, Opened] = field(default_factory=dict)
    results: Mapping[int, Result] = field(default_factory=dict)
    last_counted: int | None = None
    recesses: tuple[Recess, ...] = ()
    opened_at: Micros | None = None
    ended_at: Micros | None = None
    reason: Ref | None = None
    hurried: Hurry | None = None
    restorations: tuple[Restoration, ...] = ()
    unrecorded: tuple[UnrecordedReceipt, ...] = ()

    @property
    def is_over(self) -> bool:
        return self.status in ("ended", "failed", "cancelled")

    @property
    def register(self) -> Register:
        """The version that the next voting will use."""
        return self.registers[len(self.registers)]

    @property
    def the_card(self) -> Card:
        if self.card is None:
            raise LookupError("the meeting is not founded")
        return self.card

    def weights(self, voting: Voting) -> Mapping[str, int]:
        """Kopecks by creditor, frozen when the voting opened."""
        return self.electorates[voting.weights_sha256]
