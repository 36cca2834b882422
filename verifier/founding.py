"""Before the votings: the card, the register and its versions, the agenda, persons, the registration journal."""

from dataclasses import replace

from verifier.archive import Event
from verifier.law import KINDS, question_quorum, roll_of, rule_of
from verifier.meeting import DESK, Meeting, Person, Presence, Standing, must

# --- the card, the register, the agenda, persons ------------------------------------------------------------------


def founded(meeting: Meeting, event: Event) -> None:
    must(not meeting.id, "founded_again")
    meeting.id = event.said["meeting"]
    meeting.policy = event.said["signature_policy"]
    must(meeting.policy != "simple" or event.said.get("basis") is not None, "basis_absent")
    meeting.card = event.said


def part_added(meeting: Meeting, event: Event) -> None:
    must(not meeting.registers, "register_version", "after it was fixed")
    for line in event.said["lines"]:
        must(line["id"] not in meeting.lines, "register_version", line["id"])
        meeting.lines[line["id"]] = line


def fixed(meeting: Meeting, event: Event) -> None:
    must(not meeting.registers and event.said["version"] == 1, "register_version", event.said["version"])
    _keep_version(meeting, event)
    must(event.said["lines"] == len(meeting.lines), "register_version", "lines")


def corrected(meeting: Meeting, event: Event) -> None:
    """Versions rise by one; only a creditor of the register is corrected."""
    version, line = event.said["version"], event.said["line"]
    must(bool(meeting.registers) and version == len(meeting.registers) + 1, "register_version", version)
    must(line["id"] in meeting.lines, "register_version", line["id"])
    meeting.lines[line["id"]] = line
    _keep_version(meeting, event)


def _keep_version(meeting: Meeting, event: Event) -> None:
    meeting.registers[event.said["version"]] = (event.said["register_sha256"], dict(meeting.lines))


def question_added(meeting: Meeting, event: Event) -> None:
    """Once each, before the meeting is convened, with the rule that the law gives its topic."""
    said = event.said
    must(said["id"] not in meeting.questions and meeting.status == "draft", "question_again", said["id"])
    numbers = {other["number"] for other in meeting.questions.values()}
    must(said["number"] not in numbers, "question_again", said["number"])
    meeting.questions[said["id"]] = said
    meeting.standing[said["id"]] = Standing()
    must(said["rule"] == rule_of(meeting, said), "rule_not_of_law", said["rule"])
    must(said["kind"] == KINDS.get(said["rule"], "yes_no"), "rule_not_of_law", said["kind"])


def persons_admitted(meeting: Meeting, event: Event) -> None:
    for entry in event.said["persons"]:
        before = meeting.persons.get(entry["person"]) if entry["adds"] else None
        creditors = frozenset(entry["creditors"]) | (before.creditors if before else frozenset())
        settlement = frozenset(entry["settlement"]) | (before.settlement if before else frozenset())
        must(creditors <= meeting.lines.keys(), "creditor_unknown", entry["person"])
        meeting.persons[entry["person"]] = Person(entry["role"], creditors, settlement)


# --- the meeting as a whole ---------------------------------------------------------------------------------------


def convened(meeting: Meeting, event: Event) -> None:
    must(meeting.status == "draft" and bool(meeting.registers), "meeting_course", meeting.status)
    meeting.status = "convened"
    _names_the_register(meeting, event)


def opened(meeting: Meeting, event: Event) -> None:
    must(meeting.status in ("convened", "postponed"), "meeting_course", meeting.status)
    meeting.status = "running"
    _tells_who_is_here(meeting, event)


def recess_called(meeting: Meeting, event: Event) -> None:
    must(meeting.status == "running", "meeting_course", meeting.status)
    meeting.status = "recess"


def resumed(meeting: Meeting, event: Event) -> None:
    must(meeting.status == "recess", "meeting_course", meeting.status)
    meeting.status = "running"
    _names_the_register(meeting, event)
    _tells_who_is_here(meeting, event)


