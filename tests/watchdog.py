"""A test that never ends must not end in silence: after a while every thread and task says where it stands, and the run ends."""

import asyncio
import faulthandler
import gc
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

PATIENCE_S = 420.0
LONG_PATIENCE_S = 3600.0
EXIT_CODE = 70


@contextmanager
def watched(name: str, out: TextIO, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """The process ends with EXIT_CODE if the block has not ended by then; `out` is a real file."""
    alarm = threading.Timer(patience_s, _give_up, (name, out))
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()


def _give_up(name: str, out: TextIO) -> None:
    print(f"\n{name} did not end", file=out, flush=True)
    faulthandler.dump_traceback(file=out, all_threads=True)
    for task in [each for each in gc.get_objects() if isinstance(each, asyncio.Task) and not each.done()]:
        print_task(task, out)
    out.flush()
    os._exit(EXIT_CODE)


def print_task(task: "asyncio.Task[Any]", out: TextIO) -> None:
    """The whole chain of awaits, down to what it waits for."""
    print(task, file=out)
    waiting: Any = task.get_coro()
    while waiting is not None:
        frame = getattr(waiting, "cr_frame", None) or getattr(waiting, "ag_frame", None)
        if frame is not None:
            print(f"    {frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}", file=out)
        waiting = getattr(waiting, "cr_await", None) or getattr(waiting, "ag_await", None)
