"""The members of one topic in this worker, by view class; every step is synchronous and sees one position of the source.

Rules R1 to R11: docs/topics/who-sees-what.md. The hub never waits: `topic.py` decides when, the hub decides what.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from realtime.close_codes import CloseCode
from realtime.codec import encode
from realtime.counts import Counts
from realtime.crowd import Member
from realtime.envelope import PROTOCOL, Welcome
from realtime.feed import Feed
from realtime.limits import Limits
from realtime.ports import Position, Source, ViewMap
from realtime.presence import persons_in
from realtime.resume import Claim, me_since, view_since

PERSONAL_SLICE = 50
"""Persons whose `me` is computed and written in one turn of the loop, some 2 ms."""

Soon = Callable[[Callable[[], None]], object]
"""Runs a step in the next turn of the loop: its `call_soon`."""
Facts = Callable[[Source, str, frozenset[str], bool], ViewMap]
"""(source, view class, persons online and their hints, complete) -> what `soft` shows to this class."""


def online_count(source: Source, view_class: str, online: frozenset[str], complete: bool) -> ViewMap:
    """The facts every class may see: how many are online, and whether that is all we know."""
    return {"online": len(persons_in(online)), "degraded": not complete}


@dataclass(frozen=True, slots=True)
class Plan:
    """How a client can be let in at this moment."""

    feed: Feed
    view_since: int | None
    me_since: int | None
    is_ahead: bool
    """It has seen more than was flushed here: it waits for the next flush."""


class Hub:
    """Members and feeds of one topic."""

    def __init__(
        self,
        source: Source,
        limits: Limits,
        soon: Soon,
        facts: Facts = online_count,
        counts: Counts | None = None,
    ) -> None:
        self._source = source
        self._limits = limits
        self._soon = soon
        self._facts = facts
        self._counts = counts or Counts()
        self._feeds: dict[str, Feed] = {}
        self._by_person: dict[str, dict[Member, Feed]] = {}
        self._untold: dict[str, None] = {}
        self._is_spreading = False
        self._granted: object = None
        """Nobody stands in a feed that he has no right to by these grants."""
        self._online: tuple[frozenset[str], bool] = (frozenset(), True)
        self.flushed = source.position
        """Where the last flush stood; every touched `me` up to here is sent or among the untold."""

    # --- coming and going ---

    def plan(self, person: str, claim: Claim | None) -> Plan | None:
        """None: no right to be here."""
        view_class = self._source.view_class(person)
        if view_class is None:
            return None
        feed = self._feed(view_class)
        since = view_since(claim, feed.log)
        ahead = claim is not None and self._is_ahead(claim, feed)
        return Plan(feed, since, me_since(claim, self._source, feed.log.view_id, person), ahead)

    def join(self, member: Member, plan: Plan, now_ms: int, clock_error_ms: int) -> None:
        """Welcome, both syncs, soft; from here on the member gets what its class gets. Same step as `plan`."""
        feed, position = plan.feed, self._source.position
        welcome = Welcome(PROTOCOL, position.epoch, feed.log.view_id, now_ms, clock_error_ms, position.at)
        member.wire.write(encode(welcome, member.format))
        self._settle_in(member, feed, plan.view_since)
        self._write_me(member, feed, plan.me_since)
        member.wire.write(feed.soft_bytes(member.format))

    def leave(self, member: Member) -> None:
        """The same call twice does nothing."""
        feeds = self._by_person.get(member.viewer.person, {})
        feed = feeds.pop(member, None)
        if feed is not None:
            feed.crowd.remove(member)
        if not feeds:
            self._by_person.pop(member.viewer.person, None)

    def dismiss(self, member: Member, code: CloseCode, reason: str) -> None:
        self.leave(member)
        member.wire.close(code, reason)

    @property
    def members(self) -> tuple[Member, ...]:
        return tuple(member for feed in self._feeds.values() for member in feed.crowd.members)

    def members_of(self, person: str) -> tuple[Member, ...]:
        """Oldest first."""
        return tuple(self._by_person.get(person, ()))

    @property
    def persons(self) -> frozenset[str]:
        return frozenset(self._by_person)

    # --- what goes out ---

    def flush(self) -> None:
        """Bring every class to the position of the source: grants first (R10), then one tile a class."""
        self._finish()
        position = self._source.position
        restarted = {
            feed
            for name, feed in self._feeds.items()
            if not feed.flush(self._source.view_id(name), position, self._build(name))
        }
        self._settle_grants()
        for feed in self._feeds.values():
            if feed in restarted:
                feed.publish_full()
            else:
                feed.publish()
        self._note_touched(position, everybody=bool(restarted))
        self.flushed = position
        self._spread()

    def tell_persons(self) -> bool:
        """The next slice of touched persons gets its `me`; True: there are more."""
        for person in tuple(islice(self._untold, PERSONAL_SLICE)):
            del self._untold[person]
            for member, feed in list(self._by_person.get(person, {}).items()):
                if not member.is_lagging and self._still_sees(member, feed):
                    self._write_me(member, feed, None)
        return bool(self._untold)

    def keep_above_horizon(self) -> None:
        """Rule R6, every 30 s."""
        self._finish()
        self._settle_grants()
        for feed in self._feeds.values():
            feed.publish_quiet()
            if not self._untold:
                feed.publish_quiet_me(self.flushed)
        self._spread()

    def tell_soft(self, online: frozenset[str], complete: bool) -> None:
        """Who is online, by this topic's workers; goes to whom it looks different now."""
        self._online = (online, complete)
        self._finish()
        self._settle_grants()
        for name, feed in self._feeds.items():
            feed.publish_soft(self._facts(self._source, name, online, complete))
        self._spread()

    def sweep(self, now: float) -> None:
        """Rule R9, every 100 ms: who does not read is no longer written to, then caught up or ended."""
        for feed in tuple(self._feeds.values()):
            for member in [member for member in feed.crowd.members if _may_lag(member)]:
                self._watch(member, feed, now)

    # --- in slices ---

    def _spread(self) -> None:
        """Who was not written to in this turn of the loop is in the next ones."""
        if not self._is_spreading and any(feed.crowd.is_waiting for feed in self._feeds.values()):
            self._is_spreading = True
            self._soon(self._write_on)

    def _write_on(self) -> None:
        self._is_spreading = False
        waiting = [feed for feed in self._feeds.values() if feed.crowd.is_waiting]
        if waiting:
            self._look_at_grants_again()
            waiting[0].crowd.write_on()
        self._spread()

    def _finish(self) -> None:
        """What is on its way leaves before anything new is decided: a client never gets frames out of order."""
        waiting = [feed for feed in self._feeds.values() if feed.crowd.is_waiting]
        if waiting:
            self._look_at_grants_again()
        for feed in waiting:
            feed.crowd.finish()

    def _look_at_grants_again(self) -> None:
        """Between two slices the source may have moved and somebody lost a right (R10)."""
        self._settle_grants()

    # --- inside ---

    def _feed(self, view_class: str) -> Feed:
        feed = self._feeds.get(view_class)
        if feed is None:
            source = self._source
            built = self._build(view_class)
            feed = Feed(view_class, source.view_id(view_class), source.position, built, self._counts)
            feed.soft = dict(self._facts(source, view_class, *self._online))
            self._feeds[view_class] = feed
        return feed

    def _build(self, view_class: str) -> ViewMap:
        self._counts.view_builds[view_class] += 1
        return self._source.view(view_class)

    def _is_ahead(self, claim: Claim, feed: Feed) -> bool:
        have, position = claim.have, self._source.position
        honest = claim.mark_at == have.mark and have.epoch == position.epoch
        return honest and feed.log.position.at < have.at <= position.at

    def _settle_in(self, member: Member, feed: Feed, since: int | None) -> None:
        self._counts.full_maps += since is None
        member.wire.write(feed.view_bytes(since, member.format))
        member.joined, member.sent = feed.log.position, None
        feed.crowd.add(member)
        self._by_person.setdefault(member.viewer.person, {})[member] = feed

    def _write_me(self, member: Member, feed: Feed, since: int | None) -> None:
        position, sync = self._source.position, None
        if since is None:
            sync = feed.me_full(position, self._source.me(member.viewer.person))
        else:
            sync = feed.me_patch(since, position)
        member.wire.write(encode(sync, member.format))

    def _still_sees(self, member: Member, feed: Feed) -> bool:
        return self._source.view_class(member.viewer.person) == feed.view_class

    def _settle_grants(self) -> None:
        """Rule R10; nothing to do while nobody's class changed."""
        if self._source.grants is self._granted:
            return
        self._granted = self._source.grants
        for person, feeds in tuple(self._by_person.items()):
            view_class = self._source.view_class(person)
            for member, feed in tuple(feeds.items()):
                if view_class is None:
                    self.dismiss(member, CloseCode.NO_RIGHT, "no right any more")
                elif view_class != feed.view_class:
                    self._move(member, feed, self._feed(view_class))

    def _move(self, member: Member, old: Feed, new: Feed) -> None:
        """Another class: the full map of the new one, so that the keys of the old one vanish."""
        lagging_since = member.lagging_since
        old.crowd.remove(member)
        if lagging_since is None:
            self._settle_in(member, new, None)
            self._write_me(member, new, None)
            return
        member.sent = None
        new.crowd.add(member)
        self._by_person[member.viewer.person][member] = new

    def _note_touched(self, position: Position, everybody: bool) -> None:
        touched = None if everybody else self._source.touched(self.flushed.at)
        for person in self._by_person if touched is None else touched:
            if person in self._by_person:
                self._untold[person] = None

    # --- laggards ---

    def _watch(self, member: Member, feed: Feed, now: float) -> None:
        waiting = member.wire.buffered()
        if member.lagging_since is not None:
            if waiting == 0:
                self._catch_up(member, feed)
            elif now - member.lagging_since >= self._limits.lag_abort_s or waiting > self._abort_over(feed):
                self._abort(member)
        elif waiting <= self._limits.lag_bytes:
            member.over_since = None
        elif waiting > self._abort_over(feed):
            self._abort(member)
        elif member.over_since is None:
            member.over_since = now
        elif now - member.over_since >= self._limits.lag_after_s:
            feed.crowd.rest(member, now)
            member.sent = max(member.joined, feed.tile, key=lambda position: position.at)

    def _catch_up(self, member: Member, feed: Feed) -> None:
        if not self._still_sees(member, feed):
            self._settle_grants()
            return
        member.over_since = member.lagging_since = None
        sent, since = member.sent, None
        if sent is not None and feed.log.knows(sent.at, sent.mark):
            since = sent.at
        self._settle_in(member, feed, since)
        self._write_me(member, feed, None)

    def _abort_over(self, feed: Feed) -> int:
        return max(self._limits.lag_abort_bytes, 2 * feed.packed.plain_bytes)

    def _abort(self, member: Member) -> None:
        self._counts.aborted_laggards += 1
        self.leave(member)
        member.wire.abort()


def _may_lag(member: Member) -> bool:
    """Asked of everybody ten times a second: nearly all read at once and have nothing waiting."""
    return member.over_since is not None or member.is_lagging or member.wire.buffered() > 0
