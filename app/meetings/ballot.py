"""The bytes of a ballot, read strictly: what was signed is what is stored and counted."""

import msgspec

from app.kernel.canonical import canonical
from app.meetings.commands import BallotContent
from app.meetings.refusals import MalformedBallot


def read_ballot(content: bytes) -> BallotContent:
    """The bytes are the ballot: they must be exactly the canonical form of what they say."""
    try:
        ballot = msgspec.json.decode(content, type=BallotContent)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedBallot from error
    if canonical(msgspec.to_builtins(ballot)) != content:
        raise MalformedBallot
    return ballot
