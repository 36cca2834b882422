"""Commands that come twice, on several workers, out of order or from somebody else: each takes effect once or never."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from load import wire
from load.ballot import Ballot, Choice, write_ballot
from load.door import Door
from load.replica import Replica
from load.sign import Signer
from tests.faults.kinds.strangers import signed_in
from tests.faults.trial import Kind, Scene

COPIES = 6
DECIDED_S = 20.0
AGAIN_S = 0.1

Answer = tuple[bool, str | None, str | None]
"""Done?, the code of a refusal, the signature of the receipt."""


@dataclass(frozen=True, slots=True)
class Cast:
    command: bytes
    ballot: Ballot

    @property
    def body(self) -> Mapping[str, Any]:
        rows = [{"bytes": self.ballot.content, "signature": self.ballot.signature}]
        return {"voting": self.ballot.voting, "ballots": rows}


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody without a socket: every request goes to the next worker."""

    scene: Scene
    door: Door

    async def say(self, command: bytes, op: str, body: Any) -> Answer:
        """Until it is decided, however often."""
        until = time.monotonic() + DECIDED_S
        while time.monotonic() < until:
            ack = await self._once(command, op, body)
            if ack is not None and ack.final:
                receipt = (ack.answer or {}).get("receipt") or {}
                return ack.ok, ack.code, receipt.get("signature")
            await asyncio.sleep(AGAIN_S)
        raise TimeoutError(f"{op} was not decided in {DECIDED_S:.0f} s")

    async def _once(self, command: bytes, op: str, body: Any) -> wire.Ack | None:
        frames = await self.door.poll([self._hello, wire.cmd(command, op, body)])
        return next((frame for frame in frames if isinstance(frame, wire.Ack)), None)

    async def casts(self, *choices: str) -> list[Cast]:
        """Rival ballots for the open voting, one a choice."""
        seen = await self._seen()
        view = seen.view.values
        voting = next(value for key, value in view.items() if key.startswith("voting/"))
        (right,) = seen.of_me(f"right/{voting['voting']}").values()
        question = view[f"question/{voting['question']}"]
        made = [
            write_ballot(view["meeting"]["id"], question, voting, right, Choice((one,))) for one in choices
        ]
        return [Cast(secrets.token_bytes(16), ballot) for ballot in made]

    async def signed_cast(self, signer: Signer) -> Cast:
        (cast,) = await self.casts("for")
        signature = signer.sign(cast.ballot.content, time.time() * 1000)
        return replace(cast, ballot=replace(cast.ballot, signature=signature, serial=signer.serial))

    async def _seen(self) -> Replica:
        replica = Replica()
        for frame in await self.door.poll([self._hello]):
            if isinstance(frame, wire.Sync):
                replica.take(frame)
        return replica

    @property
    def _hello(self) -> wire.ClientFrame:
        return wire.hello(self.scene.meeting.topic, None, None)


async def register(scene: Scene) -> None:
    """Twins are present when the voting opens, so they have rights; for that the meeting is convened already."""
    organizer = tuple(link for link in scene.meeting.crowd if link.role == "organizer")
    (convener,) = await signed_in(scene, organizer)
    await Guest(scene, convener).say(secrets.token_bytes(16), "convene", {})
    for twin, link in zip(await twins(scene), scene.meeting.twins, strict=True):
        await twin.say(secrets.token_bytes(16), "attend", {"creditors": list(link.creditors)})


async def replay(scene: Scene) -> None:
    """Each twin sends one ballot six times at once, on all workers; then a stranger sends the very same bytes."""
    everybody = await who_left(scene)
    for twin, stranger in zip(everybody, [*everybody[1:], everybody[0]], strict=True):
        (cast,) = await twin.casts("for")
        answers = await asyncio.gather(*(twin.say(cast.command, "cast", cast.body) for _ in range(COPIES)))
        judge(scene, "one command", set(answers), counted=1)
        scene.twins.add(cast.ballot.sha256)
        stolen = await stranger.say(cast.command, "cast", cast.body)
        judge(scene, "a stranger's copy", {stolen}, counted=0)


async def reorder(scene: Scene) -> None:
    """Each twin sends three rival ballots, each three times, shuffled, on all workers: exactly one may win."""
    everybody = await who_left(scene)
    for twin in everybody:
        rivals = await twin.casts("for", "against", "abstain")
        queue = [cast for cast in rivals for _ in range(3)]
        scene.rng.shuffle(queue)
        answers = await asyncio.gather(*(twin.say(cast.command, "cast", cast.body) for cast in queue))
        told = {
            cast.command: {a for c, a in zip(queue, answers, strict=True) if c is cast} for cast in rivals
        }
        if any(len(of_one) > 1 for of_one in told.values()):
            scene.wrong.append(f"one command, several answers: {told}")
        judge(scene, "rival ballots", set().union(*told.values()), counted=1)
        scene.twins.update(c.ballot.sha256 for c in rivals if any(ok for ok, _, _ in told[c.command]))


def judge(scene: Scene, what: str, answers: set[Answer], counted: int) -> None:
    done = [answer for answer in answers if answer[0]]
    if len(done) != counted:
        scene.wrong.append(f"{what}: {counted} should be done, the answers were {sorted(map(str, answers))}")


async def who_left(scene: Scene) -> list[Guest]:
    """The first voting waits for the twins, who were there when it opened; the second is the crowd's own."""
    everybody = await twins(scene)
    for twin, link in zip(everybody, scene.meeting.twins, strict=True):
        await twin.say(secrets.token_bytes(16), "leave", {"creditors": list(link.creditors)})
    return everybody


async def twins(scene: Scene) -> list[Guest]:
    return [Guest(scene, door) for door in await signed_in(scene, scene.meeting.twins)]


KINDS = (
    Kind(
        "replayed-commands",
        "a ballot sent six times at once on three workers, then by a stranger",
        replay,
        is_short=True,
        prepare=register,
    ),
    Kind(
        "reordered-commands",
        "three rival ballots, nine times, shuffled, on three workers",
        reorder,
        prepare=register,
    ),
)
