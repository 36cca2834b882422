"""Figures from what clients noted: bursts, screens, the server's costs."""

import asyncio
from random import Random

from load.ballot import Ballot, Choice
from load.client import Client
from load.door import Link
from load.figures import Sample, burst, server, times
from load.machine import Usage
from load.metrics import Metrics
from load.organizer import Act
from load.tally import Patches


def a_client() -> Client:
    return Client("http://127.0.0.1:9", Link("t", "participant", "N", ("c1",)), Random(1))


def a_voter(asked_at: float, answered_at: float) -> Client:
    client = a_client()
    ballot = Ballot(1, "q1", "c1", 100, Choice(choices=("for",)), b"ballot")
    client.history.invoke(b"command", "cast", asked_at, (ballot,))
    client.history.settle(b"command", True, None, {}, answered_at)
    return client


def test_a_position_is_seen_when_a_patch_first_reaches_it() -> None:
    patches = Patches()
    for when, at, is_news in ((1.0, 5, False), (2.0, 7, True), (3.0, 9, True)):
        patches.note_view(when, at, is_news)

    assert [patches.seen(at) for at in (5, 6, 7, 8, 10)] == [None, 2.0, 2.0, 3.0, None]


def test_a_screen_that_was_faster_than_the_answer_waited_nothing() -> None:
    early, late = a_client(), a_client()
    early.tally.patches.note_view(1.0, 7, True)
    late.tally.patches.note_view(1.5, 7, True)

    measured = times((early, late), [Act("start_voting", 1.2, 7)])

    assert measured.commit_to_screen is not None
    assert (measured.commit_to_screen.p50, measured.commit_to_screen.max) == (0.0, 300.0)
    assert measured.acts["stop_voting"] is None


def test_patches_of_a_burst_are_those_between_the_first_vote_and_the_last_receipt() -> None:
    voter, watcher = a_voter(10.0, 10.5), a_client()
    for when in (9.9, 10.1, 10.3, 10.9, 11.1):
        watcher.tally.patches.note(when, 250)

    measured = burst((voter, watcher))

    assert measured is not None
    assert (measured.votes, measured.longest_s) == (1, 0.5)
    assert measured.patches_a_second is not None
    assert measured.patches_a_second.max == 2.0
    assert measured.bytes_a_patch is not None
    assert measured.bytes_a_patch.count == 2


def test_a_vote_whose_connection_was_lost_is_measured_apart() -> None:
    calm, stormy = a_voter(1.0, 1.1), a_voter(1.0, 3.0)
    stormy.history.disturb([b"command"])

    measured = times((calm, stormy), [])

    assert measured.receipt is not None
    assert measured.receipt_after_loss is not None
    assert (measured.receipt.max, measured.receipt_after_loss.max) == (100.0, 2000.0)


async def test_a_vote_made_without_a_connection_is_not_measured_as_a_calm_one() -> None:
    client = a_client()

    asking = asyncio.create_task(client.command("cast", {}))
    await asyncio.sleep(0)
    asking.cancel()

    (vote,) = client.history.operations
    assert vote.is_disturbed


def test_votes_without_a_receipt_are_counted_beside_the_times() -> None:
    refused, unanswered = a_client(), a_client()
    for client in (refused, unanswered):
        client.history.invoke(b"command", "cast", 1.0)
    refused.history.settle(b"command", False, "late", None, 2.0)

    measured = times((refused, unanswered, a_voter(1.0, 1.1)), [])

    assert (measured.refused, measured.unanswered) == (1, 1)
    assert measured.receipt is not None
    assert measured.receipt.count == 1


def test_the_servers_costs_are_shared_out_and_what_cannot_be_read_is_none() -> None:
    before, joined = Sample(Usage(1.0, 1000, 900, 1), Metrics()), Sample(Usage(2.0, 3000, 1900, 1), Metrics())
    after = Sample(Usage(3.0, 3000, 1900, 1), Metrics())

    costs = server(before, joined, after, connections=100, deliveries=1000)
    unknown = server(Sample(None, Metrics()), None, Sample(None, Metrics()), 100, 1000)

    assert (costs.cpu_s, costs.cpu_us_a_delivery, costs.pss_kb_a_connection) == (2.0, 2000.0, 10.0)
    assert (unknown.cpu_s, unknown.pss_kb_a_connection, unknown.loop_lag_p99_ms) == (None, None, None)
