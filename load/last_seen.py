"""What each side last saw: the words of a run that was given up, so that the next reader knows where it stood."""

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from load.client import Client


def of_client(client: Client) -> dict[str, Any]:
    """One client in detail: its place in the protocol, what it waits for, the meeting as it stands on its screen."""
    view, position = client.replica.view.values, client.replica.view.position
    return {
        "stage": client.stage,
        "silent_s": silence_s(client),
        "at": position.at if position else None,
        "welcomed_at": client.welcomed_at,
        "connections": client.tally.connections,
        "stopped_by": client.tally.stopped_by,
        "faults": client.tally.faults[-5:],
        "last_fault": client.last_fault,
        "unsettled": [client.history[command].op for command in client.unsettled],
        "meeting": _picked(view.get("meeting", {}), "status", "form"),
        "attendance": _picked(view.get("attendance", {}), "creditors_present", "may_open"),
        "questions": {key: value["state"] for key, value in client.replica.of_view("question").items()},
        "votings": {
            key: _picked(value, "state", "voted", "electorate", "deadline_ms")
            for key, value in client.replica.of_view("voting").items()
        },
        "now_ms": round(client.now_ms()),
    }


def of_crowd(clients: Iterable[Client]) -> dict[str, Any]:
    """The participants as counts: how many stand at each stage and position, and one of the unluckiest in detail."""
    crowd = tuple(clients)
    behind = min(crowd, key=lambda client: client.heard_at, default=None)
    positions = Counter(client.replica.view.position for client in crowd)
    return {
        "stages": dict(Counter(client.stage for client in crowd)),
        "positions": {str(place and place.at): count for place, count in positions.most_common(5)},
        "unsettled": sum(bool(client.unsettled) for client in crowd),
        "stopped": dict(Counter(str(client.tally.stopped_by) for client in crowd if client.tally.stopped_by)),
        "longest_silent": None if behind is None else of_client(behind),
    }


def silence_s(client: Client) -> float:
    """Seconds since the server last said anything to this client."""
    return round(time.monotonic() - client.heard_at, 1)


def _picked(value: Any, *names: str) -> dict[str, Any]:
    return {name: value[name] for name in names if name in value}
