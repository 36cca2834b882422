"""From what clients went through to figures: percentiles of times, of patches in a burst, of the server's own costs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from load.client import Client
from load.history import Operation, Outcome
from load.machine import Usage
from load.metrics import Metrics, builds_between, lag_ms
from load.organizer import Act

SCREEN_ACTS = ("open_meeting", "start_voting", "stop_voting", "end_meeting")
LEAST_BURST_S = 1.0


def percentile(values: Iterable[float], percent: float) -> float:
    """By the nearest rank; raises ValueError where nothing was measured."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("a percentile of nothing")
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)]


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles by the nearest rank."""

    count: int
    p50: float
    p90: float
    p99: float
    max: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self | None:
        """None where nothing was measured."""
        ordered = sorted(round(value, 2) for value in values)
        if not ordered:
            return None
        ranks = (percentile(ordered, percent) for percent in (50, 90, 99, 100))
        return cls(len(ordered), *ranks)

    @classmethod
    def of_seconds(cls, seconds: Iterable[float]) -> Self | None:
        """In milliseconds."""
        return cls.of(value * 1000 for value in seconds)


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds. `resume` counts from the loss of the network, `catch_up` from the attempt that succeeded.

    Votes `refused` and `unanswered` have no time to a receipt: percentiles are to be read beside their number.
    """

    join: Spread | None
    resume: Spread | None
    catch_up: Spread | None
    receipt: Spread | None
    receipt_after_loss: Spread | None
    commit_to_screen: Spread | None
    acts: Mapping[str, Spread | None]
    refused: int = 0
    unanswered: int = 0


def times(clients: tuple[Client, ...], acts: Iterable[Act]) -> Times:
    tallies = [client.tally for client in clients]
    operations = tuple(operation for client in clients for operation in client.history.operations)
    votes = votes_of(operations)
    others = Counter(op.outcome for op in operations if op.op == "cast")
    screens = _screens(clients, acts)
    return Times(
        join=Spread.of_seconds(tally.join_s for tally in tallies if tally.join_s is not None),
        resume=Spread.of_seconds(s for tally in tallies for s in tally.returns_s),
        catch_up=Spread.of_seconds(s for tally in tallies for s in tally.catch_ups_s),
        receipt=Spread.of_seconds(_wait_s(vote) for vote in votes if not vote.is_disturbed),
        receipt_after_loss=Spread.of_seconds(_wait_s(vote) for vote in votes if vote.is_disturbed),
        commit_to_screen=screens["start_voting"],
        acts=screens,
        refused=others[Outcome.REFUSED],
        unanswered=others[Outcome.UNKNOWN],
    )


def votes_of(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """Votes with a receipt."""
    return tuple(op for op in operations if op.op == "cast" and op.outcome is Outcome.OK)


def _wait_s(vote: Operation) -> float:
    return 0.0 if vote.settled_at is None else vote.settled_at - vote.invoked_at


def _screens(clients: tuple[Client, ...], acts: Iterable[Act]) -> dict[str, Spread | None]:
    """From the answer to the organizer to each screen; a screen that was faster than the answer waited 0."""
    waits: defaultdict[str, list[float]] = defaultdict(list)
    for act in acts:
        if act.position:
            seen = (client.tally.patches.seen(act.position) for client in clients)
            waits[act.op] += [max(0.0, when - act.answered_at) for when in seen if when is not None]
    return {op: Spread.of_seconds(waits[op]) for op in SCREEN_ACTS}


@dataclass(frozen=True, slots=True)
class Burst:
    """While everybody votes: what one participant got, over all votings. Bytes are those of the frame's content."""

    votes: int
    longest_s: float
    patches_a_second: Spread | None
    bytes_a_patch: Spread | None


def burst(clients: tuple[Client, ...]) -> Burst | None:
    """From the first vote of each voting to its last receipt; a shorter time counts as a second."""
    operations = (operation for client in clients for operation in client.history.operations)
    votes = tuple(vote for vote in votes_of(operations) if not vote.is_disturbed)
    if not votes:
        return None
    rates: list[float] = []
    sizes: list[int] = []
    spans = _spans(votes).values()
    for since, until in spans:
        for client in clients:
            came = client.tally.patches.sizes(since, until)
            rates.append(len(came) / max(LEAST_BURST_S, until - since))
            sizes += came
    longest = max(until - since for since, until in spans)
    return Burst(len(votes), round(longest, 3), Spread.of(rates), Spread.of(sizes))


def _spans(votes: Iterable[Operation]) -> dict[int, tuple[float, float]]:
    """By voting."""
    moments: defaultdict[int, list[float]] = defaultdict(list)
    for vote in votes:
        for ballot in vote.ballots[:1]:
            moments[ballot.voting] += [vote.invoked_at, vote.settled_at or vote.invoked_at]
    return {voting: (min(when), max(when)) for voting, when in moments.items()}


@dataclass(frozen=True, slots=True)
class Storm:
    """Every network lost at once: `all_in_step_s` until the last client was as far as the server again, None if never.

    `full_views` came to those whose view could not be brought forward by a patch.
    """

    dropped: int
    all_in_step_s: float | None
    turned_away: int
    full_views: int


@dataclass(frozen=True, slots=True)
class Sample:
    """The server at one moment."""

    usage: Usage | None
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class Server:
    """Processor time is that of the whole run; memory is what the joined crowd added, for one connection."""

    cpu_s: float | None
    cpu_us_a_delivery: float | None
    pss_kb_a_connection: float | None
    rss_kb_a_connection: float | None
    loop_lag_p99_ms: float | None
    view_builds: int | None


def server(before: Sample, joined: Sample | None, after: Sample, connections: int, deliveries: int) -> Server:
    """What cannot be read is None."""
    cpu_s = None
    if before.usage is not None and after.usage is not None:
        cpu_s = round(after.usage.cpu_s - before.usage.cpu_s, 2)
    return Server(
        cpu_s=cpu_s,
        cpu_us_a_delivery=round(1e6 * cpu_s / deliveries, 1) if cpu_s is not None and deliveries else None,
        pss_kb_a_connection=_grown(before, joined, "pss_kb", connections),
        rss_kb_a_connection=_grown(before, joined, "rss_kb", connections),
        loop_lag_p99_ms=lag_ms(before.metrics, after.metrics),
        view_builds=builds_between(before.metrics, after.metrics),
    )


def _grown(before: Sample, joined: Sample | None, what: str, connections: int) -> float | None:
    if joined is None or joined.usage is None or before.usage is None or not connections:
        return None
    grown: int = getattr(joined.usage, what) - getattr(before.usage, what)
    return round(grown / connections, 1)
