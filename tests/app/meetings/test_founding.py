"""Founding: card, register, agenda and persons enter the log part by part."""

import pytest

from app.kernel.errors import Refused
from app.meetings.commands import Convene
from app.meetings.draft import DraftLine, DraftMeeting
from app.meetings.founding import AddRegisterPart, Admission, AdmitPersons, SetAgenda, SetRegister, founding
from app.meetings.legal import is_article
from app.meetings.model import SYSTEM
from tests.builders import ORGANIZER, Log, a_card, a_creditor, a_meeting, a_question


def test_a_register_enters_in_parts_of_two_hundred_lines() -> None:
    lines = tuple(a_creditor(f"c{number:04}") for number in range(450))
    draft = DraftMeeting(a_card(), (a_question("q1"),), lines)

    commands = founding("m_1", draft, [])

    assert [len(c.lines) for c in commands if isinstance(c, AddRegisterPart)] == [200, 200, 50]


def test_long_lines_make_shorter_parts() -> None:
    topics = tuple(f"a_topic_with_a_long_name_{number}" for number in range(20))
    lines = tuple(a_creditor(f"c{number:04}", 10**17, restricted_topics=topics) for number in range(200))

    log = a_meeting(creditors=lines, until="draft")

    assert log.kinds().count("register_part_added") > 1
    assert len(log.state.register.lines) == 200


def test_names_and_wordings_stay_beside_the_log() -> None:
    log = a_meeting(a_question("q1", wording="Продать завод"), until="convened")

    assert not any("завод" in str(event.body) or "ООО" in str(event.body) for event in log.events)
    assert log.texts[log.state.questions["q1"].text]["wording"] == "Продать завод"
    assert log.subjects[log.state.creditors["A"]] == "m_1/A"


def test_the_topic_decides_the_rule() -> None:
    one = a_question("one", "manager_choice", options=(("m1", "Первый"),))
    two = a_question("two", "manager_choice", options=(("m1", "Первый"), ("m2", "Второй")))

    log = a_meeting(
        one, two, a_question("own", "transfer_unfinished_object", threshold=(3, 4), base="register")
    )

    assert [q.rule for q in log.state.questions.values()] == [
        "majority_register",
        "choice_register",
        "threshold",
    ]


def test_nested_questions_are_numbered_after_their_parent() -> None:
    log = a_meeting(a_question("a", nested=(a_question("b", nested=(a_question("c"),)), a_question("d"))))

    assert [q.number for q in log.state.questions.values()] == ["1", "1.1", "1.1.1", "1.2"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (a_creditor("A", 10, secured_kopecks=11), "secured_exceeds_claim"),
        (a_creditor("A", 10, repaid_kopecks=11), "repaid_exceeds_claim"),
        (a_creditor("A", -1), "negative_amount"),
    ],
)
def test_a_line_that_contradicts_itself_is_refused(line: DraftLine, fault: str) -> None:
    empty = Log()
    empty.submit(SYSTEM, founded())

    refusal = empty.refused(SYSTEM, AddRegisterPart((line,)))

    assert (refusal.code, refusal.details["fault"]) == ("bad_line", fault)


def test_a_creditor_stands_in_the_register_once() -> None:
    empty = Log()
    empty.submit(SYSTEM, founded())
    empty.submit(SYSTEM, AddRegisterPart((a_creditor("A"),)))

    assert empty.refused(SYSTEM, AddRegisterPart((a_creditor("A"),))).details["fault"] == "duplicate_creditor"


def test_only_the_service_founds_a_meeting() -> None:
    log = a_meeting(until="draft")

    assert log.code(ORGANIZER, SetRegister()) == "forbidden"


def test_nothing_is_founded_twice() -> None:
    log = a_meeting(until="draft")

    assert log.code(SYSTEM, founded()) == "already_convened"
    assert log.code(SYSTEM, AddRegisterPart((a_creditor("Z"),))) == "already_convened"
    assert log.code(SYSTEM, SetAgenda((a_question("q2"),))) == "not_ready"
    assert log.code(SYSTEM, SetRegister()) == "not_ready"


def test_a_question_id_stands_in_the_agenda_once() -> None:
    empty = Log()
    empty.submit(SYSTEM, founded())

    assert (
        empty.code(SYSTEM, SetAgenda((a_question("q"), a_question("r", nested=(a_question("q"),)))))
        == "bad_agenda"
    )


def test_a_person_may_be_admitted_later_but_only_for_known_creditors() -> None:
    log = a_meeting()

    log.submit(SYSTEM, AdmitPersons((Admission("p_new", "participant", "Новый", ("A",)),)))

    assert log.state.persons["p_new"].creditors == ("A",)
    assert log.code(SYSTEM, AdmitPersons((Admission("p", "participant", "X", ("Z",)),))) == "unknown_creditor"


def test_a_meeting_without_a_register_is_not_convened() -> None:
    empty = Log()
    empty.submit(SYSTEM, founded())
    empty.submit(SYSTEM, AdmitPersons((Admission(ORGANIZER, "organizer", "Иванов"),)))

    assert empty.code(ORGANIZER, Convene()) == "not_ready"


def test_a_person_may_speak_for_thousands_of_creditors() -> None:
    lines = tuple(a_creditor(f"c{number:04}") for number in range(2500))
    everybody = tuple(line.creditor for line in lines)

    log = a_meeting(creditors=lines, until="draft", representatives={"p_rep": everybody})
    log.submit(SYSTEM, AdmitPersons((Admission("p_c0001", "participant", "Иной", ("c0002",)),)))

    assert log.state.persons["p_rep"].creditors == everybody
    assert log.state.persons["p_c0001"].creditors == ("c0002",)
    parts = [len(event.body["persons"]) for event in log.events if event.kind == "persons_admitted"]
    assert max(parts) == 200


@pytest.mark.parametrize(
    "article",
    [
        "127-ФЗ, ст. 15 п. 1",
        "ст. 201.10 п. 3 127-ФЗ",
        "№127-ФЗ, ст.201.11",
        "ч. 2 ст. 181.2 ГК РФ",
        "§ 7 гл. IX",
    ],
)
def test_an_article_is_a_reference_to_a_law(article: str) -> None:
    assert is_article(article)


@pytest.mark.parametrize(
    "article", ["", "…", "Иванов И. И.", "ст. 15, Иванов", "ст. 15 " * 40, "паспорт 4500 123456"]
)
def test_anything_else_does_not_enter_the_log_as_an_article(article: str) -> None:
    empty = Log()
    for command in founding("m_1", DraftMeeting(a_card(), (), (a_creditor("A"),)), [])[:3]:
        empty.submit(SYSTEM, command)
    nested = a_question("q2", article=article)

    assert empty.code(SYSTEM, SetAgenda((a_question("q1", nested=(nested,)),))) == "bad_agenda"


def test_before_the_founding_everybody_is_a_stranger() -> None:
    with pytest.raises(Refused, match="forbidden"):
        Log().submit(ORGANIZER, Convene())


def founded() -> object:
    return founding("m_1", DraftMeeting(a_card(), (), ()), [])[0]