def postponed(meeting: Meeting, event: Event) -> None:
    """The journal begins anew."""
    must(meeting.status in ("convened", "postponed"), "meeting_course", meeting.status)
    meeting.status, meeting.journal = "postponed", {}


def cancelled(meeting: Meeting, event: Event) -> None:
    must(meeting.status in ("draft", "convened", "postponed"), "meeting_course", meeting.status)
    meeting.status = "cancelled"


def failed(meeting: Meeting, event: Event) -> None:
    must(not meeting.is_over and meeting.status != "draft", "meeting_course", meeting.status)
    meeting.status = "failed"
    _tells_who_is_here(meeting, event)
    _left_no_voting_open(meeting)


def ended(meeting: Meeting, event: Event) -> None:
    must(meeting.status in ("running", "recess"), "meeting_course", meeting.status)
    meeting.status = "ended"
    _names_the_register(meeting, event)
    _left_no_voting_open(meeting)


def _left_no_voting_open(meeting: Meeting) -> None:
    left = [number for number, v in meeting.votings.items() if v.state not in ("counted", "cancelled")]
    must(not left, "voting_left", ", ".join(map(str, left)))


def _names_the_register(meeting: Meeting, event: Event) -> None:
    named, _ = meeting.registers[len(meeting.registers)]
    must(event.said["register_sha256"] == named, "register_other")


def _tells_who_is_here(meeting: Meeting, event: Event) -> None:
    differing = [name for name, value in roll_of(meeting).items() if event.said[name] != value]
    must(not differing, "roll_differs", ", ".join(differing))


# --- questions that are not voted ---------------------------------------------------------------------------------


def question_removed(meeting: Meeting, event: Event) -> None:
    """Withdrawn, or barred by a court act: never while it is voted or after."""
    standing = meeting.standing[event.said["question"]]
    must(standing.stage in ("waiting", "no_quorum"), "question_course", standing.stage)
    standing.stage = "removed"


def without_quorum(meeting: Meeting, event: Event) -> None:
    question = meeting.questions[event.said["question"]]
    standing = meeting.standing[question["id"]]
    must(standing.stage in ("waiting", "no_quorum"), "question_course", standing.stage)
    standing.stage = "no_quorum"
    of = question_quorum(meeting, question)
    said = (event.said["present_kopecks"], event.said["total_kopecks"])
    must(not of.held and said == (str(of.present_kopecks), str(of.total_kopecks)), "roll_differs")


# --- the registration journal -------------------------------------------------------------------------------------


def registered(meeting: Meeting, event: Event) -> None:
    """Each creditor once until he leaves: by his own admitted person, or by the desk."""
    said = event.said
    creditors, by_desk = said["creditors"], said["by"] == "desk"
    must(set(creditors) <= meeting.lines.keys(), "creditor_unknown")
    must(not any(is_here(meeting, creditor) for creditor in creditors), "journal_wrong", "twice")
    _must_act_for(meeting, event)
    participant = f"desk:{creditors[0]}" if by_desk else event.actor
    must(said["participant"] == participant, "journal_wrong", said["participant"])
    for creditor in creditors:
        may_settle = creditor in said["settlement"]
        meeting.journal[creditor] = Presence(participant, said["by"], said["represented"], may_settle)


def left(meeting: Meeting, event: Event) -> None:
    creditors = event.said["creditors"]
    must(all(is_here(meeting, creditor) for creditor in creditors), "journal_wrong", "absent")
    _must_act_for(meeting, event)
    for creditor in creditors:
        meeting.journal[creditor] = replace(meeting.journal[creditor], left_at=event.at)


def is_here(meeting: Meeting, creditor: str) -> bool:
    return creditor in meeting.journal and meeting.journal[creditor].left_at is None


def _must_act_for(meeting: Meeting, event: Event) -> None:
    if event.said["by"] == "desk":
        must(meeting.role_of(event.actor) in DESK, "actor_without_right", event.actor)
        return
    person = meeting.persons.get(event.actor)
    mine = person.creditors if person else frozenset()
    must(set(event.said["creditors"]) <= mine, "actor_without_right", event.actor)
