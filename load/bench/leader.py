"""The organizer of the measured meeting, in the crowd's own thread: brings it to a running voting, then does what is measured."""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from load import wire
from load.bench.crowd import Crowd, Member
from load.bench.product import Product, ProductFault, Seat
from load.replica import Replica

ANSWERED_WITHIN_S = 30.0
REGISTERED_AT_ONCE = 200
A_DAY_S = 86_400

Answered = Callable[[wire.Ack, float], None]


class Leader:
    """Connected, and on his screen the whole meeting."""

    def __init__(self, crowd: Crowd, product: Product) -> None:
        self.replica = Replica()
        self.member = arriving(product, (product.organizer,))[0]
        self.member.hears = self._hear
        self._crowd = crowd
        self._waiting: dict[bytes, Answered] = {}
        crowd.connect(product.child.port, (self.member,))
        crowd.must(lambda: self.replica.is_whole, ANSWERED_WITHIN_S, "the organizer's screen")

    def send(self, op: str, answered: Answered, **body: Any) -> None:
        """`answered` gets the ack and the monotonic seconds of its read."""
        command = secrets.token_bytes(16)
        self._waiting[command] = answered
        self.member.send(wire.encode(wire.cmd(command, op, body)))

    def command(self, op: str, **body: Any) -> wire.Ack:
        """Send and wait; raises ProductFault at a refusal."""
        acks: list[wire.Ack] = []
        self.send(op, lambda ack, at: acks.append(ack), **body)
        self._crowd.must(lambda: bool(acks), ANSWERED_WITHIN_S, f"the answer to {op}")
        if not acks[0].ok:
            raise ProductFault(f"{op}: {acks[0].code}")
        return acks[0]

    def begin(self) -> None:
        """Every creditor in the journal, then opened."""
        creditors = sorted(self.replica.of_view("creditor"))
        for start in range(0, len(creditors), REGISTERED_AT_ONCE):
            some = creditors[start : start + REGISTERED_AT_ONCE]
            self.command("register_present", creditors=some, documents="Паспорт")
        self.command("open_meeting")

    def start_voting(self, number: int = 0) -> int:
        """A day long, on the question of this number in the agenda."""
        question = self.replica.view.values["agenda"][number]
        ack = self.command("start_voting", question=question, duration_s=A_DAY_S)
        voting: int = ack.answer["voting"]
        key = f"voting/{voting}"
        self._crowd.must(
            lambda: key in self.replica.view.values, ANSWERED_WITHIN_S, "the voting on the screen"
        )
        return voting

    def _hear(self, payload: bytes, at: float) -> None:
        match wire.decode(payload):
            case wire.Sync() as patch:
                self.replica.take(patch)
            case wire.Ack() as ack if ack.id in self._waiting:
                self._waiting.pop(ack.id)(ack, at)
            case _:
                pass


def arriving(product: Product, seats: Sequence[Seat]) -> list[Member]:
    """Members with fresh tickets in their greetings, not connected yet."""
    tickets = product.tickets(seats)
    return [Member(wire.encode(wire.hello(product.topic, ticket, None))) for ticket in tickets]
