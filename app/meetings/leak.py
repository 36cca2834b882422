"""The warning before a closed voting: how much the exact sums will tell of single votes (`tally.leak` computes it).

For a thread: bounded by `MAX_S` and some 80 MB. An estimate of one sum alone; all sums together tell more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from time import perf_counter

from app.meetings.legal import weights_of
from app.meetings.model import Meeting, Question
from app.meetings.texts.live import LEAK
from app.meetings.view_types import LeakMethod, LeakView
from app.meetings.voting import present_with_votes
from tally import percent
from tally.leak import (
    MAX_ALL_OUTCOMES,
    MAX_CREDITORS,
    exposed_always,
    exposed_by,
    exposed_on_average,
    sums_of,
)

MAX_S = 2.0
"""One outcome of 40 creditors takes some 1.5 s; no other is begun after this."""
MAX_OUTCOMES = 32


@dataclass(frozen=True, slots=True)
class Leak:
    """`exposed` is the share of creditors, on average over `outcomes` (0: all there are, or a bound)."""

    creditors: int
    exposed: Fraction
    method: LeakMethod
    outcomes: int = 0


def leak_view(meeting: Meeting, question: Question) -> LeakView:
    if question.kind == "cumulative":
        return LeakView(question.id, 0, "0", "none", LEAK["none"])
    leak = leak_of(voting_weights(meeting, question))
    shown = percent(leak.exposed.numerator, leak.exposed.denominator)
    text = LEAK["unbound" if is_empty_bound(leak) else leak.method].format(
        percent=shown, creditors=leak.creditors, outcomes=leak.outcomes
    )
    return LeakView(question.id, leak.creditors, shown, leak.method, text)


def is_empty_bound(leak: Leak) -> bool:
    """«Not less than 0 %» would tell nobody anything."""
    return leak.method == "bound" and leak.exposed == 0


def voting_weights(meeting: Meeting, question: Question) -> tuple[int, ...]:
    """Of whoever could vote if it began now, in the order of the register."""
    weights = weights_of(meeting, question)
    if meeting.the_card.form == "in_person":
        present = present_with_votes(meeting, weights)
        weights = {creditor: kopecks for creditor, kopecks in weights.items() if creditor in present}
    return tuple(kopecks for kopecks in weights.values() if kopecks > 0)


def leak_of(weights: tuple[int, ...]) -> Leak:
    """The same for the same weights, but for how many outcomes a slow machine has time for."""
    creditors = len(weights)
    if creditors > MAX_CREDITORS:
        return Leak(creditors, Fraction(exposed_always(weights), creditors), "bound")
    if creditors <= MAX_ALL_OUTCOMES:
        return Leak(creditors, exposed_on_average(weights), "all")
    shares = tuple(sampled(weights))
    return Leak(creditors, sum(shares, Fraction(0)) / len(shares), "sample", len(shares))


def sampled(weights: tuple[int, ...]) -> Iterator[Fraction]:
    """Shares exposed in outcomes in which everybody tosses a coin; at least one."""
    begun = perf_counter()
    sums, coins = sums_of(weights), Random(str(weights))  # noqa: S311 a sample, no secret
    for _ in range(MAX_OUTCOMES):
        published = sum(weight for weight in weights if coins.getrandbits(1))
        yield Fraction(exposed_by(sums, published).bit_count(), len(weights))
        if perf_counter() - begun > MAX_S:
            return
