"""`kvorum serve` with one mistake planted in it, by name: proof that the judges notice. Never part of the product."""

import os
import signal
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection

from app import cli
from app.kernel.log import writer
from app.kernel.log.append import append
from app.kernel.log.batch import Batch
from app.meetings import casting

LATE_S = 0.2


def vote_twice() -> None:
    """Neither the rule nor the index stands in the way of a second ballot."""

    def anybody(voting: object, creditor: str) -> None:
        pass

    casting.must_be_first = anybody
    path = os.environ["KVORUM_DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database:
        database.execute("drop index if exists ballot_one_live")


def answer_early() -> None:
    """One batch of ballots is answered before its commit, and then the power goes."""
    honest = append
    done = Path(os.environ["KVORUM_KEYS_DIR"]).with_name("answered-early")

    def early(connection: Connection, batch: Batch) -> bool:
        if not batch.guards or done.exists():
            return honest(connection, batch)
        done.touch()
        threading.Timer(LATE_S, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return True

    vars(writer)["append"] = early


MISTAKES = {mistake.__name__: mistake for mistake in (vote_twice, answer_early)}

if __name__ == "__main__":
    MISTAKES[sys.argv.pop(1)]()
    cli.main()
