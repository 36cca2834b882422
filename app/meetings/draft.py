"""What an import yields and a new meeting is founded on: card, agenda, register lines; values, no files, no rows."""

from dataclasses import dataclass
from typing import Literal

from app.kernel.clock import Micros

Procedure = Literal[
    "observation", "financial_recovery", "external_management", "liquidation", "restructuring", "realisation"
]

SignaturePolicy = Literal["qualified", "simple", "off"]
"""How a ballot is signed: by a qualified certificate, by a code from an SMS, or (in development only) not at all."""

BasisKind = Literal["decision", "agreement"]


@dataclass(frozen=True, slots=True)
class Basis:
    """Why a code from an SMS may stand for a signature: a decision of the creditors or their agreement, and which document."""

    kind: BasisKind
    document: str


@dataclass(frozen=True, slots=True)
class Card:
    """The short card of a meeting. `ends_at` is the deadline for ballots of absentee and mixed forms."""

    debtor: str
    debtor_inn: str | None
    case_no: str
    court: str
    procedure: Procedure
    form: Literal["in_person", "absentee", "mixed"]
    repeated: bool
    starts_at: Micros
    ends_at: Micros | None
    place: str
    organizer_name: str
    organizer_phone: str
    organizer_email: str | None
    timezone: str = "Europe/Moscow"
    debtor_address: str | None = None
    """Printed in ballots."""


@dataclass(frozen=True, slots=True)
class DraftQuestion:
    """A question as the agenda file gives it. The topic decides the rule; only `threshold` brings its own numbers.

    `options` are variants of form № 2 or candidates, (id, text); `nested` come to the vote after an adopted parent.
    """

    id: str
    topic: str
    title: str
    wording: str
    secrecy: Literal["open", "closed"] = "open"
    duration_s: int = 180
    options: tuple[tuple[str, str], ...] = ()
    seats: int = 0
    threshold: tuple[int, int] | None = None
    base: Literal["register", "present"] | None = None
    strict: bool = True
    article: str | None = None
    nested: tuple["DraftQuestion", ...] = ()


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One creditor of the register of claims; sums in whole kopecks. `claim_kopecks` is without penalties.

    The representative, if any, gets the access link; creditors with the same representative share it. `snils` is his,
    or the creditor's own: of whoever will sign.
    """

    creditor: str
    name: str
    inn: str | None
    claim_kopecks: int
    secured_kopecks: int = 0
    penalties_kopecks: int = 0
    repaid_kopecks: int = 0
    repaid_secured_kopecks: int = 0
    order: int = 3
    late: bool = False
    pledge_waived: bool = False
    restricted_topics: tuple[str, ...] = ()
    email: str | None = None
    phone: str | None = None
    representative: str | None = None
    power_of_attorney: str | None = None
    may_vote_settlement: bool = False
    snils: str | None = None


@dataclass(frozen=True, slots=True)
class DraftMeeting:
    card: Card
    agenda: tuple[DraftQuestion, ...]
    register: tuple[DraftLine, ...]
    observers: tuple[str, ...] = ()
    """Names of persons who see the meeting as participants do and never vote."""
    signature_policy: SignaturePolicy = "off"
    basis: Basis | None = None
    """Asked for where ballots are signed by codes."""
    shortest_s: int = 10
    """No countdown is shorter."""
