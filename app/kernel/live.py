"""The live edge: answers of the log and refusals as replies of the real-time engine."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.kernel.away import away_as_retry
from app.kernel.errors import Refused, Retry
from app.kernel.log.answers import refusal_body
from app.kernel.log.model import Answer, Position
from app.kernel.logging import incident
from realtime.ports import Reply, Unanswered


def reply(answer: Answer) -> Reply:
    """A refusal's body is {code, article?, details?}; `code` stands beside it too."""
    return Reply(answer.ok, answer.final, answer.pos, answer.epoch, answer.body, answer.code)


def refused_reply(refused: Refused, position: Position) -> Reply:
    """For what was refused before the log: never final, so nobody concludes anything about a vote from it."""
    return Reply(False, False, position.at, position.epoch, refusal_body(refused), refused.code)


def failed_reply(error: Exception, position: Position, **where: object) -> Reply:
    """A mistake of ours: logged once, shown as `internal` with the incident's number."""
    body = {"code": "internal", "details": {"incident": incident(error, **where)}}
    return Reply(False, False, position.at, position.epoch, body, "internal")


@contextmanager
def unanswered_when_away() -> Iterator[None]:
    """For the live engine, which knows no database: what can be asked again is `Unanswered`."""
    try:
        with away_as_retry():
            yield
    except Retry as refused:
        raise Unanswered(refused.code) from refused
