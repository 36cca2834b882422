"""A loop whose clock stands still while code runs and leaps to the next timer: hours in no time, and no stall is felt."""

import asyncio
import selectors


class _Leaps(selectors.DefaultSelector):
    """Waits for sockets only when no timer is set."""

    leapt_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return super().select()
        self.leapt_s += max(timeout, 0.0)
        return super().select(0)


class ClockworkLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._leaps = _Leaps()
        super().__init__(self._leaps)

    def time(self) -> float:
        return self._leaps.leapt_s
