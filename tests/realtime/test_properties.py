"""Properties P9, P12, P13, P14 and P21 of the view protocol, and the faults that must turn them red."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime import crowd as crowd_module
from realtime import feed as feed_module
from realtime import hub as hub_module
from realtime.crowd import Crowd, Slice
from realtime.hub import Hub
from realtime.resume import Claim
from realtime.view_log import ViewLog
from tests.realtime.fake_app import Event, FakeLog, FakeSource, Grant, Put
from tests.realtime.world import LIMITS, PERSONS, Step, World, events, play, steps

SHORT = settings(
    max_examples=500, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.fixture(scope="module", autouse=True)
def _slices_of_one() -> Iterator[None]:
    """So that three clients are enough for everything that can happen between two slices."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crowd_module, "SLICE", 1)
        yield


@SHORT
@given(steps)
def test_every_client_shows_the_view_at_its_position_whatever_happens(history: list[Step]) -> None:
    play(World(), history)


@pytest.mark.long
@settings(SHORT, max_examples=10_000)
@given(steps)
def test_every_client_shows_the_view_at_its_position_in_many_histories(history: list[Step]) -> None:
    play(World(), history)


# --- planted faults: each must be found by the same property ---


class PatchesBeforeGrants(Hub):
    """Fault: the shared tile is written first, classes are looked at afterwards."""

    def flush(self) -> None:
        settle, self._settle_grants = self._settle_grants, lambda: None  # type: ignore[method-assign]
        super().flush()
        self._settle_grants = settle  # type: ignore[method-assign]
        settle()


class TrustsOldGrants(Hub):
    """Fault: nobody looks whether a right was lost between two slices."""

    def _look_at_grants_again(self) -> None:
        pass


class WritesToAllItAimedAt(Crowd):
    """Fault: who left between two slices is written to all the same."""

    def _write_to_who_stayed(self, part: Slice, data: bytes) -> None:
        for write in part.writes:
            write(data)


class ForgetsTheRest(Crowd):
    """Fault: a new tile throws away the slices of the last one that still wait."""

    def finish(self) -> None:
        self._waiting.clear()


class TrustsMarks(ViewLog):
    """Fault: the mark at the client's position is not compared."""

    def knows(self, at: int, mark: bytes) -> bool:
        return at >= self.horizon and at in self._marks


class KnowsBetween(ViewLog):
    """Fault: any position since the horizon counts as one of our flushes."""

    def knows(self, at: int, mark: bytes) -> bool:
        return at >= self.horizon


def trusting(claim: Claim | None, log: ViewLog) -> int | None:
    """`view_since` without the comparison of marks."""
    have = None if claim is None else claim.have
    if have is None or have.epoch != log.position.epoch or have.view != log.view_id:
        return None
    return have.at if log.knows(have.at, have.mark) else None


A, B = 1, 2
BETWEEN_TILES: list[Step] = [
    ("append", (Put("participant", "a", A),)),
    ("read", (0, 3)),
    ("connect", (0, 0)),
    ("append", (Put("organizer", "b", A),)),
    ("read", (0, 3)),
    ("flush", (0,)),
    ("connect", (1, 0)),
    ("deliver", (1, 9)),
    ("append", (Put("participant", "a", B),)),
]
"""The map of participants did not change at the last flush, so a joiner stands beyond the last tile."""
TAKEN_AWAY: list[Step] = [
    ("connect", (0, 0)),
    ("append", (Grant("anna", None),)),
    ("append", (Put("participant", "a", A),)),
    ("read", (0, 3)),
    ("flush", (0,)),
]
HALF_OUT: list[Step] = [
    ("connect", (0, 0)),
    ("connect", (1, 0)),
    ("append", (Put("participant", "a", A),)),
    ("read", (0, 3)),
    ("flush", (0,)),
]
"""anna's slice is out, boris's waits."""
REVOKED_HALF_OUT: list[Step] = [*HALF_OUT, ("append", (Grant("boris", None),)), ("read", (0, 3))]
TAKEN_AWAY_BETWEEN_SLICES: list[Step] = [*REVOKED_HALF_OUT, ("turn", (0,))]
"""boris's slice waits when he loses his right."""
GONE_BETWEEN_SLICES: list[Step] = [*REVOKED_HALF_OUT, ("presence", (0, 1)), ("turn", (0,))]
"""The same, and another look at the rights sends him away before his slice."""
FLUSHED_BETWEEN_SLICES: list[Step] = [
    *HALF_OUT,
    ("append", (Put("participant", "b", A),)),
    ("read", (0, 3)),
    ("flush", (0,)),
    ("turn", (0,)),
    ("deliver", (1, 9)),
]
"""The next tile is written while slices of the last one wait: both arrive, in order, and nobody has to ask again."""
RESTORED: list[Step] = [
    ("append", (Put("participant", "a", A),)),
    ("append", (Put("participant", "b", A),)),
    ("connect", (0, 0)),
    ("read", (0, 3)),
    ("flush", (0,)),
    ("deliver", (0, 9)),
    ("restore", (1,)),
    ("append", (Put("participant", "c", A),)),
    ("read", (0, 3)),
    ("connect", (1, 0)),
    ("flush", (0,)),
    ("connect", (0, 0)),
    ("deliver", (0, 9)),
]
"""anna holds `b`, which the restore lost; the new history has as many events."""
THERE_AND_BACK: list[Step] = [
    ("append", (Put("participant", "a", A),)),
    ("read", (0, 3)),
    ("read", (1, 3)),
    ("connect", (1, 1)),
    ("append", (Put("participant", "a", B),)),
    ("read", (0, 3)),
    ("connect", (0, 0)),
    ("deliver", (0, 9)),
    ("append", (Put("participant", "a", A),)),
    ("read", (1, 3)),
    ("flush", (1,)),
    ("connect", (0, 1)),
    ("deliver", (0, 9)),
]
"""The other worker flushed before B and after it: comparing its two maps shows nothing, and anna holds B."""


