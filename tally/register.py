"""The register of claims: who votes on a question, and with how many kopecks.

Law: 127-ФЗ, art. 12 pp. 1 and 3; the readings and how sure they are stand in `law.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tally.errors import TallyError
from tally.money import check_kopecks
from tally.profile import LegalProfile
from tally.question import MeetingContext, Question
from tally.rules import needs_all_secured

VOTING_PRIORITY = 3
AMOUNTS = (
    "claim_kopecks",
    "secured_kopecks",
    "penalties_kopecks",
    "repaid_kopecks",
    "repaid_secured_kopecks",
)

SecuredVote = Literal["yes", "no", "if_waived"]


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One creditor on the date of the meeting, in whole kopecks.

    `claim_kopecks` is principal and contractual interest without penalties; `secured_kopecks` is a part of it.
    `repaid_kopecks` reduces the unsecured part, `repaid_secured_kopecks` the secured one. `order` is the priority of
    the claim, `late` means behind the register, `restricted_topics` are those on which the creditor may not vote.
    """

    id: str
    claim_kopecks: int
    secured_kopecks: int = 0
    penalties_kopecks: int = 0
    repaid_kopecks: int = 0
    repaid_secured_kopecks: int = 0
    order: int = VOTING_PRIORITY
    late: bool = False
    pledge_waived: bool = False
    restricted_topics: tuple[str, ...] = ()


def electorate(
    lines: Iterable[RegisterLine], question: Question, context: MeetingContext, profile: LegalProfile
) -> dict[str, int]:
    """Creditor → votes in kopecks on this question, in the order of the register, without those who have none."""
    lines = tuple(lines)
    check_register(lines)
    secured = _secured_vote(question, context, profile)
    may_vote = (line for line in creditors_of_meeting(lines) if question.topic not in line.restricted_topics)
    weights = {line.id: _weight(line, secured) for line in may_vote}
    return {creditor: weight for creditor, weight in weights.items() if weight > 0}


def creditors_of_meeting(lines: tuple[RegisterLine, ...]) -> tuple[RegisterLine, ...]:
    """Third-priority creditors in the register; those behind it only when everybody filed late (art. 142 p. 4)."""
    everybody_late = all(line.late for line in lines)
    return tuple(line for line in lines if line.order == VOTING_PRIORITY and line.late == everybody_late)


def outstanding_secured(line: RegisterLine) -> int:
    return line.secured_kopecks - line.repaid_secured_kopecks


def check_register(lines: tuple[RegisterLine, ...]) -> None:
    """Refuse wrong amounts and a creditor who has two lines."""
    seen: set[str] = set()
    for line in lines:
        if line.id in seen:
            raise TallyError("duplicate_creditor", line.id)
        seen.add(line.id)
        _check_amounts(line)


def _check_amounts(line: RegisterLine) -> None:
    for name in AMOUNTS:
        check_kopecks(getattr(line, name), f"{line.id}.{name}")
    if line.secured_kopecks > line.claim_kopecks:
        raise TallyError("secured_exceeds_claim", line.id)
    if line.repaid_secured_kopecks > line.secured_kopecks:
        raise TallyError("repaid_exceeds_claim", line.id)
    if line.repaid_kopecks > line.claim_kopecks - line.secured_kopecks:
        raise TallyError("repaid_exceeds_claim", line.id)


def _secured_vote(question: Question, context: MeetingContext, profile: LegalProfile) -> SecuredVote:
    """Whether the secured part of a claim votes: by the procedure, the topic, and always where its consent is needed."""
    procedure = profile.procedure(context.procedure).secured_votes
    topic = profile.secured_votes_on(question.topic)
    if needs_all_secured(question, profile) or topic == "everywhere" or procedure == "always":
        return "yes"
    if procedure == "if_waived":
        return "if_waived"
    return "yes" if topic == "listed" else "no"


def _weight(line: RegisterLine, secured: SecuredVote) -> int:
    unsecured = line.claim_kopecks - line.secured_kopecks - line.repaid_kopecks
    secured_part_votes = {"yes": True, "if_waived": line.pledge_waived, "no": False}[secured]
    return unsecured + (outstanding_secured(line) if secured_part_votes else 0)
