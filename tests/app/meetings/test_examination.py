"""Examination: what happens to ballots before the queue, and that nothing of a choice goes further."""

import asyncio
from dataclasses import dataclass, replace

import msgspec
import pytest

from app.kernel.db import Database
from app.kernel.errors import Overloaded, Refused
from app.kernel.keys import Keys
from app.meetings.commands import Cast, SignedBallot
from app.meetings.draft import SignaturePolicy
from app.meetings.examination import MAX_WAITING, Examination, cast_fingerprint
from app.meetings.examined import Examined, ExaminedCast, SignatureFacts
from app.meetings.minutes import minutes
from app.meetings.ports import Signer
from app.meetings.refusals import BadSignature
from app.meetings.revocation import deferred_ballots
from app.meetings.texts.minutes import OWNERS
from app.signatures.model import Algorithm
from tests.builders import FakeSignatures, Log, a_meeting, person_of, signed
from tests.commands import new_command_id
from tests.contracts.closing import a_ballot, a_story

CONTAINER = "SCARD\\rutoken_lt_39445e29\\0A00\\28A9"


def a_signed_meeting() -> Log:
    log = a_meeting(representatives={"p_rep": ("A", "B")}, policy="qualified")
    log.start("q1")
    return log


def examined(log: Log, actor: str, command: Cast) -> ExaminedCast:
    return log.examined(actor, command, log.now)


def test_a_well_signed_ballot_is_stored_with_its_signature_and_the_facts_of_it() -> None:
    log = a_signed_meeting()
    ballot = log.ballot(1, "A", "for")

    log.submit(person_of("A"), Cast(1, [ballot]))

    cast = log.events[-1]
    assert (cast.kind, cast.version) == ("ballot_cast", 4)
    assert cast.body["signature"]["verdict"] == "ok"
    assert log.blobs[cast.pos, 0] == ballot.content
    assert log.blobs[cast.pos, 1] == ballot.signature
    mine = log.state.votings[1].ballots["A"].signed
    assert mine is not None
    assert (mine.owner_match, mine.revocation) == ("same", "checked")


def test_an_unsigned_ballot_is_never_valid_where_signatures_are_wanted() -> None:
    log = a_signed_meeting()
    bare = SignedBallot(log.ballot(1, "A", "for").content)

    assert log.code(person_of("A"), Cast(1, [bare])) == "signature_missing"
    assert log.signatures.verified == 0


def test_a_signature_over_other_bytes_is_refused_with_its_verdict() -> None:
    log = a_signed_meeting()
    forged = SignedBallot(log.ballot(1, "A", "for").content, log.ballot(1, "A", "against").signature)

    refusal = log.refused(person_of("A"), Cast(1, [forged]))

    assert (refusal.code, refusal.final) == ("bad_signature", True)
    assert refusal.details["verdict"] == "content_mismatch"


def test_another_persons_certificate_is_refused() -> None:
    log = a_signed_meeting()
    bare = SignedBallot(log.ballot(1, "A", "for").content)

    refusal = log.refused(person_of("A"), Cast(1, [signed(bare, person_of("B"))]))

    assert (refusal.code, refusal.details["verdict"]) == ("bad_signature", "name_differs")


def test_a_carrier_of_another_person_refuses_the_ballot_and_tells_its_short_name() -> None:
    log = a_signed_meeting()
    log.signatures.facts = {"owner_match": "carrier_other_person", "carrier": "1a2b3c4d"}
    both = [signed(SignedBallot(log.ballot(1, name, "for").content), "p_rep") for name in ("A", "B")]

    refusal = log.refused(person_of("A"), log.a_cast(1, "A", "for"))
    of_several = log.refused("p_rep", Cast(1, both))

    assert (refusal.code, refusal.final) == ("bad_signature", True)
    assert (refusal.details["verdict"], refusal.details["carrier"]) == ("carrier_other_person", "1a2b3c4d")
    assert of_several.details["ballots"] == dict.fromkeys("AB", "bad_signature/carrier_other_person/1a2b3c4d")


def test_the_name_of_a_container_is_examined_and_goes_no_further() -> None:
    log = a_signed_meeting()
    (ballot,) = log.a_cast(1, "A", "for").ballots
    command = Cast(1, [msgspec.structs.replace(ballot, carrier=CONTAINER)])

    queued = examined(log, person_of("A"), command)
    log.submit(person_of("A"), command)

    assert log.signatures.carriers == [CONTAINER, CONTAINER]
    assert "rutoken" not in repr((command, queued, log.events, log.blobs))
    assert cast_fingerprint(command) == cast_fingerprint(Cast(1, [ballot]))


