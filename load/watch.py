"""Patience: a run that stands still, or goes on for too long, is given up instead of waited for."""

import asyncio
import faulthandler
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

GLANCE_S = 0.5


class GivenUp(StrEnum):
    """Why a run was not waited for any longer."""

    STALLED = "stalled"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Patience:
    """`stall_s` without any sign of progress, or `deadline_s` of the whole, end a run."""

    stall_s: float
    deadline_s: float

    async def outlast(self, work: "asyncio.Future[Any]", sign: Callable[[], Hashable]) -> GivenUp | None:
        """Wait for `work`; None when it is done. `sign` changes whenever anything has happened."""
        started = moved = time.monotonic()
        seen = sign()
        while True:
            await asyncio.wait({work}, timeout=min(GLANCE_S, self.stall_s, self.deadline_s))
            now = time.monotonic()
            if work.done():
                return None
            if sign() != seen:
                seen, moved = sign(), now
            if now - moved >= self.stall_s:
                return GivenUp.STALLED
            if now - started >= self.deadline_s:
                return GivenUp.TOO_LONG


async def heartbeat(longest_s: float) -> None:
    """Until cancelled. Should this very loop stand still for so long, the process says where and ends.

    The last beat counts on after the loop: `faulthandler.cancel_dump_traceback_later()` calls it off.
    """
    while True:
        faulthandler.dump_traceback_later(longest_s, exit=True)
        await asyncio.sleep(longest_s / 4)
