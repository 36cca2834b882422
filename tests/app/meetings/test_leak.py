"""The warning before a closed voting: which words for how many creditors, and who counts as one."""

import pytest

from app.meetings import leak
from app.meetings.leak import leak_of, leak_view
from app.meetings.texts.live import LEAK
from app.meetings.view_types import LeakMethod
from tests.builders import a_creditor, a_meeting, a_question


@pytest.mark.parametrize(
    ("creditors", "method", "percent"), [(3, "all", "75,00"), (16, "sample", "0,00"), (41, "bound", "2,43")]
)
def test_few_creditors_are_looked_through_many_are_sampled_or_bounded(
    creditors: int, method: LeakMethod, percent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leak, "MAX_OUTCOMES", 2)
    sums = {3: [50_00, 30_00, 20_00], 16: [10_00] * 16, 41: [1_000_000_00, *[10_00] * 40]}[creditors]
    lines = tuple(a_creditor(f"c{n}", kopecks) for n, kopecks in enumerate(sums))
    log = a_meeting(a_question("q", secrecy="closed"), creditors=lines)

    shown = leak_view(log.state, log.state.questions["q"])

    assert (shown.creditors, shown.method, shown.exposed_percent) == (creditors, method, percent)
    assert shown.text == LEAK[method].format(percent=percent, creditors=creditors, outcomes=2)


def test_only_those_who_are_here_can_be_exposed() -> None:
    log = a_meeting(a_question("q", secrecy="closed"), present=("A", "B"))

    assert leak_view(log.state, log.state.questions["q"]).creditors == 2


def test_of_points_for_candidates_nothing_is_computed() -> None:
    options = (("k1", "Один"), ("k2", "Два"))
    log = a_meeting(a_question("q", "committee", options=options, seats=1, secrecy="closed"))

    assert leak_view(log.state, log.state.questions["q"]).method == "none"


def test_a_slow_machine_looks_at_one_outcome_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leak, "MAX_S", 0.0)

    assert leak_of(tuple(range(1, 18))).outcomes == 1


def test_a_bound_that_bounds_nothing_names_no_percent() -> None:
    lines = tuple(a_creditor(f"c{n}", 10_00) for n in range(41))
    log = a_meeting(a_question("q", secrecy="closed"), creditors=lines)

    shown = leak_view(log.state, log.state.questions["q"])

    assert shown.method == "bound"
    assert "%" not in shown.text
