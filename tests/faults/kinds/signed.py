"""Signed ballots and sealed votings: workers that die over them at the worst moment, which gates hold for us."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from tests.faults.gate import Gate
from tests.faults.gated import COUNTING, STORING, VERIFYING
from tests.faults.meeting import SIGNED_CREDITORS
from tests.faults.programs import Server
from tests.faults.stand import SIGNED
from tests.faults.trial import Kind, Scene, watched

STAND_S = 90.0
DONE_S = 60.0
READ_S = 120.0
"""On a busy machine several render the minutes of two hundred creditors at once."""
COPIES = 2
SECOND_VOTING = '"voting":2,'
"""As it stands in the bytes of a ballot."""
SEALED = 2
"""The number of the closed voting."""

Read = Callable[[Server], Coroutine[Any, Any, str]]


async def kill_verifying(scene: Scene) -> None:
    """Every ballot of the sealed voting is in a pool when one of the workers dies; none was acknowledged before."""
    gate = Gate(scene.stand.folder, VERIFYING)
    gate.shut(SECOND_VOTING)
    try:
        held = await watched(lambda: _told(gate), lambda told: _sum(told) >= SIGNED_CREDITORS, STAND_S)
        victim = scene.rng.choice([server for server in scene.stand.servers if int(held.get(server.name, 0))])
        await victim.kill()
    finally:
        gate.open()
    scene.others_serve.set()
    scene.notes.append(f"{_sum(held)} signatures in the pools, {held[victim.name]} of them in the dead one's")
    if _sum(held) < SIGNED_CREDITORS:
        scene.wrong.append(f"only {_sum(held)} signatures were in the pools")
    await victim.start()


def _sum(held: Mapping[str, str]) -> int:
    return sum(map(int, held.values()))


async def kill_counting(scene: Scene) -> None:
    """Whoever is about to hand in the count of the sealed voting dies; the others finish before he comes back."""
    gate = Gate(scene.stand.folder, COUNTING)
    gate.shut(f"{scene.meeting.topic}/{SEALED}")
    try:
        victim = await _who_stands(scene, gate)
        closed = await _written(scene, "voting_closed")
        counted = await _written(scene, "voting_counted")
        await victim.kill()
    finally:
        gate.open()
    scene.others_serve.set()
    if (closed, counted) != (SEALED, SEALED - 1):
        scene.wrong.append(f"{closed} votings were closed and {counted} counted when the worker died")
    done = await watched(lambda: _written(scene, "voting_counted"), SEALED.__eq__, DONE_S)
    scene.notes.append(f"{victim.name} died between closing and count, {done - counted} count by the others")
    if done != SEALED:
        scene.wrong.append(f"{done} votings were counted while {victim.name} was dead")
    await victim.start()


async def kill_storing(scene: Scene) -> None:
    """The row of the minutes is written and not committed when its worker dies; then everybody asks the others at once."""
    if not await watched(lambda: _written(scene, "meeting_ended"), bool, STAND_S):
        raise TimeoutError(f"the meeting did not end in {STAND_S:.0f} s")
    gate = Gate(scene.stand.folder, STORING)
    gate.shut(f"{scene.meeting.topic}/minutes")
    victim, *others = scene.rng.sample(scene.stand.servers, len(scene.stand.servers))
    async with reading(scene) as read:
        try:
            lost = await read(victim)
            await victim.gone()
        finally:
            gate.open()
        scene.others_serve.set()
        before = await _documents(scene)
        files = list(await asyncio.gather(*(read(server) for server in others for _ in range(COPIES))))
        await victim.start()
        files.append(await read(victim))
    stored = await _documents(scene)
    scene.notes.append(
        f"the same minutes for {len(files)} readers, after {victim.name} {gate.told()[victim.name]}"
    )
    if not lost.startswith("!") or before or set(files) != {stored.removeprefix("minutes/")}:
        scene.wrong.append(f"first {lost}, before {before!r}, then {files}, stored {stored!r}")


# --- looking ---


async def _who_stands(scene: Scene, gate: Gate) -> Server:
    """The first one. Raises TimeoutError."""
    told = await watched(lambda: _told(gate), bool, STAND_S)
    if not told:
        raise TimeoutError(f"nobody stood at the gate in {STAND_S:.0f} s")
    return next(server for server in scene.stand.servers if server.name in told)


async def _told(gate: Gate) -> Mapping[str, str]:
    return gate.told()


async def _written(scene: Scene, kind: str) -> int:
    """How many events of this kind the meeting's log has."""
    events = "select count(*) from log_event join log_topic using (topic)"
    return int(
        await scene.stand.postgres.say(f"{events} where name='{scene.meeting.topic}' and kind='{kind}'")
    )


async def _documents(scene: Scene) -> str:
    columns = "select kind || '/' || sha256 from document"
    return await scene.stand.postgres.say(f"{columns} where subject='{scene.meeting.topic}' order by kind")


@asynccontextmanager
async def reading(scene: Scene) -> AsyncIterator[Read]:
    """The organizer asks a worker for the minutes: their hash, or `!` and what went wrong."""
    (organizer,) = (link for link in scene.meeting.crowd if link.role == "organizer")
    async with httpx2.AsyncClient(timeout=READ_S, headers={"Origin": scene.stand.url}) as client:
        answer = await client.post(f"{scene.stand.url}/api/session", json={"token": organizer.token})
        query = {"p": answer.raise_for_status().json()["person"]}

        async def read(server: Server) -> str:
            host, port = server.address
            url = f"http://{host}:{port}/api/meetings/{scene.meeting.id}/minutes.pdf"
            try:
                file = (await client.get(url, params=query)).raise_for_status().content
            except httpx2.HTTPError as failure:
                return f"!{type(failure).__name__}: {failure}"
            return hashlib.sha256(file).hexdigest()

        yield read


KINDS = (
    Kind(
        "verifying-killed",
        "SIGKILL of one of three workers while 200 signatures are being verified",
        kill_verifying,
        SIGNED,
    ),
    Kind(
        "counting-killed",
        "SIGKILL of a worker between the closing of a sealed voting and its count",
        kill_counting,
        SIGNED,
    ),
    Kind(
        "minutes-killed",
        "SIGKILL of a worker whose row of the minutes is written and not committed",
        kill_storing,
        SIGNED,
    ),
)
