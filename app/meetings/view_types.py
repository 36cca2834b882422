"""What clients see: the value of every key of a view. Pure data; who sees which key stands in `view.py`.

Keys (values in brackets, one Struct each):
    meeting                       [MeetingView]     all classes
    agenda                        [list of question ids, depth first]  all classes
    attendance                    [AttendanceView]  all classes
    quorum/<electorate>           [QuorumView]      all classes; of questions that may still be put, named by the first of them
    question/<id>                 [QuestionView]    all classes
    voting/<n>                    [VotingView]      all classes; running votings and the last of each question
    result/<n>                    [ResultView]      all classes, after `voting_counted`
    creditor/<id>                 [CreditorView]    organizer, registrar
    missed/<n>                    [MissedView]      organizer, registrar
    alarm                         [AlarmView]       organizer, registrar; when part of the log was lost
    doubts                        [DoubtsView]      organizer, registrar; ballots under a certificate in another name
    damaged                       [DamagedView]     organizer, registrar; while unreadable ballots stop a count
    deferred                      [DeferredView]    organizer, registrar; ballots whose lists of revoked certificates are awaited
    revoked                       [RevokedView]     organizer, registrar; ballots whose certificates were found revoked
    next                          [NextStep]        organizer
    instructions keys of `me`:
    person                        [PersonView]      who I am here
    readiness                     [MyReadiness]     where ballots are signed: can I sign one
    creditor/<id>                 [MyCreditor]      for whom I vote
    right/<n>/<creditor>          [RightView]       running votings
    ballot/<n>/<creditor>         [MyBallot]        running votings and the last counted
`soft` (never in a map): {"online": int, "degraded": bool} and, for staff,
"online_creditors": [creditor ids], "signing": {voting: how many say that they are signing for it}
"""

from typing import Literal

import msgspec

from app.meetings.commands import Id, Kopecks, Millis
from app.signatures.outlook import OutlookReason

MeetingStatus = Literal["draft", "convened", "running", "recess", "ended", "failed", "cancelled", "postponed"]
LeakMethod = Literal["all", "sample", "bound", "none"]
QuestionState = Literal[
    "waiting",
    "waiting_parent",
    "voting",
    "closing",
    "counting",
    "decided",
    "no_quorum",
    "withdrawn",
    "barred",
    "not_put_to_vote",
]
VotingState = Literal["open", "stopped", "closed", "counted", "cancelled"]
Secrecy = Literal["open", "closed"]
Form = Literal["in_person", "absentee", "mixed"]
QuestionKind = Literal["yes_no", "choice", "cumulative"]


class View(msgspec.Struct, frozen=True, omit_defaults=False):
    """The base of values."""


class Contact(View, frozen=True):
    name: str
    phone: str | None
    email: str | None = None


class QuorumView(View, frozen=True):
    """Arithmetic of quorum; `share_percent` is truncated, never rounded: "49,99"."""

    present_kopecks: Kopecks
    total_kopecks: Kopecks
    share_percent: str
    held: bool
    rule: str
    explanation: str


class MeetingView(View, frozen=True):
    id: Id
    status: MeetingStatus
    form: Form
    repeated: bool
    procedure: str
    debtor: str
    case_no: str
    court: str
    place: str
    starts_at_ms: Millis
    organizer: Contact
    signature_policy: Literal["qualified", "simple", "off"]
    shortest_s: int
    tolerance_ms: int
    profile_version: str
    register_sha256: str
    creditors_total: int
    opened_at_ms: Millis | None = None
    ended_at_ms: Millis | None = None
    recess_until_ms: Millis | None = None
    reason: str | None = None
    timezone: str = "Europe/Moscow"
    basis: str | None = None


class NotReadyRow(View, frozen=True):
    """`reason` is a code: `not_tried`, a verdict of the verifier, how the owner differs, `cert_ends_before`, `power_of_attorney_missing`, `no_phone`;
    of who is ready and marked, `same_name`, `local_key_warned`.
    """

    person: Id
    name: str
    reason: str


class ReadinessView(View, frozen=True):
    """Who has signed a test ballot with a certificate that will do on the day of the meeting.

    `reasons`: how many persons each reason holds up; `rest`: at most 200 of them, those with the most votes first.
    """

    ready: int
    expected: int
    reasons: dict[str, int]
    rest: list[NotReadyRow]


class MyReadiness(View, frozen=True):
    """`reason` None: ready. `tried_at_ms` None: no test ballot was signed yet. `phone`, masked: where codes go.

    `phone_changed_at_ms`: when the organizer or the registrar put another number there.
    """

    reason: str | None
    tried_at_ms: Millis | None
    phone: str | None = None
    phone_changed_at_ms: Millis | None = None


