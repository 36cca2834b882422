"""One view class of a topic: its log, its members, and every frame encoded once for all of them."""

from collections.abc import Callable

from realtime.codec import Format, Packed, encode, pack
from realtime.counts import Counts
from realtime.crowd import Crowd
from realtime.envelope import Soft, Sync
from realtime.ports import Position, Value, ViewMap
from realtime.view_log import ViewLog

KEPT = 32
"""Encoded frames kept until the next flush: who comes back chooses from where, so there could be thousands."""


class Feed:
    """What goes to the members of one class, all from the last flushed map (rule R7)."""

    def __init__(
        self, view_class: str, view_id: str, position: Position, view_map: ViewMap, counts: Counts
    ) -> None:
        self.view_class = view_class
        self.log = ViewLog(view_id, position, view_map)
        self.crowd = Crowd()
        self.tile = position
        """Everybody who does not lag has at least this."""
        self.me_tile = position
        self._counts = counts
        self._encoded: dict[tuple[int | None, Format], bytes] = {}
        """The longest unused first."""
        self._packed: Packed | None = None
        self.soft: dict[str, Value] = {}
        self.soft_n = 0

    # --- the view ---

    def flush(self, view_id: str, position: Position, view_map: ViewMap) -> bool:
        """Move the log; False: continued from nothing, everybody needs the full map."""
        self._encoded.clear()
        self._packed = None
        continued = self.log.flush(view_id, position, view_map)
        if not continued:
            self.tile = self.me_tile = position
        return continued

    def publish(self) -> None:
        """The shared tile, if the map changed since the last one."""
        if self.log.since(self.tile.at).is_empty:
            return
        self._write_tile()

    def publish_full(self) -> None:
        """The full map to everybody: another history, or another code of the view."""
        self._counts.full_maps += len(self.crowd.members)
        for member in self.crowd.members:
            member.joined, member.sent = self.log.position, None
        self._write_to_all(lambda form: self.view_bytes(None, form))

    def publish_quiet(self) -> None:
        """Rule R6: an empty tile, so that who saw nothing change stays above the horizon."""
        if self.log.position.at > self.tile.at:
            self._write_tile()

    def publish_quiet_me(self, position: Position) -> None:
        """The same for `me`; true only when every touched `me` up to `position` has been sent."""
        if position.at <= self.me_tile.at or position.epoch != self.me_tile.epoch:
            return
        since, self.me_tile = self.me_tile.at, position
        self._write_to_all(lambda form: encode(self.me_patch(since, position), form))

    def _write_tile(self) -> None:
        since, self.tile = self.tile.at, self.log.position
        self._write_to_all(lambda form: self.view_bytes(since, form))

    def _write_to_all(self, encoded: Callable[[Format], bytes]) -> None:
        self._counts.fanout_writes += len(self.crowd.members)
        self.crowd.write(encoded)

    def view_bytes(self, since: int | None, form: Format) -> bytes:
        """The full map or the patch from `since`; what is asked for again and again is encoded once until the next flush."""
        key = (since, form)
        data = self._encoded.pop(key, None)
        if data is None:
            data = encode(self._full(form) if since is None else self._patch(since), form)
        self._encoded[key] = data
        if len(self._encoded) > KEPT:
            del self._encoded[next(iter(self._encoded))]
        return data

    @property
    def packed(self) -> Packed:
        """The full map, deflated once until the next flush."""
        if self._packed is None:
            self._packed = pack(self.log.map)
        return self._packed

    def _full(self, form: Format) -> Sync:
        full_set, is_packed, _ = self.packed if form is Format.MSGPACK else (self.log.map, False, 0)
        at = self.log.position
        return Sync("view", self.log.view_id, at.epoch, 0, at.at, at.mark, full_set, [], True, is_packed)

    def _patch(self, since: int) -> Sync:
        patch, at = self.log.since(since), self.log.position
        return Sync("view", self.log.view_id, at.epoch, since, at.at, at.mark, patch.set, patch.deleted)

    # --- me ---

    def me_full(self, position: Position, me: ViewMap) -> Sync:
        at = position
        return Sync("me", self.log.view_id, at.epoch, 0, at.at, at.mark, dict(me), [], True)

    def me_patch(self, since: int, position: Position) -> Sync:
        """Nothing of this person changed from `since` on."""
        at = position
        return Sync("me", self.log.view_id, at.epoch, since, at.at, at.mark, {})

    # --- soft ---

    def publish_soft(self, soft: ViewMap) -> None:
        """Facts outside the log, whole and only when they changed (rule R4)."""
        if soft == self.soft:
            return
        self.soft, self.soft_n = dict(soft), self.soft_n + 1
        self._write_to_all(self.soft_bytes)

    def soft_bytes(self, form: Format) -> bytes:
        return encode(Soft(self.soft_n, self.soft, True), form)
