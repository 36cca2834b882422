"""The count of a creditors' meeting under 127-ФЗ: pure functions over exact integers, standard library only."""

from tally import money
from tally.attendance import Attendance, Quorum, quorum
from tally.ballots import Ballot
from tally.count import count, not_put_to_vote
from tally.errors import TallyError
from tally.explain import explain, explain_quorum
from tally.law import PROFILE
from tally.money import percent
from tally.packet import PacketNode, count_packet
from tally.profile import LegalProfile
from tally.question import MeetingContext, Question
from tally.register import RegisterLine, electorate
from tally.result import TallyResult
from tally.rules import all_secured_for_topic, rule_for_topic
from tally.shape import from_json, to_json

__all__ = [
    "PROFILE",
    "Attendance",
    "Ballot",
    "LegalProfile",
    "MeetingContext",
    "PacketNode",
    "Question",
    "Quorum",
    "RegisterLine",
    "TallyError",
    "TallyResult",
    "all_secured_for_topic",
    "count",
    "count_packet",
    "electorate",
    "explain",
    "explain_quorum",
    "from_json",
    "money",
    "not_put_to_vote",
    "percent",
    "quorum",
    "rule_for_topic",
    "to_json",
]