class PhoneView(View, frozen=True):
    """Where codes of a participant go, masked; None: nowhere."""

    person: Id
    name: str
    phone: str | None


class AttendanceView(View, frozen=True):
    """Who has come. `electorate` names the best quorum among the questions that may be put now: the key `quorum/…`."""

    creditors_present: int
    electorate: Id | None
    may_open: bool
    may_open_reason: str | None


class OptionView(View, frozen=True):
    """An option or a candidate; for yes_no questions: for, against, abstain."""

    id: Id
    text: str


class QuestionView(View, frozen=True):
    """`number` is "3.1"; `wording` is the decision put to the vote.

    `quorum` is that of the opening while it is voted, of the count afterwards; before, it stands in `quorum/<electorate>`.
    """

    id: Id
    number: str
    parent: Id | None
    nested: list[Id]
    title: str
    wording: str
    wording_sha256: str
    topic: str
    topic_text: str
    rule: str
    rule_text: str
    article: str
    kind: QuestionKind
    options: list[OptionView]
    seats: int
    secrecy: Secrecy
    duration_s: int
    state: QuestionState
    voting: int | None
    quorum: QuorumView | None
    electorate: Id | None
    outcome: str | None = None
    outcome_text: str | None = None
    adopted: bool | None = None
    reason: str | None = None


class VotingView(View, frozen=True):
    """`deadline_ms` is D; a vote is in time until D + tolerance. `voted` counts creditors and their kopecks, no choices."""

    voting: int
    question: Id
    state: VotingState
    opened_at_ms: Millis
    deadline_ms: Millis
    tolerance_ms: int
    register_sha256: str
    electorate_sha256: str
    electorate: int
    voted: int
    voted_kopecks: Kopecks
    electorate_kopecks: Kopecks
    prolonged: int
    missed: int = 0
    reason: str | None = None


class OptionTotal(View, frozen=True):
    id: str
    text: str
    kopecks: Kopecks
    percent: str
    creditors: int


class ResultView(View, frozen=True):
    """The decision with its arithmetic. `threshold_percent` places the tick on the bars, if the rule has one."""

    voting: int
    question: Id
    outcome: str
    outcome_text: str
    adopted: bool
    totals: list[OptionTotal]
    denominator_kopecks: Kopecks | None
    share: str | None
    share_percent: str | None
    threshold_percent: str | None
    chosen: list[str]
    tied: list[str]
    unfilled_seats: int
    secured_not_for: list[str]
    quorum: QuorumView
    article: str
    explanation: str
    profile_version: str
    input_sha256: str
    counted_at_ms: Millis


class TableRow(View, frozen=True):
    creditor: Id
    name: str
    weight_kopecks: Kopecks
    mark: str
    channel: Literal["electronic", "paper", "none"]


class LeakView(View, frozen=True):
    """By HTTP, before a closed voting is begun: the share of creditors whose choice one exact sum will tell.

    `method`: all outcomes were looked at, a sample of them, only a lower bound is known, or nothing is computed.
    """

    question: Id
    creditors: int
    exposed_percent: str
    method: LeakMethod
    text: str


class TableView(View, frozen=True):
    """Who voted how, by HTTP only: no key of a map, for nobody looks at a thousand rows unasked."""

    voting: int
    question: Id
    rows: list[TableRow]


class PaperView(View, frozen=True):
    """A paper ballot in a voting that is not counted yet, with the votes it carries there."""

    voting: int
    weight_kopecks: Kopecks
    pool_kopecks: Kopecks
    is_read: bool


class CreditorView(View, frozen=True):
    """A creditor for the console and the registrar's desk. `voted` lists running votings with a live ballot: no choices."""

    id: Id
    name: str
    inn: str | None
    order: int
    claim_kopecks: Kopecks
    secured_kopecks: Kopecks
    weight_kopecks: Kopecks
    share_percent: str
    present: bool
    representative: str | None
    registered_at_ms: Millis | None
    registered_by: Literal["self", "desk"] | None
    left_at_ms: Millis | None
    documents: str | None
    voted: list[int]
    papers: list[PaperView]


class MissedRow(View, frozen=True):
    creditor: Id
    name: str
    received_at_ms: Millis


class MissedView(View, frozen=True):
    voting: int
    rows: list[MissedRow]
    undrained: int
    workers_lost: int
    max_lag_ms: int


