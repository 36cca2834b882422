"""Commands of a meeting as they travel: one Struct an operation, `op` is the tag; imperative names."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Kopecks = Annotated[
    str, Meta(pattern=r"^(0|[1-9][0-9]{0,17})$", description="Whole kopecks as a decimal string.")
]
Id = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.:-]+$")]
Reason = Annotated[str, Meta(min_length=3, max_length=1000)]
Text = Annotated[str, Meta(max_length=1000)]
Millis = Annotated[int, Meta(ge=0, le=4_102_444_800_000, description="Milliseconds since 1970-01-01 UTC.")]
Voting = Annotated[int, Meta(ge=1, le=1_000_000)]

BALLOTS = 32
"""Ballots of one command at most."""

Distribution = Annotated[dict[Id, Kopecks], Meta(max_length=50)]


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="op"):
    """The base of all: the tag is the operation's name on the wire."""


# --- the organizer ---------------------------------------------------------------------------------------------


class Convene(Command, frozen=True, tag="convene"):
    """Draft → convened: the register and the agenda are fixed but for corrections with a reason."""


class OpenMeeting(Command, frozen=True, tag="open_meeting"):
    """Convened → running: not before its hour, and when at least one question has its quorum (127-ФЗ, art. 12 p. 4)."""


class StartVoting(Command, frozen=True, tag="start_voting"):
    """Open a voting on a question; also a repeated one after a cancelled or spoiled voting."""

    question: Id
    duration_s: Annotated[int, Meta(ge=10, le=86_400)] | None = None


class Prolong(Command, frozen=True, tag="prolong"):
    voting: Voting
    seconds: Annotated[int, Meta(ge=10, le=86_400)]


class StopVoting(Command, frozen=True, tag="stop_voting"):
    """Close now: the deadline becomes this moment."""

    voting: Voting


class CancelVoting(Command, frozen=True, tag="cancel_voting"):
    voting: Voting
    reason: Reason


class AnnulBallot(Command, frozen=True, tag="annul_ballot"):
    """Before closing only; frees the creditor's place."""

    voting: Voting
    creditor: Id
    reason: Reason


class ReviewOwner(Command, frozen=True, tag="review_owner"):
    """Another name in the certificate, an equal СНИЛС: is it the same person? The last decision stands."""

    person: Id
    thumbprint: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    accept: bool
    reason: Reason


class SetAsideDamaged(Command, frozen=True, tag="set_aside_damaged"):
    """Count without a stored ballot that cannot be read: it is listed, nobody knows its choice."""

    voting: Voting
    creditor: Id
    reason: Reason


class HurryMinutes(Command, frozen=True, tag="hurry_minutes"):
    """Write the minutes without waiting for the lists of revoked certificates."""

    reason: Reason


class WithdrawQuestion(Command, frozen=True, tag="withdraw_question"):
    question: Id
    reason: Reason


class BarQuestion(Command, frozen=True, tag="bar_question"):
    """A court act forbids the vote."""

    question: Id
    court: Annotated[str, Meta(min_length=3, max_length=300)]
    case_no: Annotated[str, Meta(min_length=1, max_length=60)]
    act_date: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Recess(Command, frozen=True, tag="recess"):
    until_ms: Millis
    reason: Reason


class Resume(Command, frozen=True, tag="resume"):
    """After a recess: attendance and register are looked at again."""


class Postpone(Command, frozen=True, tag="postpone"):
    starts_at_ms: Millis
    reason: Reason


class CancelMeeting(Command, frozen=True, tag="cancel_meeting"):
    reason: Reason


class DeclareFailed(Command, frozen=True, tag="declare_failed"):
    """No question has its quorum: the meeting did not take place, minutes of failure."""


class EndMeeting(Command, frozen=True, tag="end_meeting"):
    pass


class CorrectLine(Command, frozen=True, tag="correct_line"):
    """A line of the register changes by hand; the new register counts from the next voting on.

    Only what is given changes. Penalties never vote (127-ФЗ, art. 12 p. 3).
    """

    creditor: Id
    reason: Reason
    claim_kopecks: Kopecks | None = None
    secured_kopecks: Kopecks | None = None
    penalties_kopecks: Kopecks | None = None
    repaid_kopecks: Kopecks | None = None
    repaid_secured_kopecks: Kopecks | None = None
    order: Annotated[int, Meta(ge=1, le=4, description="Priority of the claim; the third votes.")] | None = (
        None
    )
    late: bool | None = None
    pledge_waived: bool | None = None
    restricted_topics: Annotated[list[Id], Meta(max_length=20)] | None = None


# --- the registrar's desk (the organizer may do it too) ------------------------------------------------------------


class RegisterPresent(Command, frozen=True, tag="register_present"):
    """Enter creditors into the registration journal, in person or by a representative."""

    creditors: Annotated[list[Id], Meta(min_length=1, max_length=200)]
    documents: Annotated[
        str, Meta(min_length=3, max_length=500, description="Documents seen, as the journal shows them.")
    ]
    representative: Annotated[str, Meta(min_length=3, max_length=200)] | None = None
    power_of_attorney: Annotated[str, Meta(max_length=300, description="Number, date, term.")] | None = None
    may_vote_settlement: bool = False


