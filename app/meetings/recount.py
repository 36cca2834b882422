"""The input of a count as `python -m tally count` reads it, so that anybody recounts: ids and kopecks, no names."""

from typing import Any

from app.meetings.counting import attendance_of
from app.meetings.legal import context_of, tally_question
from app.meetings.model import Meeting, Opened
from tally import Ballot
from tally.shape import to_json


def recount(meeting: Meeting, number: int) -> dict[str, Any]:
    """Of a counted voting; its result must have the recorded `input_sha256`, where one is recorded."""
    voting = meeting.votings[number]
    question = meeting.questions[voting.question]
    ballots = tuple(
        Ballot(creditor, mark.choices, mark.distribution, received_at=voting.ballots[creditor].received_at)
        for creditor, mark in meeting.opened.get(number, Opened()).marks.items()
    )
    return {
        "id": question.number,
        **to_json(context_of(meeting.the_card, voting.admit_until)),
        "question": to_json(tally_question(question)),
        "register": to_json(tuple(meeting.registers[voting.register_version].lines.values())),
        "attendance": to_json(tuple(attendance_of(voting))),
        "ballots": to_json(ballots),
    }