@pytest.mark.parametrize(("algorithm", "is_final"), [("gost2012_256", False), (None, True)])
def test_an_algorithm_that_another_worker_may_know_is_refused_before_the_log(
    algorithm: Algorithm | None, is_final: bool
) -> None:
    """Refused by the stage it is not decided, so a copy of the command on a good worker is accepted."""
    log = a_signed_meeting()
    log.signatures.facts = {"verdict": "unsupported_algorithm", "algorithm": algorithm}
    command = log.a_cast(1, "A", "for")

    if is_final:
        assert log.refused(person_of("A"), command).details["verdict"] == "unsupported_algorithm"
        return
    with pytest.raises(BadSignature) as refused:
        examined(log, person_of("A"), command)
    assert refused.value.details == {"verdict": "unsupported_algorithm", "algorithm": algorithm}


async def test_a_copy_of_a_vote_counts_on_a_worker_that_knows_its_algorithm(
    sqlite_database: Database, keys: Keys
) -> None:
    async with a_story(sqlite_database, keys, policy="qualified") as story:
        story.processes[0].signatures.facts = {
            "verdict": "unsupported_algorithm",
            "algorithm": "gost2012_256",
        }
        body = {"voting": 1, "ballots": [a_ballot(await story.processes[0].state(story.meeting), "A")]}
        command_id = new_command_id()

        replies = []
        for process in story.processes[:2]:
            _, reply = await process.ask(story.meeting, person_of("A"), "cast", body, command_id)
            assert reply is not None
            replies.append((reply.ok, reply.final, reply.code))

    assert replies == [(False, False, "bad_signature"), (True, True, None)]


@pytest.mark.parametrize("match", ["review", "same_name"])
def test_a_changed_surname_or_a_name_alone_costs_no_vote_and_stands_in_the_minutes(match: str) -> None:
    log = a_signed_meeting()
    log.signatures.facts = {"owner_match": match}

    log.cast(1, "A", "for")

    log.close(1)
    assert "A" in log.state.votings[1].ballots
    assert OWNERS[match] in minutes(log.state, log.texts, "organizer")


def test_trouble_with_a_revocation_list_does_not_refuse_a_vote() -> None:
    log = a_signed_meeting()
    log.signatures.facts = {"revocation": "deferred", "crl_numbers": ()}

    log.cast(1, "A", "for")

    mine = log.state.votings[1].ballots["A"].signed
    assert mine is not None
    assert mine.revocation == "deferred"


def test_of_several_ballots_each_says_what_is_wrong_with_it() -> None:
    log = a_signed_meeting()
    mine = signed(SignedBallot(log.ballot(1, "A", "for").content), "p_rep")
    foreign = signed(SignedBallot(log.ballot(1, "B", "for").content), "p_B")

    refusal = log.refused("p_rep", Cast(1, [mine, foreign]))

    assert refusal.details["ballots"] == {"A": None, "B": "bad_signature/name_differs"}
    assert log.state.votings[1].ballots == {}


@pytest.mark.parametrize("changes", [{"register_sha256": "0" * 64}, {"creditor": "B"}, {"choices": ["none"]}])
def test_what_the_state_refuses_anyway_is_not_verified(changes: dict[str, object]) -> None:
    log = a_signed_meeting()
    ballot = signed(SignedBallot(log.ballot(1, "A", "for", **changes).content), person_of("A"))

    with pytest.raises(Refused):
        log.submit(person_of("A"), Cast(1, [ballot]))

    assert log.signatures.verified == 0


def test_what_joins_the_queue_says_nothing_of_the_choice() -> None:
    log = a_signed_meeting()
    command = log.a_cast(1, "A", "against")

    queued = examined(log, person_of("A"), command)

    assert queued.ballots[0].is_whole
    assert "against" not in repr(queued)
    assert b"against" not in cast_fingerprint(command)


def test_a_state_that_moved_on_does_not_accept_what_was_not_verified() -> None:
    log = a_signed_meeting()
    log.cast(1, "A", "for")
    second = examined(log, person_of("A"), log.a_cast(1, "A", "against"))
    moved = a_signed_meeting()

    refusal = moved.refused(person_of("A"), second)

    assert (refusal.code, refusal.final) == ("not_examined", False)
    assert not second.ballots[0].is_whole


def test_a_signed_ballot_without_the_facts_of_its_signature_is_not_accepted() -> None:
    log = a_signed_meeting()
    whole = examined(log, person_of("A"), log.a_cast(1, "A", "for"))
    unknown = replace(whole, ballots=(replace(whole.ballots[0], signature=None),))

    refusal = log.refused(person_of("A"), unknown)

    assert (refusal.code, refusal.final) == ("not_examined", False)


@pytest.mark.parametrize("policy", ["qualified", "simple"])
def test_an_unsigned_ballot_that_was_left_whole_is_not_accepted(policy: SignaturePolicy) -> None:
    log = a_meeting(policy=policy)
    log.start("q1")
    whole = examined(log, person_of("A"), log.a_cast(1, "A", "for"))
    bare = replace(
        whole,
        ballots=(replace(whole.ballots[0], signature=None, is_signed=False, code=None, has_code=False),),
    )

    assert log.code(person_of("A"), bare) == "signature_missing"


