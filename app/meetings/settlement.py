"""Looking again at certificates whose lists were in trouble when the vote came; what is found enters the log."""

import asyncio
from collections.abc import AsyncIterator
from secrets import token_bytes

from app.kernel.canonical import canonical
from app.kernel.clock import Clock
from app.kernel.log.topics import Topic
from app.kernel.sealed import open_ballot
from app.meetings.channel import MeetingSource
from app.meetings.model import SYSTEM, Ballot, Meeting, Voting
from app.meetings.ports import Signatures
from app.meetings.refusals import MinutesAwaitLists
from app.meetings.revocation import Rechecked, SettleRevocations, deferred_ballots, waits_until
from app.meetings.sealing import secret_of

SETTLING = canonical({"op": "settle_revocations"})
SETTLED_AT_ONCE = 200
REVOKED = ("cert_revoked", "issuer_revoked")


class Settlement:
    """One object a process. The same ballots are looked at again only when the trust or the meeting has changed."""

    def __init__(self, signatures: Signatures, clock: Clock) -> None:
        self._signatures = signatures
        self._clock = clock
        self._looked: dict[str, tuple[str, int]] = {}
        self._one = asyncio.Lock()

    async def settle(self, source: MeetingSource) -> None:
        """Of a meeting that is marked as waiting: where nothing waits any more, the mark goes."""
        await source.read()
        if any(deferred_ballots(source.meeting)):
            await self._settle(source)
        else:
            await self._submit(source, ())

    async def must_be_settled(self, source: MeetingSource) -> None:
        """Before minutes are written for ever. Raises MinutesAwaitLists, unless a day has passed or the organizer hurries."""
        if any(deferred_ballots(source.meeting)):
            await self._settle(source)
        waiting = sum(1 for _ in deferred_ballots(source.meeting))
        until = waits_until(source.meeting)
        if waiting and until is not None and self._clock() < until:
            raise MinutesAwaitLists(ballots=waiting, until_ms=until // 1000)

    async def _settle(self, source: MeetingSource) -> None:
        meeting = source.meeting.id
        async with self._one:
            version = self._signatures.trust_version()
            if self._looked.get(meeting) == (version, source.position.at):
                return
            found = [one async for one in self._rechecked(source)]
            for start in range(0, len(found), SETTLED_AT_ONCE):
                await self._submit(source, tuple(found[start : start + SETTLED_AT_ONCE]))
            await source.read()
            self._looked[meeting] = (version, source.position.at)

    async def _submit(self, source: MeetingSource, found: tuple[Rechecked, ...]) -> None:
        await source.topic.submit(SYSTEM, token_bytes(16), SettleRevocations(found), SETTLING, self._clock())

    async def _rechecked(self, source: MeetingSource) -> AsyncIterator[Rechecked]:
        meeting = source.meeting
        for voting, ballot in deferred_ballots(meeting):
            signed = await _signed_bytes(source.topic, voting, ballot)
            if signed is None:
                continue
            signer = await source.signer(meeting, ballot.person)
            facts = await self._signatures.examine(*signed, at=ballot.received_at, signer=signer)
            if facts.verdict in REVOKED:
                yield Rechecked(voting.number, ballot.creditor, ballot.pos, "revoked", facts.trust_version)
            elif facts.revocation == "checked":
                yield Rechecked(voting.number, ballot.creditor, ballot.pos, "checked", facts.trust_version)


async def _signed_bytes(topic: Topic[Meeting], voting: Voting, ballot: Ballot) -> tuple[bytes, bytes] | None:
    """Ballot and CMS as they came; None while a closed voting is sealed, and where they cannot be read."""
    blobs = await topic.blobs(((ballot.pos, 0), (ballot.pos, 1)))
    if (ballot.pos, 0) not in blobs:
        return None  # the count of the voting tells of it
    content, cms = blobs[ballot.pos, 0], blobs.get((ballot.pos, 1))
    if voting.seal is not None:
        secret = await secret_of(topic, voting) if voting.state == "counted" else None
        if secret is None:
            return None
        content, cms = open_ballot(secret, topic.state.id, voting.number, ballot.creditor, content)
    return None if cms is None else (content, cms)