HISTORIES = (
    BETWEEN_TILES,
    TAKEN_AWAY,
    TAKEN_AWAY_BETWEEN_SLICES,
    GONE_BETWEEN_SLICES,
    FLUSHED_BETWEEN_SLICES,
    RESTORED,
    THERE_AND_BACK,
)


@pytest.mark.parametrize("history", HISTORIES)
def test_the_histories_that_reveal_a_fault_are_harmless_without_it(history: list[Step]) -> None:
    play(World(), history)


def test_a_tile_between_two_slices_reaches_everybody_after_the_first_one() -> None:
    world = play(World(), FLUSHED_BETWEEN_SLICES)

    assert [client.repairs for client in world.clients] == [0, 0, 0]


def test_a_client_that_applies_a_patch_only_when_since_is_its_position_is_found() -> None:
    with pytest.raises(AssertionError, match=r"stranded|not at the head"):
        play(World(only_next=True), BETWEEN_TILES)


def test_grants_after_patches_are_found() -> None:
    with pytest.raises(AssertionError, match="right was taken away"):
        play(World(hub=PatchesBeforeGrants), TAKEN_AWAY)


def test_rights_that_are_not_looked_at_between_slices_are_found() -> None:
    with pytest.raises(AssertionError, match="right was taken away"):
        play(World(hub=TrustsOldGrants), TAKEN_AWAY_BETWEEN_SLICES)


def test_a_byte_to_who_left_between_slices_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "Crowd", WritesToAllItAimedAt)

    with pytest.raises(AssertionError, match="a byte after the goodbye"):
        play(World(), TAKEN_AWAY_BETWEEN_SLICES)


def test_slices_that_a_new_tile_throws_away_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "Crowd", ForgetsTheRest)

    assert play(World(), FLUSHED_BETWEEN_SLICES).clients[1].repairs == 1


def test_a_resume_that_does_not_check_the_mark_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "ViewLog", TrustsMarks)
    monkeypatch.setattr(hub_module, "view_since", trusting)

    with pytest.raises(AssertionError, match=r"stranded|not the view at its position"):
        play(World(), RESTORED)


def test_a_resume_from_between_two_flushes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "ViewLog", KnowsBetween)

    with pytest.raises(AssertionError, match="not the view at its position"):
        play(World(), THERE_AND_BACK)


# --- P13, P14, P21 ---


@SHORT
@given(st.lists(events, max_size=30), st.sets(st.integers(1, 30)))
def test_flushing_step_by_step_ends_in_the_map_built_at_once(history: list[Event], stops: set[int]) -> None:
    log = FakeLog()
    log.append(*history)
    source, at_once = FakeSource(log), FakeSource(log)
    feed = ViewLog("participant/1", source.position, source.view("participant"))

    for at in sorted({at for at in stops if at < log.head} | {log.head}):
        source.read_to(at)
        feed.flush("participant/1", source.position, source.view("participant"))
    at_once.read_to(log.head)

    assert feed.map == at_once.view("participant")


@SHORT
@given(st.lists(st.sets(st.sampled_from(PERSONS)), max_size=20), st.booleans())
def test_presence_noise_changes_no_map_and_no_position(crowds: list[set[str]], complete: bool) -> None:
    log = FakeLog()
    log.append(*(Grant(person, "participant") for person in PERSONS), Put("participant", "quorum", "1/2"))
    source = FakeSource(log)
    source.read_to(log.head)
    hub = Hub(source, LIMITS, lambda step: None)
    before, seen = source.position, dict(source.view("participant"))

    for crowd in crowds:
        hub.tell_soft(frozenset(crowd), complete)
        hub.flush()

    assert source.position == before
    assert source.view("participant") == seen
    assert log.head == before.at
