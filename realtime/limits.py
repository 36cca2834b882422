"""How much one client, one address, one person and one worker may ask for; pure, time comes in as seconds."""

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers, all settings of the deployment; the defaults are those of the design."""

    sockets_a_worker: int = 5_000
    sockets_a_person: int = 5
    handshakes_a_second: float = 300.0
    """From one address; the whole office of a creditor may stand behind it."""
    handshake_burst: int = 2_000
    frames_a_second: float = 20.0
    frame_burst: int = 40
    commands_in_flight: int = 8
    hints_a_second: float = 1.0
    hint_burst: int = 10
    greeting_s: float = 10.0
    """A socket that has not said hello by then is closed."""
    request_bytes: int = 4 * 1024 * 1024
    """Body of one request of the HTTP fallback."""
    bodies_bytes: int = 64 * 1024 * 1024
    """Of all bodies that are on their way to one worker: who sends them is known only when they are here."""
    request_frames: int = 80
    """In one request; also a person's burst in all requests together, at the rate of `frames_a_second`."""
    stream_s: float = 55.0
    """A stream of the HTTP fallback ends by itself then, before proxies cut it; the client resumes."""
    full_maps: int = 200
    full_maps_window_s: float = 0.1
    lag_bytes: int = 64 * 1024
    lag_after_s: float = 2.0
    lag_abort_bytes: int = 256 * 1024
    lag_abort_s: float = 10.0
    queue_bytes: int = 8 * 1024 * 1024
    """Hard bound of what waits for one socket between two sweeps."""


class Bucket:
    """A token bucket: `burst` at once, `rate` a second after that."""

    __slots__ = ("_burst", "_rate", "_tokens", "_when")

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._when = now

    def take(self, now: float, tokens: int = 1) -> bool:
        """So many tokens, or none if there are fewer."""
        self._tokens = min(self._burst, self._tokens + (now - self._when) * self._rate)
        self._when = now
        if self._tokens < tokens:
            return False
        self._tokens -= tokens
        return True

    def is_full(self, now: float) -> bool:
        return self._tokens + (now - self._when) * self._rate >= self._burst


class Buckets:
    """A bucket for each of many (addresses, persons); whose bucket is full again is forgotten."""

    REMEMBERED = 10_000

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def admit(self, who: str, now: float, tokens: int = 1) -> bool:
        bucket = self._buckets.get(who)
        if bucket is None:
            bucket = self._buckets[who] = Bucket(self._rate, self._burst, now)
        self._buckets.move_to_end(who)
        may_enter = bucket.take(now, tokens)
        self._forget(now)
        return may_enter

    def _forget(self, now: float) -> None:
        oldest = next(iter(self._buckets))
        if self._buckets[oldest].is_full(now) or len(self._buckets) > self.REMEMBERED:
            del self._buckets[oldest]


class Turnstile:
    """Rule R11: at most `full_maps` in a window for the whole worker; who comes later waits in order."""

    def __init__(self, limits: Limits) -> None:
        self._places = limits.full_maps
        self._window_s = limits.full_maps_window_s
        self._window_starts = float("-inf")
        self._taken = 0

    def wait_s(self, now: float) -> float:
        """Take the next free place and say in how many seconds it is; later windows are walked through evenly."""
        if now >= self._window_starts + self._window_s:
            self._window_starts, self._taken = now, 0
        if self._taken == self._places:
            self._window_starts, self._taken = self._window_starts + self._window_s, 0
        place, self._taken = self._taken, self._taken + 1
        if self._window_starts <= now:
            return 0.0
        return self._window_starts - now + place * self._window_s / self._places
