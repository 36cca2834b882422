"""What a server spends on something, apart from what it spends on nothing."""

import time

from load.bench.children import Child
from load.bench.crowd import Crowd

CALM_S, CALM_STEPS = 0.5, 20
BUSY = 0.03
"""A share of a core over the idle rate that is still calm."""


class Meter:
    """CPU of a server between two moments, less what it spends when nothing happens; begins in an idle moment."""

    def __init__(self, server: Child) -> None:
        self._server = server
        self._idle_rate = 0.0
        self.begin()

    def begin(self) -> None:
        self._at, self._cpu = time.monotonic(), self._server.cpu_s()

    def is_idle_until_now(self) -> None:
        self._idle_rate = self._rate()

    def calm(self, crowd: Crowd) -> None:
        """Wait until the server has done what follows from an event: everybody's rights, receipts, views."""
        for _ in range(CALM_STEPS):
            before = Meter(self._server)
            crowd.rest(CALM_S)
            if before._rate() <= 2 * self._idle_rate + BUSY:
                return

    def spent_s(self) -> float:
        passed_s = time.monotonic() - self._at
        return self._server.cpu_s() - self._cpu - self._idle_rate * passed_s

    def _rate(self) -> float:
        """CPU seconds a second since the beginning."""
        return (self._server.cpu_s() - self._cpu) / (time.monotonic() - self._at)
