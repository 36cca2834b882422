"""Close codes, grouped by what the client does next: 44xx sign in again, 45xx stop, 46xx reconnect (with full jitter)."""

from enum import IntEnum


class CloseCode(IntEnum):
    # sign in again: ask for a new ticket (or a new login), then connect
    TICKET_REFUSED = 4401
    LOGIN_ENDED = 4402
    # stop: connecting again gives the same
    NO_RIGHT = 4503
    UNKNOWN_TOPIC = 4504
    BAD_PROTOCOL = 4505
    TOO_LARGE = 4509
    TOO_MANY_SOCKETS = 4510
    # reconnect
    GOING_AWAY = 4600
    SLOW = 4601
    TRY_AGAIN = 4602
    TOO_FAST = 4603
    ELSEWHERE = 4604


def client_should(code: int) -> str:
    """ "sign_in", "stop" or "reconnect"; anything that is not ours is a lost connection."""
    return {44: "sign_in", 45: "stop"}.get(code // 100, "reconnect")
