"""How often somebody may do what costs us: so many times in a sliding window, in this process's memory."""

from collections import OrderedDict

from app.kernel.clock import Micros

REMEMBERED = 10_000


class Allowance:
    """`most` times in `window_us` a person; of more than ten thousand persons the longest idle are forgotten."""

    def __init__(self, most: int, window_us: Micros) -> None:
        self._most = most
        self._window_us = window_us
        self._taken: OrderedDict[str, list[Micros]] = OrderedDict()

    def take(self, person: str, now: Micros) -> Micros:
        """0 where it was taken; else so long until the next is free, and nothing is taken."""
        recent = [at for at in self._taken.get(person, []) if now - at < self._window_us]
        if len(recent) >= self._most:
            return recent[0] + self._window_us - now
        self._taken[person] = [*recent, now]
        self._taken.move_to_end(person)
        if len(self._taken) > REMEMBERED:
            self._taken.popitem(last=False)
        return 0
