"""A packet question: nested questions come to the vote only after an adopted parent.

Every nested question is a decision of its own (ГК РФ, art. 181.2 p. 2): a failed one stops its own children,
never its siblings, and does not undo the parent.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tally.attendance import Attendance
from tally.ballots import Ballot
from tally.count import count, not_put_to_vote
from tally.errors import TallyError
from tally.law import PROFILE
from tally.profile import LegalProfile
from tally.question import MeetingContext, Question
from tally.register import RegisterLine
from tally.result import TallyResult


@dataclass(frozen=True, slots=True)
class PacketNode:
    """A question of a packet with its ballots; its own `register` or `attendance` holds for its children too."""

    question: Question
    ballots: tuple[Ballot, ...] = ()
    nested: tuple["PacketNode", ...] = ()
    register: tuple[RegisterLine, ...] | None = None
    attendance: tuple[Attendance, ...] | None = None


def count_packet(
    packet: PacketNode,
    context: MeetingContext,
    register: Iterable[RegisterLine],
    attendance: Iterable[Attendance],
    profile: LegalProfile = PROFILE,
) -> dict[str, TallyResult]:
    """Question id → result, a parent before its children, in the order of the packet."""
    ids = [node.question.id for node in _all_nodes(packet)]
    if len(set(ids)) < len(ids):
        raise TallyError("malformed", "a packet names a question twice")
    return _counted(packet, context, tuple(register), tuple(attendance), profile)


def _counted(
    node: PacketNode,
    context: MeetingContext,
    register: tuple[RegisterLine, ...],
    attendance: tuple[Attendance, ...],
    profile: LegalProfile,
) -> dict[str, TallyResult]:
    register = register if node.register is None else node.register
    attendance = attendance if node.attendance is None else node.attendance
    result = count(node.question, context, register, attendance, node.ballots, profile)
    results = {node.question.id: result}
    for child in node.nested:
        if result.adopted:
            results.update(_counted(child, context, register, attendance, profile))
        else:
            results.update(_not_put(child, context, profile))
    return results


def _not_put(node: PacketNode, context: MeetingContext, profile: LegalProfile) -> dict[str, TallyResult]:
    return {
        below.question.id: not_put_to_vote(below.question, context, profile) for below in _all_nodes(node)
    }


def _all_nodes(node: PacketNode) -> Iterator[PacketNode]:
    yield node
    for child in node.nested:
        yield from _all_nodes(child)
