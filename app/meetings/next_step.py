"""The one step that the console suggests to the organizer; a hint, never a rule: `decide` judges all the same."""

from app.meetings.agenda import doubted_ballots, is_spoiled, papers_read, state_of, why_not_put
from app.meetings.model import Meeting, Question, Voting
from app.meetings.quorum import has_quorum, question_quorum
from app.meetings.texts.live import NEXT_STEPS
from app.meetings.view_types import NextStep


def next_step(meeting: Meeting) -> NextStep:
    if meeting.status == "draft":
        return step("convene", "convene")
    if meeting.status in ("convened", "postponed"):
        return before_opening(meeting)
    if meeting.status == "recess":
        return step("resume", "resume")
    if meeting.status == "running":
        return while_running(meeting)
    return step("over" if meeting.status == "ended" else meeting.status)


def before_opening(meeting: Meeting) -> NextStep:
    if meeting.the_card.form != "in_person":
        return step("open_absentee", "open_meeting")
    if has_quorum(meeting):
        lacking = next((q for q in meeting.questions.values() if lacks_quorum(meeting, q)), None)
        return step("open_meeting_partly" if lacking else "open_meeting", "open_meeting", lacking)
    return step("wait_quorum" if any(p.present for p in meeting.attendance.values()) else "wait_opening")


def lacks_quorum(meeting: Meeting, question: Question) -> bool:
    return is_to_put(meeting, question) and not question_quorum(meeting, question).held


def while_running(meeting: Meeting) -> NextStep:
    """Votings that are not finished first, then votings to repeat, then the next question that can be put."""
    unfinished = [voting for voting in meeting.votings.values() if voting.unfinished]
    if unfinished:
        return about_voting(meeting, min(unfinished, key=lambda voting: voting.deadline))
    spoiled = next((q for q in meeting.questions.values() if is_to_repeat(meeting, q)), None)
    if spoiled is not None:
        return repeat(meeting, spoiled)
    put = [q for q in meeting.questions.values() if is_to_put(meeting, q)]
    ready = next(
        (q for q in put if meeting.the_card.form != "in_person" or question_quorum(meeting, q).held), None
    )
    if ready is not None:
        return step("start_voting", "start_voting", ready)
    if put:
        return step("question_no_quorum", "end_meeting", put[0])
    return step("end_meeting", "end_meeting")


def about_voting(meeting: Meeting, voting: Voting) -> NextStep:
    question = meeting.questions[voting.question]
    if voting.state == "open":
        return step("wait_voting", None, question, voting)
    if voting.state == "stopped":
        return step("wait_closing", None, question, voting)
    if not papers_read(meeting, voting):
        return step("read_paper", "read_paper", question, voting)
    if any(doubted_ballots(meeting, voting)):
        return step("review_owner", None, question, voting)
    if any(not damage.is_set_aside for damage in voting.damaged.values()):
        return step("damaged", None, question, voting)
    return step("wait_count", None, question, voting)


def is_to_repeat(meeting: Meeting, question: Question) -> bool:
    if question.stage != "decided" or question.voting is None or why_not_put(meeting, question) is not None:
        return False
    return is_spoiled(meeting.votings[question.voting])


def repeat(meeting: Meeting, question: Question) -> NextStep:
    """Of an adopted parent with votes missed its packet may also go on by hand."""
    nested = next(
        (child for id in question.nested if is_to_put(meeting, child := meeting.questions[id])), None
    )
    if nested is None:
        return step("repeat_voting", "start_voting", question)
    return step("repeat_or_go_on", "start_voting", question, nested=nested.number)


def is_to_put(meeting: Meeting, question: Question) -> bool:
    return state_of(meeting, question) in ("waiting", "no_quorum") and why_not_put(meeting, question) is None


def step(
    text: str,
    op: str | None = None,
    question: Question | None = None,
    voting: Voting | None = None,
    nested: str = "",
) -> NextStep:
    number = question.number if question else ""
    return NextStep(
        op=op,
        text=NEXT_STEPS[text].format(number=number, nested=nested),
        question=question.id if question else None,
        voting=voting.number if voting else None,
    )
