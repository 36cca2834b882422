"""What exact sums tell of single votes: whose mark follows from a published sum and the register alone.

A register of claims is known to the participants, and sums are published to the kopeck. Of all the ways in which some
creditors could have made a sum only those count that make it exactly; a creditor who is in all of them, or in none,
is exposed. Outcomes are sets of creditors, written as bits: bit i is creditor i of the list.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

MAX_CREDITORS = 40
"""Over this the ways cannot be looked through any more: 2 to the power of their number."""
MAX_ALL_OUTCOMES = 14
"""Up to this every outcome is looked at, over it those that the caller names."""
KEPT = 18
"""Creditors whose sums are kept in memory: at most 2^18 of them, some 40 MB."""

Ways = Mapping[int, int]
"""Sum → who is in every set with it (low `MAX_CREDITORS` bits) and who is in any (the bits above): one number, for memory."""
LOW = (1 << MAX_CREDITORS) - 1


@dataclass(frozen=True, slots=True)
class Sums:
    """All sums of the creditors, in two parts that meet in the middle."""

    creditors: int
    kept: Ways
    other: tuple[Ways, Ways]


def sums_of(weights: Sequence[int]) -> Sums:
    """`weights` in kopecks, each more than nothing. Raises ValueError for more than `MAX_CREDITORS`."""
    if len(weights) > MAX_CREDITORS:
        raise ValueError(f"{len(weights)} creditors are more than {MAX_CREDITORS}")
    rest = len(weights) - min(KEPT, (len(weights) + 1) // 2)
    middle = rest // 2
    parts = (range(middle), range(middle, rest), range(rest, len(weights)))
    first, second, kept = (_ways(weights, part) for part in parts)
    return Sums(len(weights), kept, (first, second))


def exposed_by(sums: Sums, published: int) -> int:
    """Bits of the creditors whose mark follows from this sum. Raises ValueError when nobody could make it."""
    in_all, in_any = LOW, 0
    for ways in _meetings(sums, published):
        in_all &= ways
        in_any |= ways >> MAX_CREDITORS
    if in_all & in_any != in_all:
        raise ValueError("no set of creditors has this sum")
    return _same(sums.creditors, in_all, in_any)


def exposed_on_average(weights: Sequence[int]) -> Fraction:
    """The share of creditors exposed, over all outcomes as equally likely. For at most `MAX_ALL_OUTCOMES` creditors."""
    creditors = len(weights)
    if creditors > MAX_ALL_OUTCOMES:
        raise ValueError(f"{creditors} creditors are more than {MAX_ALL_OUTCOMES}")
    if not creditors:
        return Fraction(0)
    ways = _ways(weights, range(creditors))
    exposed = {total: _same(creditors, both & LOW, both >> MAX_CREDITORS) for total, both in ways.items()}
    outcomes = [0]
    for weight in weights:
        outcomes += [total + weight for total in outcomes]
    return Fraction(sum(exposed[total].bit_count() for total in outcomes), creditors << creditors)


def exposed_always(weights: Sequence[int]) -> int:
    """How many are exposed by any sum: who holds more than all smaller ones together is seen in whatever comes out.

    Exact for them and silent of the others: the bound for a meeting that is too large to be looked through.
    """
    exposed, rest = 0, sum(weights)
    for weight in sorted(weights, reverse=True):
        rest -= weight
        if weight <= rest:
            return exposed
        exposed += 1
    return exposed


def _meetings(sums: Sums, published: int) -> Iterator[int]:
    """The three parts of each way to make the sum, put together: nobody stands in two of them."""
    first, second = sums.other
    for one, ones in first.items():
        left = published - one
        for two, twos in second.items():
            total = left - two
            if total in sums.kept:
                yield ones | twos | sums.kept[total]


def _ways(weights: Sequence[int], part: range) -> Ways:
    ways = {0: 0}
    for creditor in part:
        weight, bit = weights[creditor], 1 << creditor
        for total, both in [(total + weight, _with(both, bit)) for total, both in ways.items()]:
            known = ways.get(total)
            ways[total] = both if known is None else _either(both, known)
    return ways


def _with(both: int, bit: int) -> int:
    return both | bit | bit << MAX_CREDITORS


def _either(one: int, other: int) -> int:
    return (one & other & LOW) | ((one | other) & ~LOW)


def _same(creditors: int, in_all: int, in_any: int) -> int:
    """Who is in every set, or in none."""
    everybody = (1 << creditors) - 1
    return in_all | (everybody & ~in_any)
