"""The example files are what the generator makes, and they import without a word."""

from contextlib import closing
from pathlib import Path

from openpyxl import load_workbook
from stdnum.ru import inn

from app.meetings.importing.dry_run import draft, run_agenda, run_register
from app.meetings.importing.people import participants
from examples import make_examples
from examples.creditors import contact_rows, creditors, csv_of, register_rows

EXAMPLES = Path(__file__).resolve().parents[4] / "examples"


def test_the_generator_makes_the_committed_files(tmp_path: Path) -> None:
    make_examples.main(tmp_path)

    for made in tmp_path.iterdir():
        assert said(made) == said(EXAMPLES / made.name), made.name


def said(path: Path) -> object:
    """Cells of a workbook: its bytes are another library's choice; of anything else the bytes."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with closing(load_workbook(path, read_only=True)) as book:
        return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_three_hundred_creditors_and_their_contacts_import_without_a_fault() -> None:
    register = run_register(
        (EXAMPLES / "register-300.xlsx").read_bytes(), (EXAMPLES / "contacts.xlsx").read_bytes(), None, {}
    )
    agenda = run_agenda((EXAMPLES / "agenda.yaml").read_bytes(), 0)

    assert register.report.faults == ()
    assert agenda.report.faults == ()
    meeting = draft(register, agenda)
    assert meeting is not None
    lines = meeting.register
    assert len(lines) == 300
    assert [bool(count) for count in (
        sum(line.secured_kopecks > 0 for line in lines),
        sum(line.penalties_kopecks > 0 for line in lines),
        sum(line.repaid_kopecks > 0 for line in lines),
        sum(line.name.startswith("ФНС") for line in lines),
    )] == [True] * 4  # fmt: skip
    assert max(len(person.creditors) for person in participants(lines)) == 8
    assert all(inn.is_valid(line.inn or "") for line in lines)


def test_the_agenda_has_nine_questions_with_a_packet_of_three_and_a_committee() -> None:
    agenda = run_agenda((EXAMPLES / "agenda.yaml").read_bytes(), 0).agenda
    assert agenda is not None

    packet = next(question for question in agenda.questions if question.nested)

    assert len(agenda.questions) == 9
    assert len(packet.nested) == 3
    assert packet.nested[0].topic == "committee"
    assert {question.secrecy for question in agenda.questions} == {"open", "closed"}


def test_the_small_files_import_too() -> None:
    register = run_register((EXAMPLES / "register-5.csv").read_bytes(), None, None, {})
    agenda = run_agenda((EXAMPLES / "agenda-small.yaml").read_bytes(), 0)

    assert register.report.faults == ()
    assert agenda.report.faults == ()
    assert (register.report.creditors, agenda.report.questions_total) == (5, 1)


def test_no_creditor_outweighs_all_others() -> None:
    listed = creditors()

    total = sum(one.claim - one.repaid for one in listed)

    assert max(one.claim - one.repaid for one in listed) * 2 < total


def test_five_thousand_made_up_creditors_import_too() -> None:
    listed = creditors(5_000)

    run = run_register(csv_of(register_rows(listed)), csv_of(contact_rows(listed)), None, {})

    assert run.report.faults == ()
    assert run.report.creditors == 5_000
