"""P17: whichever personal texts are destroyed, fold and minutes stay as they were, but for what was destroyed."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.log.model import Body
from app.meetings import joins
from app.meetings import minutes_votings as votings
from app.meetings.minutes import minutes
from app.meetings.minutes_row import Row
from app.meetings.model import Meeting, Role
from app.meetings.texts.minutes import MINUTES
from app.meetings.texts.words import GONE
from tests.builders import Log
from tests.events.stories import STORIES

LOG = STORIES["rich"]()
SEALED = STORIES["sealed"]()
PERSONS = sorted(set(LOG.subjects.values()) - {"meeting:m_1"})
ROLES: tuple[Role, ...] = ("organizer", "participant")
BY_WHOM = re.compile(f", ({MINUTES['creditor_himself']}|{MINUTES['representative_of'].format('.*')}|{GONE})")
"""Whether a link was the creditor's own is told by the names."""
briefly = settings(max_examples=20, deadline=None)


def without(log: Log, gone: frozenset[str]) -> dict[Any, Body]:
    return {ref: text for ref, text in log.texts.items() if log.subjects[ref] not in gone}


def words_in(value: Any) -> Iterator[str]:
    """Every string of a private text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from words_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from words_in(item)


def facts_of(log: Log, texts: Mapping[Any, Body], role: Role) -> list[str]:
    """The cells of the minutes that say nothing personal: sums, hashes, moments, choices, decisions, in their order."""
    personal = {word for text in log.texts.values() for word in words_in(text)} | {GONE}
    cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", minutes(log.state, texts, role), re.DOTALL)
    stripped = (BY_WHOM.sub("", re.sub(r"<[^>]+>|&[#a-z0-9]+;", " ", cell)).strip() for cell in cells)
    return [cell for cell in stripped if cell not in ("", "—") and not any(word in cell for word in personal)]


def check(log: Log, gone: frozenset[str]) -> None:
    left = without(log, gone)
    assert msgspec.json.encode(log.state) == msgspec.json.encode(log.refold()), "the fold read a text"
    for role in ROLES:
        before, after = facts_of(log, log.texts, role), facts_of(log, left, role)
        assert len(before) > 20
        assert before == after, "the minutes lost a fact with a name"
        shown = minutes(log.state, left, role)
        names = {text["name"] for ref, text in log.texts.items() if ref not in left and "name" in text}
        kept = {word for text in left.values() for word in words_in(text)}
        assert not any(name in shown for name in names if not any(name in word for word in kept))


@briefly
@given(gone=st.frozensets(st.sampled_from(PERSONS)))
def test_destroying_any_persons_texts_leaves_every_fact_of_the_minutes(gone: frozenset[str]) -> None:
    check(LOG, gone)
    check(SEALED, gone)


def hides_the_nameless(patch: pytest.MonkeyPatch) -> None:
    rows = votings.ballot_rows

    def shorter(meeting: Meeting, texts: joins.Texts, *rest: Any) -> Iterator[Row]:
        return (row for row in rows(meeting, texts, *rest) if GONE not in row.label)

    patch.setattr(votings, "ballot_rows", shorter)


def counts_by_name(patch: pytest.MonkeyPatch) -> None:
    """The sums are told from the names."""
    rows = votings.total_rows

    def by_name(meeting: Meeting, texts: joins.Texts, *rest: Any) -> Iterator[Row]:
        named = [ref for ref in meeting.creditors.values() if joins.text_of(texts, ref)]
        return (Row(row.label, (str(len(named)),)) for row in rows(meeting, texts, *rest))

    patch.setattr(votings, "total_rows", by_name)


def keeps_the_name(patch: pytest.MonkeyPatch) -> None:
    names = dict(LOG.texts)
    patch.setattr(
        votings, "creditor_name", lambda meeting, _, creditor: names[meeting.creditors[creditor]]["name"]
    )


@pytest.mark.parametrize("fault", [hides_the_nameless, counts_by_name, keeps_the_name])
def test_a_planted_loss_is_noticed(
    fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)

    with pytest.raises(AssertionError):
        check(LOG, frozenset({"m_1/A", "p_A"}))
