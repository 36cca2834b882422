"""A case: one question or one packet with everything that its count needs, as golden and exported files hold it.

    {id, procedure, form, repeated, deadline?, question | packet, register, attendance, ballots}

A question is {rule, topic, …}; a packet node is {id, question, ballots, nested?, register?, attendance?}. Instead of
register, attendance and ballots a case may hold a `generator`. Other keys of a case are for its readers.
"""

from dataclasses import dataclass
from typing import Any

from tally.attendance import Attendance
from tally.ballots import Ballot
from tally.count import count
from tally.errors import TallyError
from tally.generator import checksum, read_generator
from tally.law import PROFILE
from tally.packet import PacketNode, count_packet
from tally.profile import LegalProfile
from tally.question import MeetingContext, Question
from tally.register import RegisterLine
from tally.result import TallyResult
from tally.shape import from_json, list_at, object_at

CONTEXT_KEYS = ("procedure", "form", "repeated", "deadline")
DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Case:
    """`asked` is a packet, or one question as a packet without children; `checksum` is that of a generated register."""

    id: str
    context: MeetingContext
    register: tuple[RegisterLine, ...]
    attendance: tuple[Attendance, ...]
    asked: PacketNode
    is_packet: bool
    checksum: dict[str, Any] | None = None


def read_case(value: Any) -> Case:
    """A case from parsed JSON. Raises `malformed` with the place."""
    given = object_at(value, "the case")
    case_id = given.get("id", "case")
    if not isinstance(case_id, str):
        raise TallyError("malformed", "id is not a text")
    context = from_json(MeetingContext, {key: given[key] for key in CONTEXT_KEYS if key in given}, "the case")
    if ("question" in given) == ("packet" in given):
        raise TallyError("malformed", "the case needs a question or a packet")
    if "packet" in given:
        register, attendance = _lines(given), _journal(given)
        return Case(case_id, context, register, attendance, _node(given["packet"], "packet"), True)
    question = _question(given["question"], case_id, "question")
    if "generator" in given:
        return _generated(case_id, context, question, given["generator"])
    asked = PacketNode(question, _ballots(given, "ballots"))
    return Case(case_id, context, _lines(given), _journal(given), asked, False)


def count_case(case: Case, profile: LegalProfile = PROFILE) -> dict[str, TallyResult]:
    """Question id → result, in the order of the packet; of a single question the only one."""
    asked, context = case.asked, case.context
    if case.is_packet:
        return count_packet(asked, context, case.register, case.attendance, profile)
    return {case.id: count(asked.question, context, case.register, case.attendance, asked.ballots, profile)}


def _generated(case_id: str, context: MeetingContext, question: Question, value: Any) -> Case:
    generator = read_generator(value, "generator")
    register = generator.register()
    asked = PacketNode(question, generator.ballots(question))
    return Case(case_id, context, register, generator.attendance(), asked, False, checksum(register))


def _node(value: Any, where: str, depth: int = 1) -> PacketNode:
    given = object_at(value, where)
    node_id = given.get("id")
    if not isinstance(node_id, str):
        raise TallyError("malformed", f"{where}.id is not a text")
    if depth > DEEPEST:
        raise TallyError("malformed", f"a packet is deeper than {DEEPEST}")
    nested = list_at(given.get("nested", []), f"{where}.nested")
    return PacketNode(
        question=_question(given.get("question"), node_id, f"{where}.question"),
        ballots=_ballots(given, f"{where}.ballots"),
        nested=tuple(_node(child, f"{where}.nested[{i}]", depth + 1) for i, child in enumerate(nested)),
        register=_lines(given, where) if "register" in given else None,
        attendance=_journal(given, where) if "attendance" in given else None,
    )


def _question(value: Any, default_id: str, where: str) -> Question:
    return from_json(Question, {"id": default_id, **object_at(value, where)}, where)


def _lines(given: dict[str, Any], where: str = "case") -> tuple[RegisterLine, ...]:
    lines = list_at(given.get("register"), f"{where}.register")
    return tuple(from_json(RegisterLine, line, f"{where}.register[{i}]") for i, line in enumerate(lines))


def _journal(given: dict[str, Any], where: str = "case") -> tuple[Attendance, ...]:
    lines = list_at(given.get("attendance", []), f"{where}.attendance")
    return tuple(from_json(Attendance, line, f"{where}.attendance[{i}]") for i, line in enumerate(lines))


def _ballots(given: dict[str, Any], where: str) -> tuple[Ballot, ...]:
    ballots = list_at(given.get("ballots", []), where)
    return tuple(from_json(Ballot, ballot, f"{where}[{i}]") for i, ballot in enumerate(ballots))
