"""Rule R3 as pure functions: from where a client that comes back may be continued, and when its claim is suspicious."""

from dataclasses import dataclass

from realtime.envelope import Have
from realtime.ports import Position, Source
from realtime.view_log import ViewLog


@dataclass(frozen=True, slots=True)
class Claim:
    """What a client says it has, with the marks that the log shows at these positions (None: beyond the head)."""

    have: Have
    mark_at: bytes | None
    me_mark_at: bytes | None


def view_since(claim: Claim | None, log: ViewLog) -> int | None:
    """The position to continue the view from; None: the full map."""
    if claim is None or not _is_same_history(claim.have, log.position, log.view_id):
        return None
    have = claim.have
    if claim.mark_at != have.mark or not log.knows(have.at, have.mark):
        return None
    return have.at


def me_since(claim: Claim | None, source: Source, view_id: str, person: str) -> int | None:
    """The position to continue `me` from: nothing of this person was touched after it; None: the full `me`."""
    position = source.position
    if claim is None or not _is_same_history(claim.have, position, view_id):
        return None
    have = claim.have
    if have.me_at > position.at or claim.me_mark_at != have.me_mark:
        return None
    touched = source.touched(have.me_at)
    return None if touched is None or person in touched else have.me_at


def is_suspicious(claim: Claim, position: Position) -> bool:
    """The client names this history but a place or a mark that it does not have: counted, never trusted."""
    have = claim.have
    if have.epoch != position.epoch:
        return False
    return claim.mark_at != have.mark or claim.me_mark_at != have.me_mark


def _is_same_history(have: Have, position: Position, view_id: str) -> bool:
    return have.epoch == position.epoch and have.view == view_id