class RegisterDeparture(Command, frozen=True, tag="register_departure"):
    creditors: Annotated[list[Id], Meta(min_length=1, max_length=200)]


class ReceivePaper(Command, frozen=True, tag="receive_paper"):
    """A paper ballot was handed in; what it says is read after the closing."""

    voting: Voting
    creditor: Id


class ReadPaper(Command, frozen=True, tag="read_paper"):
    """One of two independent readings, or `spoiled`; the second must equal the first or both are read again."""

    voting: Voting
    creditor: Id
    reading: Annotated[int, Meta(ge=1, le=2)]
    choices: Annotated[list[Id], Meta(max_length=50)] = []
    distribution: Distribution | None = None
    spoiled: bool = False
    scan_sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")] | None = None


class ChangePhone(Command, frozen=True, tag="change_phone"):
    """Codes to this participant go to another telephone from now on."""

    person: Id
    phone: Annotated[str, Meta(min_length=5, max_length=40)]
    reason: Reason

    def __repr__(self) -> str:
        return f"ChangePhone(person={self.person!r}, ***)"


# --- the participant ---------------------------------------------------------------------------------------------


class Attend(Command, frozen=True, tag="attend"):
    """I am here, for these creditors (of those my access link names)."""

    creditors: Annotated[list[Id], Meta(min_length=1, max_length=200)]


class Leave(Command, frozen=True, tag="leave"):
    creditors: Annotated[list[Id], Meta(min_length=1, max_length=200)]


Container = Annotated[
    str, Meta(max_length=400, description="Unique name of the key's container, as the plug-in tells it.")
]


class SignedBallot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`bytes` on the wire is the canonical ballot (see `BallotContent`), `signature` a detached CMS or nothing.

    `carrier` is no part of what was asked: it goes to the examination and never into the queue.
    """

    content: Annotated[bytes, Meta(min_length=2, max_length=16_384)] = msgspec.field(name="bytes")
    signature: Annotated[bytes, Meta(max_length=32_768)] | None = None
    carrier: Container | None = None

    def __repr__(self) -> str:
        return "SignedBallot(***)"


class TrySigning(Command, frozen=True, tag="try_signing"):
    """A test ballot (see `TestBallot`) signed with the certificate that will be used; `way` is how it was signed."""

    content: Annotated[bytes, Meta(min_length=2, max_length=1024)] = msgspec.field(name="bytes")
    signature: Annotated[bytes, Meta(max_length=32_768)]
    way: Annotated[str, Meta(max_length=20, pattern=r"^[a-z_]*$")] = ""
    carrier: Container | None = None

    def __repr__(self) -> str:
        return f"TrySigning(way={self.way!r}, ***)"


class Cast(Command, frozen=True, tag="cast"):
    """Ballots of one person, one per creditor: all are accepted or none. `code` from an SMS signs all of them together."""

    voting: Voting
    ballots: Annotated[list[SignedBallot], Meta(min_length=1, max_length=BALLOTS)]
    code: Annotated[str, Meta(pattern=r"^[0-9]{6}$")] | None = None

    def __repr__(self) -> str:
        return f"Cast(voting={self.voting}, ***)"


# --- the server itself (nobody can send these) ---------------------------------------------------------------------


class Close(Command, frozen=True, tag="close"):
    voting: Voting


class Count(Command, frozen=True, tag="count"):
    voting: Voting


class ListReceipt(Command, frozen=True, tag="list_receipt"):
    """A person showed a receipt that we signed and that the log does not hold."""

    person: Id
    epoch: str
    pos: int
    hash: str


class BallotContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a ballot's bytes say: canonical JSON (sorted keys, no spaces, UTF-8, nothing omitted).

    `choices` for marks ("for", "against", "abstain" or option ids), `distribution` for cumulative votes
    (candidate → kopecks of the pool), the other one null. `nonce` is 32 hex digits made by the client.
    """

    meeting: Id
    question: Id
    voting: Voting
    creditor: Id
    weight_kopecks: Kopecks
    wording_sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    register_sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    electorate_sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    nonce: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]
    choices: Annotated[list[Id], Meta(max_length=50)] | None
    distribution: Distribution | None

    def __repr__(self) -> str:
        return f"BallotContent(voting={self.voting}, creditor={self.creditor!r}, ***)"


class TestBallot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a test ballot's bytes say, canonical like a ballot's: it names no voting, so nothing can count it."""

    kind: Literal["test"]
    meeting: Id
    person: Id
    nonce: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]


SENT_BY_PEOPLE = (
    Convene,
    OpenMeeting,
    StartVoting,
    Prolong,
    StopVoting,
    CancelVoting,
    AnnulBallot,
    ReviewOwner,
    SetAsideDamaged,
    HurryMinutes,
    WithdrawQuestion,
    BarQuestion,
    Recess,
    Resume,
    Postpone,
    CancelMeeting,
    DeclareFailed,
    EndMeeting,
    CorrectLine,
    RegisterPresent,
    RegisterDeparture,
    ReceivePaper,
    ReadPaper,
    ChangePhone,
    Attend,
    Leave,
    TrySigning,
    Cast,
)

WRITTEN = ("reason", "documents", "representative", "power_of_attorney", "court", "case_no")
"""Fields that hold what a person wrote, in any command: they are read in minutes."""
