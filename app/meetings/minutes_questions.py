"""The questions of the minutes in the agenda's order, each with its votings; in what order they were really put to the vote."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.meetings.agenda import state_of
from app.meetings.joins import Texts, option_names, reason_of, text_of
from app.meetings.minutes_row import Row
from app.meetings.minutes_votings import VotingSection, voting_section
from app.meetings.model import Meeting, Question
from app.meetings.texts.minutes import MINUTES
from app.meetings.texts.moments import moment
from app.meetings.texts.words import GONE, QUESTION_STATES, SECRECY, VOTING_STATES, rule_text, topic_text
from tally.money import rubles


@dataclass(frozen=True, slots=True)
class QuestionSection:
    number: str
    title: str
    wording: str
    facts: tuple[Row, ...]
    votings: tuple[VotingSection, ...]


def question_section(meeting: Meeting, texts: Texts, question: Question, whole: bool) -> QuestionSection:
    named = whole or question.secrecy == "open"
    text = text_of(texts, question.text)
    votings = (voting for voting in meeting.votings.values() if voting.question == question.id)
    return QuestionSection(
        number=question.number,
        title=text.get("title", GONE),
        wording=text.get("wording", GONE),
        facts=tuple(question_rows(meeting, texts, question)),
        votings=tuple(voting_section(meeting, texts, question, voting, named) for voting in votings),
    )


def question_rows(meeting: Meeting, texts: Texts, question: Question) -> Iterator[Row]:
    yield Row(MINUTES["topic"], (topic_text(question.topic),))
    yield Row(MINUTES["rule"], (f"{rule_text(question.rule)} ({question.article})",))
    yield Row(MINUTES["secrecy"], (SECRECY[question.secrecy],))
    if question.kind != "yes_no":
        names = [name for id, name in option_names(texts, question).items() if id != "abstain"]
        yield Row(MINUTES["options"], ("; ".join(names),))
    yield Row(MINUTES["state"], (QUESTION_STATES[state_of(meeting, question)],))
    if question.stage == "no_quorum" and question.present_kopecks is not None:
        sums = rubles(question.present_kopecks), rubles(question.total_kopecks or 0)
        yield Row(MINUTES["quorum"], (MINUTES["present_of"].format(*sums),))
    if question.reason is not None:
        yield Row(MINUTES["reason"], (reason_of(texts, question.reason) or GONE,))


def order_rows(meeting: Meeting) -> Iterator[Row]:
    """The order in which questions were really put to the vote."""
    zone = meeting.the_card.timezone
    for voting in meeting.votings.values():
        number = meeting.questions[voting.question].number
        yield Row(moment(voting.opened_at, zone, seconds=True), (number, VOTING_STATES[voting.state]))
