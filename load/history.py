"""The history of one client: what it asked, when, and what it was told; append and settle, never forget."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from load import texts
from load.ballot import Ballot


class Outcome(StrEnum):
    """`UNKNOWN` from the moment of asking until a final answer comes: the command may or may not have taken effect."""

    UNKNOWN = "unknown"
    OK = "ok"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Operation:
    """One command. Times are monotonic seconds; `retries` counts answers that decided nothing; `is_disturbed` if the
    connection was lost while it waited for its answer; `position` is where the answer says the log stands.
    """

    person: str
    command: bytes
    op: str
    invoked_at: float
    ballots: tuple[Ballot, ...] = ()
    outcome: Outcome = Outcome.UNKNOWN
    settled_at: float | None = None
    position: int = 0
    code: str | None = None
    receipt: Mapping[str, Any] | None = None
    retries: int = 0
    is_disturbed: bool = False


@dataclass(slots=True)
class History:
    """Operations of one person in the order of asking.

    `contradictions` are answers that differ from an earlier final answer to the same command; `put_offs` counts by code
    the answers that decided nothing.
    """

    person: str
    _operations: dict[bytes, Operation] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)
    put_offs: Counter[str] = field(default_factory=Counter)

    @property
    def operations(self) -> tuple[Operation, ...]:
        return tuple(self._operations.values())

    def __len__(self) -> int:
        return len(self._operations)

    def __contains__(self, command: bytes) -> bool:
        return command in self._operations

    def __getitem__(self, command: bytes) -> Operation:
        return self._operations[command]

    def invoke(self, command: bytes, op: str, at: float, ballots: tuple[Ballot, ...] = ()) -> None:
        self._operations[command] = Operation(self.person, command, op, at, ballots)

    def put_off(self, command: bytes, code: str | None = None) -> None:
        """`code` says why nothing was decided."""
        known = self._operations[command]
        self._operations[command] = replace(known, retries=known.retries + 1)
        self.put_offs[code or ""] += 1

    def disturb(self, commands: Iterable[bytes]) -> None:
        """The connection is lost before these were answered."""
        for command in commands:
            self._operations[command] = replace(self._operations[command], is_disturbed=True)

    def settle(
        self, command: bytes, ok: bool, code: str | None, answer: Any, at: float, position: int = 0
    ) -> None:
        """A final answer. The first one stands; a different later one is a contradiction."""
        known = self._operations[command]
        outcome = Outcome.OK if ok else Outcome.REFUSED
        receipt = answer.get("receipt") if ok and isinstance(answer, dict) else None
        if known.outcome is Outcome.UNKNOWN:
            self._operations[command] = replace(
                known, outcome=outcome, code=code, receipt=receipt, settled_at=at, position=position
            )
        elif (known.outcome, known.code, known.receipt) != (outcome, code, receipt):
            said = f"{known.op} {command.hex()}"
            self.contradictions.append(
                texts.CONTRADICTION.format(command=said, first=known.outcome, second=outcome)
            )
