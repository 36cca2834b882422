"""The bytes of a ballot, read strictly: what was signed is what is stored and counted."""

from typing import TypeVar

import msgspec

from app.kernel.canonical import canonical
from app.meetings.commands import BallotContent, TestBallot
from app.meetings.refusals import MalformedBallot


def read_ballot(content: bytes) -> BallotContent:
    """The bytes are the ballot: they must be exactly the canonical form of what they say. Raises MalformedBallot."""
    return _read(content, BallotContent)


def read_test_ballot(content: bytes) -> TestBallot:
    return _read(content, TestBallot)


T = TypeVar("T", bound=msgspec.Struct)


def _read(content: bytes, kind: type[T]) -> T:
    try:
        ballot = msgspec.json.decode(content, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedBallot from error
    if canonical(msgspec.to_builtins(ballot)) != content:
        raise MalformedBallot
    return ballot