class UnrecordedRow(View, frozen=True):
    """Who holds a receipt whose record is gone."""

    person: Id
    name: str
    pos: int


class AlarmView(View, frozen=True):
    """Part of the log was lost. `lost` records at least, 0 when nobody knows how many."""

    restored_at_ms: Millis | None
    lost: int
    unrecorded: list[UnrecordedRow]


class DoubtedBallot(View, frozen=True):
    """`number` is the question's."""

    voting: int
    number: str
    creditor: Id
    name: str
    received_at_ms: Millis


class DoubtedOwner(View, frozen=True):
    """СНИЛС is equal, the name is not: `name` is the register's, `certificate_name` the certificate's."""

    person: Id
    name: str
    certificate_name: str
    thumbprint: str
    serial: str
    ballots: list[DoubtedBallot]


class DoubtsView(View, frozen=True):
    """Ballots that are not counted before the organizer has decided whose certificate it is."""

    owners: list[DoubtedOwner]


class DamagedRow(View, frozen=True):
    """A stored ballot that its count could not read; `set_aside` is the reason to count without it."""

    voting: int
    number: str
    creditor: Id
    name: str
    why: Literal["missing", "unreadable", "other"]
    received_at_ms: Millis
    found_at_ms: Millis
    set_aside: str | None


class DamagedView(View, frozen=True):
    rows: list[DamagedRow]


class BallotRow(View, frozen=True):
    """A ballot by its voting and its creditor."""

    voting: int
    number: str
    creditor: Id
    name: str


class DeferredView(View, frozen=True):
    """Whether their certificates were revoked is still to be looked at; `rows` is at most 200 of the `ballots`.

    The minutes wait until `until_ms`; None: the meeting is not over, or the organizer does not wait (`hurried_at_ms`).
    """

    ballots: int
    until_ms: Millis | None
    hurried_at_ms: Millis | None
    reason: str | None
    rows: list[BallotRow]


class RevokedView(View, frozen=True):
    """Their certificates were found revoked; `rows` is at most 200 of the `ballots`."""

    ballots: int
    rows: list[BallotRow]


class UncheckedRow(View, frozen=True):
    """By HTTP: unchecked ballots of a voting; `may_change` None: it is not counted."""

    voting: int
    number: str
    ballots: int
    kopecks: Kopecks
    may_change: bool | None
    text: str


class RevokedRow(View, frozen=True):
    """By HTTP: ballots of a voting with revoked certificates; `changes`: the count without them has another outcome; None: it is not counted."""

    voting: int
    number: str
    ballots: int
    kopecks: Kopecks
    changes: bool | None
    text: str


class UncheckedView(View, frozen=True):
    """What the minutes would leave open if they were written now, and what they would say of revoked certificates."""

    rows: list[UncheckedRow]
    revoked: list[RevokedRow]


class AuthorityRow(View, frozen=True):
    """An authority, what is wrong with it by the day of the meeting, since or until when, and whom it concerns."""

    name: str
    reason: OutlookReason
    until_ms: Millis | None
    participants: list[str]


class TrustOutlook(View, frozen=True):
    """By HTTP, for it looks at a clock and at lists that are no part of the meeting."""

    rows: list[AuthorityRow]


class NextStep(View, frozen=True):
    """The one step the console suggests. `op` is a command's name or null when there is only waiting."""

    op: str | None
    text: str
    question: Id | None = None
    voting: int | None = None


class PersonView(View, frozen=True):
    person: Id
    role: Literal["organizer", "registrar", "participant", "observer", "screen"]
    name: str


class MyCreditor(View, frozen=True):
    id: Id
    name: str
    weight_kopecks: Kopecks
    share_percent: str
    present: bool
    may_vote_settlement: bool


class RightView(View, frozen=True):
    """May this creditor vote in this voting by my hand? If not, `code` and a sentence say why."""

    voting: int
    creditor: Id
    may_vote: bool
    weight_kopecks: Kopecks
    pool_kopecks: Kopecks
    code: str | None = None
    reason: str | None = None


class Receipt(View, frozen=True):
    """Signed by the server's Ed25519 key over the canonical JSON of the other fields; hex."""

    topic: str
    epoch: str
    pos: int
    hash: str
    key: str
    signature: str


class MyBallot(View, frozen=True):
    voting: int
    creditor: Id
    received_at_ms: Millis
    ballot_sha256: str
    receipt: Receipt | None
    channel: Literal["electronic", "paper"]
    annulled: bool = False
    annul_reason: str | None = None
    set_aside: str | None = None
    """Why it is counted without: its stored bytes cannot be read."""
