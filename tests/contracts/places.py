"""A small machine for suites of the log: creditors take and free places, notes carry private text."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.kernel.canonical import canonical
from app.kernel.errors import Draining, Refused
from app.kernel.log.model import Decision, Event, Facts, Keeping, NewEvent, Private, RefusedWithEvents


@dataclass(frozen=True, slots=True)
class Take:
    """Take the place of a creditor; a second live one is `already_taken`."""

    creditor: str
    voting: int = 1


@dataclass(frozen=True, slots=True)
class Free:
    creditor: str
    voting: int = 1


@dataclass(frozen=True, slots=True)
class Write:
    """A note with private texts: one about each subject."""

    subjects: tuple[str, ...]
    text: str = "Иванов"
    blobs: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    name: str
    due_at: int | None


@dataclass(frozen=True, slots=True)
class Agree:
    """A plain yes without events."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Refused for now, never finally."""


@dataclass(frozen=True, slots=True)
class Fail:
    """A mistake of the machine."""


@dataclass(frozen=True, slots=True)
class Miss:
    """Refused finally, and noted."""


@dataclass(frozen=True, slots=True)
class Finish:
    pass


@dataclass(frozen=True, slots=True)
class State:
    taken: Mapping[tuple[int, str], int] = field(default_factory=dict)
    notes: tuple[int, ...] = ()
    timers: Mapping[str, int] = field(default_factory=dict)
    events: int = 0


class Places:
    """Reads its own kinds, and `redacted` of the log."""

    rules = "places-1"
    reads: Mapping[str, int] = {
        "taken": 1,
        "freed": 1,
        "noted": 1,
        "scheduled": 1,
        "finished": 1,
        "redacted": 1,
    }
    keeping: Keeping[State] | None = None

    def initial(self) -> State:
        return State()

    def evolve(self, state: State, event: Event) -> State:
        state = replace(state, events=state.events + 1)
        match event.kind:
            case "taken":
                place = (event.body["voting"], event.body["creditor"])
                return replace(state, taken={**state.taken, place: event.pos})
            case "freed":
                place = (event.body["voting"], event.body["creditor"])
                return replace(state, taken={key: pos for key, pos in state.taken.items() if key != place})
            case "noted":
                return replace(state, notes=(*state.notes, event.pos))
            case "scheduled":
                return replace(state, timers={**state.timers, event.body["name"]: event.body["due_at"]})
        return state

    def decide(self, state: State, actor: str, command: Any, facts: Facts) -> Decision:
        match command:
            case Take(creditor, voting):
                return _take(state, creditor, voting)
            case Free(creditor, voting):
                return _free(state, creditor, voting)
            case Write(subjects, text, blobs):
                private = tuple(Private(subject, {"text": text}) for subject in subjects)
                return Decision((NewEvent("noted", {}, private=private, blobs=blobs),))
            case Schedule(name, due_at):
                body = {"name": name, "due_at": due_at or 0}
                return Decision((NewEvent("scheduled", body, timers={name: due_at}),))
            case Agree():
                return Decision(answer={"live": facts.workers_live})
            case Wait():
                raise Draining
            case Miss():
                raise RefusedWithEvents(Refused("missed"), (NewEvent("noted", {}),))
            case Finish():
                return Decision((NewEvent("finished", {}, finishes=True),))
        raise RuntimeError("a mistake of the machine")


def _take(state: State, creditor: str, voting: int) -> Decision:
    place = (voting, creditor)
    if place in state.taken:
        raise Refused("already_taken", details={"pos": state.taken[place]})
    body = {"voting": voting, "creditor": creditor}
    return Decision((NewEvent("taken", body, guards=(place,)),), {"creditor": creditor})


def _free(state: State, creditor: str, voting: int) -> Decision:
    place = (voting, creditor)
    if place not in state.taken:
        raise Refused("not_taken")
    return Decision((NewEvent("freed", {"voting": voting, "creditor": creditor}, frees=(place,)),))


def fingerprint(command: Any) -> bytes:
    return canonical([type(command).__name__, repr(command)])