def test_a_failure_of_the_verifier_decides_nothing() -> None:
    log = a_signed_meeting()
    log.signatures.facts = {"verdict": "internal_error"}

    refusal = log.refused(person_of("A"), log.a_cast(1, "A", "for"))

    assert (refusal.code, refusal.final) == ("not_examined", False)
    log.signatures.facts = {}
    log.cast(1, "A", "for")


@dataclass
class HalfBusy(FakeSignatures):
    """The second of two signatures finds the queue full; `stopped` says that the first was given up."""

    stopped: bool = False

    async def examine(
        self, content: bytes, signature: bytes, *, at: int, signer: Signer, carrier: str | None = None
    ) -> SignatureFacts:
        if self.asked == 1:
            raise Overloaded
        try:
            return await super().examine(content, signature, at=at, signer=signer)
        except asyncio.CancelledError:
            self.stopped = True
            raise


async def test_where_one_ballot_finds_no_room_the_others_of_the_cast_do_not_go_on() -> None:
    log = await asyncio.to_thread(a_signed_meeting)
    verifier = HalfBusy(hold=asyncio.Event())
    ballots = [signed(SignedBallot(log.ballot(1, name, "for").content), "p_rep") for name in ("A", "B")]
    stage = Examination(verifier, log.codes).examined(
        log.state, Signer("p_rep", ""), b"", Cast(1, ballots), log.now
    )

    with pytest.raises(Overloaded):
        await stage

    assert verifier.stopped


async def test_one_cast_of_a_person_is_verified_at_a_time_and_many_do_not_pile_up() -> None:
    log = await asyncio.to_thread(a_signed_meeting)
    verifier = FakeSignatures(hold=asyncio.Event())
    examination = Examination(verifier, log.codes)
    signer = Signer(person_of("A"), "")

    def one() -> asyncio.Task[ExaminedCast]:
        command = log.a_cast(1, "A", "for")
        return asyncio.create_task(examination.examined(log.state, signer, b"", command, log.now))

    tasks = [one() for _ in range(MAX_WAITING + 1)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await one()
    assert verifier.asked == 1
    assert verifier.hold is not None
    verifier.hold.set()

    whole: list[Examined] = [(await task).ballots[0] for task in tasks]
    assert all(ballot.is_whole for ballot in whole)
    assert verifier.verified == MAX_WAITING + 1


async def is_asked(verifier: FakeSignatures) -> None:
    for _ in range(5_000):
        if verifier.asked:
            return
        await asyncio.sleep(0.001)
    raise AssertionError("nothing came to be verified")


async def test_a_closing_waits_for_the_verification_of_what_came_in_time(
    sqlite_database: Database, keys: Keys
) -> None:
    async with a_story(sqlite_database, keys, policy="qualified") as story:
        verifier = story.processes[0].signatures
        verifier.hold = asyncio.Event()
        vote = asyncio.create_task(story.cast(0, "A"))
        await is_asked(verifier)

        closing = asyncio.create_task(story.finish())
        await asyncio.sleep(0.05)
        assert not closing.done()
        verifier.hold.set()
        reply = await vote
        await closing

    assert reply is not None
    assert reply.ok


async def test_a_vote_is_verified_again_where_another_worker_was_ahead(
    sqlite_database: Database, keys: Keys
) -> None:
    """Worker 1 still knows a ballot that worker 0 has annulled: what it did not verify is not accepted unverified."""
    async with a_story(sqlite_database, keys, policy="qualified") as story:
        await story.cast(0, "A")
        behind = await story.processes[1].meetings.source(story.meeting)
        assert "A" in behind.meeting.votings[1].ballots
        await story.processes[0].ask(
            story.meeting,
            "p_org",
            "annul_ballot",
            {"voting": 1, "creditor": "A", "reason": "ошибка"},
            new_command_id(),
        )

        reply = await story.cast(1, "A")

    assert reply is not None
    assert reply.ok
    assert story.processes[1].signatures.verified == 1


async def test_a_deferred_revocation_is_settled_when_the_lists_are_there_again(
    sqlite_database: Database, keys: Keys
) -> None:
    """Open before the count or sealed until it: either way the minutes no longer say that it is deferred."""
    async with a_story(sqlite_database, keys, policy="qualified") as story:
        first = story.processes[0]
        first.signatures.facts = {"revocation": "deferred", "crl_numbers": ()}
        await story.cast(0, "A")
        await story.cast(0, "B")
        await story.finish()

        await first.meetings.settle_revocations()
        still = [ballot.creditor for _, ballot in deferred_ballots(await first.state(story.meeting))]
        first.signatures.facts = {"verdict": "cert_revoked"}
        await first.meetings.settle_revocations()

        meeting = await first.state(story.meeting)
        signed = [ballot.signed for ballot in meeting.votings[1].ballots.values()]
        assert still == ["A", "B"]
        assert [one and one.revocation for one in signed] == ["revoked", "revoked"]
