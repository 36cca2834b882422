"""Slows down whoever tries tokens: failures in a sliding window by address, in this process's memory."""

from collections import OrderedDict

from app.accounts.refusals import TooManyAttempts
from app.kernel.clock import Micros

WINDOW_US = 60_000_000
FAILURES = 20
ADDRESSES = 10_000


class Attempts:
    """Only failures count: three hundred people behind one address may sign in within a minute."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, list[Micros]] = OrderedDict()

    def check(self, address: str, now: Micros) -> None:
        """Raises TooManyAttempts."""
        if len(self._recent(address, now)) >= FAILURES:
            raise TooManyAttempts

    def failed(self, address: str, now: Micros) -> None:
        self._failures[address] = [*self._recent(address, now), now]
        self._failures.move_to_end(address)
        if len(self._failures) > ADDRESSES:
            self._failures.popitem(last=False)

    def _recent(self, address: str, now: Micros) -> list[Micros]:
        return [at for at in self._failures.get(address, []) if now - at < WINDOW_US]
