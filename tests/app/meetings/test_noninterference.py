"""P15: until a closed voting closes, nothing that anybody gets or keeps depends on what was chosen."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from app.kernel import sealed
from app.kernel.errors import Refused
from app.meetings import ballot, casting, commands, examination, examined
from app.meetings.minutes import minutes
from app.meetings.model import Role
from tests.builders import ORGANIZER, Log, a_creditor, a_meeting, a_question, person_of

CREDITORS = ("A", "B", "C", "D")
ROLES: tuple[Role, ...] = ("organizer", "registrar", "participant", "observer", "screen")
OPTIONS = (("m1", "Первый"), ("manager-2", "Второй управляющий"))
MARKS = {"yes": ("for", "against", "abstain"), "choice": ("m1", "manager-2", "abstain")}
COMMITMENTS = frozenset({"ballot_sha256", "blobs"})
briefly = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass
class Seen:
    """All that leaves a voting before it has closed; of a hash only that it is there."""

    events: list[Any] = field(default_factory=list)
    blobs: list[int] = field(default_factory=list)
    views: list[Any] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)
    minutes: list[str] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)
    logs: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Step:
    """Somebody votes, perhaps a second time or for another, or his ballot is annulled."""

    creditor: str
    kind: str
    choices: tuple[int, int]


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from(CREDITORS),
        st.sampled_from(("vote", "vote", "vote", "annul", "stranger")),
        st.tuples(st.integers(0, 2), st.integers(0, 2)),
    ),
    max_size=8,
)


def played(question: str, story: list[Step], side: int) -> Seen:
    """The same story; `side` says which of its two choices everybody makes."""
    log = a_meeting(
        a_question("yes", secrecy="closed"),
        a_question("choice", "manager_choice", options=OPTIONS, secrecy="closed"),
        creditors=tuple(a_creditor(one, 10_00 + n) for n, one in enumerate(CREDITORS)),
    )
    voting, seen = log.start(question), Seen()
    with capture_logs() as logs:
        for step in story:
            take(log, voting, step, MARKS[question][step.choices[side]], seen)
            look(log, seen)
    seen.logs = list(logs)
    seen.events = [(e.kind, e.version, e.actor, e.at, without_hashes(e.body)) for e in log.events]
    seen.blobs = [len(blob) for blob in log.blobs.values()]
    return seen


def take(log: Log, voting: int, step: Step, choice: str, seen: Seen) -> None:
    actor = person_of(step.creditor if step.kind != "stranger" else "D")
    command: Any = log.a_cast(voting, step.creditor, choice)
    seen.queued.append(masked(repr(log.examined(actor, command, log.now))))
    if step.kind == "annul":
        actor, command = ORGANIZER, commands.AnnulBallot(voting, step.creditor, "причина")
    try:
        seen.told.append(without_hashes(log.submit(actor, command).answer))
    except Refused as refused:
        seen.told.append((refused.code, without_hashes(refused.details)))


def look(log: Log, seen: Seen) -> None:
    for role in ROLES:
        shown = log.seen(role)
        seen.views.append(shown)
        seen.frames.append(len(msgspec.msgpack.encode(shown)))
        seen.minutes.append(minutes(log.state, log.texts, role))
    seen.frames += [len(msgspec.msgpack.encode(log.mine(person_of(creditor)))) for creditor in CREDITORS]


def without_hashes(body: Any) -> Any:
    """A commitment is only as long as it is; which bytes it is of nobody can say without the ballot's nonce."""
    return {name: len(str(v)) if name in COMMITMENTS | {"sha256"} else v for name, v in body.items()}


def masked(text: str) -> str:
    return " ".join(part for part in text.split() if "sha256=" not in part)


def check(question: str, story: list[Step]) -> None:
    one, other = played(question, story, 0), played(question, story, 1)
    for name in Seen.__dataclass_fields__:
        assert getattr(one, name) == getattr(other, name), f"{name} depend on the choice"


@briefly
@given(question=st.sampled_from(tuple(MARKS)), story=steps)
def test_two_closed_votings_that_differ_only_in_choices_look_the_same(
    question: str, story: list[Step]
) -> None:
    check(question, story)


def test_nothing_on_the_way_to_the_queue_prints_a_choice() -> None:
    log = a_meeting(a_question("yes", secrecy="closed"))
    voting = log.start("yes")
    cast = log.a_cast(voting, "A", "against")
    read = tuple(examination.read_all(cast))

    for printed in (cast, read, read[0].content, log.examined(person_of("A"), cast, log.now)):
        assert "against" not in repr(printed)


def unpadded(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sealed, "framed", lambda content, cms, size: content + cms)


def logged(patch: pytest.MonkeyPatch) -> None:
    read_ballot = ballot.read_ballot

    def chatty(content: bytes) -> commands.BallotContent:
        said = read_ballot(content)
        structlog.get_logger().info("cast", choices=said.choices)
        return said

    patch.setattr(examination, "read_ballot", chatty)


def told_in_the_event(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(casting, "sha256", lambda blob: "0" * 64)
    patch.setattr(examination, "sha256", lambda content: content.decode())


def shown_when_printed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(examined.Examined, "__repr__", lambda one: repr(one.sha256))
    patch.setattr(examination, "sha256", lambda content: content[content.find(b"choices") :].decode()[:12])


def left_open(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(examination, "stored", lambda meeting, voting, creditor, signed: (signed.content,))


@pytest.mark.parametrize("fault", [unpadded, logged, told_in_the_event, shown_when_printed, left_open])
def test_a_planted_leak_is_noticed(
    fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)

    with pytest.raises(AssertionError, match="depend on the choice"):
        check("yes", [Step("A", "vote", (0, 1)), Step("B", "vote", (1, 2))])
