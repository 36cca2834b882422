"""Ballots of a closed voting: locked before they are queued, unlocked for its count, the same size whatever they say."""

from collections.abc import Mapping

from app.kernel.canonical import canonical
from app.kernel.crypto import Unreadable
from app.kernel.log.topics import Topic
from app.kernel.sealed import open_ballot, seal_ballot
from app.meetings.commands import SignedBallot
from app.meetings.hashes import sha256
from app.meetings.model import DamageKind, Meeting, Ref, Voting

LONGEST_ID = "x" * 40
LONGEST_KOPECKS = "9" * 18
HASH = "0" * 64


def stored(meeting: Meeting, voting: Voting, creditor: str, signed: SignedBallot) -> tuple[bytes, ...]:
    """What is kept of a ballot: the exact bytes that came, ballot and CMS; of a closed voting both in one, locked."""
    content, cms = signed.content, signed.signature
    if voting.seal is None:
        return (content,) if cms is None else (content, cms)
    key = bytes.fromhex(voting.seal.public_key)
    size = content_size(meeting, voting)
    return (seal_ballot(key, meeting.id, voting.number, creditor, content, cms, size),)


class BallotsDamaged(Exception):
    """Stored ballots that cannot be counted: creditor → why."""

    def __init__(self, found: Mapping[str, DamageKind]) -> None:
        self.found = found
        super().__init__(f"{len(found)} stored ballots cannot be read")


def stored_ballots(voting: Voting) -> Mapping[str, Ref]:
    """Where the bytes of those lie that a count reads, by creditor."""
    return {
        creditor: (ballot.pos, 0)
        for creditor, ballot in voting.ballots.items()
        if ballot.channel == "electronic" and not voting.counts_without(creditor)
    }


def unsealed(
    meeting: Meeting, voting: Voting, secret: bytes | None, blobs: Mapping[Ref, bytes]
) -> Mapping[str, bytes]:
    """Contents by creditor, each of the hash that its event names. Raises BallotsDamaged with all that are not."""
    contents: dict[str, bytes] = {}
    damaged: dict[str, DamageKind] = {}
    for creditor, ref in stored_ballots(voting).items():
        if ref not in blobs:
            damaged[creditor] = "missing"
            continue
        try:
            content = blobs[ref]
            if secret is not None:
                content, _ = open_ballot(secret, meeting.id, voting.number, creditor, content)
        except Unreadable:
            damaged[creditor] = "unreadable"
            continue
        if sha256(content) == voting.ballots[creditor].sha256:
            contents[creditor] = content
        else:
            damaged[creditor] = "other"
    if damaged:
        raise BallotsDamaged(damaged)
    return contents


def content_size(meeting: Meeting, voting: Voting) -> int:
    """Bytes of the longest ballot that this voting admits, whoever casts it."""
    question = meeting.questions[voting.question]
    if question.kind == "cumulative":
        choices, distribution = None, dict.fromkeys(question.options, LONGEST_KOPECKS)
    else:
        choices, distribution = [*question.options, "for", "against", "abstain"], None
    longest = {
        "meeting": meeting.id,
        "question": question.id,
        "voting": voting.number,
        "creditor": LONGEST_ID,
        "weight_kopecks": LONGEST_KOPECKS,
        "wording_sha256": HASH,
        "register_sha256": HASH,
        "electorate_sha256": HASH,
        "nonce": HASH[:32],
        "choices": choices,
        "distribution": distribution,
    }
    return len(canonical(longest))


async def secret_of(topic: Topic[Meeting], voting: Voting) -> bytes | None:
    """Of a closed voting whose closing is in the log; None before, and where nothing is sealed."""
    if voting.seal is None or voting.seal.closed_pos is None:
        return None
    return await topic.seal_secret(voting.number, voting.seal.opened_pos, voting.seal.closed_pos)
