"""Who gets an access link: one person for each representative, one for each creditor who comes without one."""

from dataclasses import dataclass

from app.meetings.draft import DraftLine
from app.meetings.importing.contacts import normal_name


@dataclass(frozen=True, slots=True)
class Participant:
    """A person to be admitted: name, contacts for the list of links, creditors in the order of the register.

    `settlement` are those of them for whom he may vote on a settlement: himself, or named in the power (art. 150).
    The register's ИНН is the creditor's: of a representative only СНИЛС is known, if the file of contacts gives it.
    """

    name: str
    email: str | None
    phone: str | None
    creditors: tuple[str, ...]
    settlement: tuple[str, ...]
    snils: str | None = None
    inn: str | None = None


def participants(register: tuple[DraftLine, ...]) -> tuple[Participant, ...]:
    """A representative is one person while name and e-mail are the same; order of the register."""
    return tuple(_participant(lines) for lines in groups(register))


def groups(register: tuple[DraftLine, ...]) -> tuple[list[DraftLine], ...]:
    """The lines of each person."""
    found: dict[tuple[str, str], list[DraftLine]] = {}
    for line in register:
        found.setdefault(_person(line), []).append(line)
    return tuple(found.values())


def _person(line: DraftLine) -> tuple[str, str]:
    if line.representative is None:
        return ("", line.creditor)
    return (normal_name(line.representative), (line.email or "").casefold())


def _participant(lines: list[DraftLine]) -> Participant:
    first = lines[0]
    may_settle = [line for line in lines if line.representative is None or line.may_vote_settlement]
    return Participant(
        name=first.representative or first.name,
        email=next((line.email for line in lines if line.email), None),
        phone=next((line.phone for line in lines if line.phone), None),
        creditors=tuple(line.creditor for line in lines),
        settlement=tuple(line.creditor for line in may_settle),
        snils=next((line.snils for line in lines if line.snils), None),
        inn=None if first.representative else first.inn,
    )
