"""Signatures are verified off the loop, by two threads, and a queue that is too long is refused."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from app.kernel.errors import Overloaded
from app.signatures.model import Result
from app.signatures.pool import SignaturePool
from tests.app.signatures.cases import AT, CASES, Signed, good, signed


@pytest.fixture
async def pool() -> AsyncIterator[SignaturePool]:
    pool = SignaturePool(longest_queue=3)
    yield pool
    pool.close()


def verified(pool: SignaturePool, each: Signed) -> "asyncio.Task[Result]":
    asked = pool.verify(each.content, each.signature, at=AT, policy=each.policy, trust=each.trust)
    return asyncio.ensure_future(asked)


def held(gate: threading.Event) -> Callable[..., Result]:
    """A verification that waits for the test."""

    def wait(*_: object, **__: object) -> Result:
        return Result("ok" if gate.wait(10) else "internal_error", AT, "")

    return wait


async def test_a_verdict_comes_back_as_a_value(pool: SignaturePool) -> None:
    verdicts = [await verified(pool, signed(name)) for name in ("p256-good_leaf_only", "p256-garbage")]

    assert [each.verdict for each in verdicts] == ["ok", "malformed"]


async def test_too_long_a_queue_is_refused_and_may_be_asked_again(
    pool: SignaturePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    monkeypatch.setattr("app.signatures.pool.verify", held(gate))
    waiting = [verified(pool, good("rsa")) for _ in range(3)]
    await asyncio.sleep(0)

    with pytest.raises(Overloaded) as refused:
        await verified(pool, good("rsa"))
    gate.set()
    await asyncio.gather(*waiting)

    assert (refused.value.code, refused.value.final) == ("overloaded", False)
    assert (await verified(pool, good("rsa"))).is_good


async def test_who_stops_waiting_leaves_the_queue(
    pool: SignaturePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    monkeypatch.setattr("app.signatures.pool.verify", held(gate))
    waiting = [verified(pool, good("rsa")) for _ in range(3)]
    await asyncio.sleep(0)

    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    last = verified(pool, good("rsa"))
    await asyncio.sleep(0)
    gate.set()

    assert (await last).is_good


async def test_the_loop_goes_on_while_signatures_are_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, gate = SignaturePool(), threading.Event()
    monkeypatch.setattr("app.signatures.pool.verify", held(gate))
    busy = verified(pool, good("rsa"))
    await asyncio.sleep(0)

    assert not busy.done()
    gate.set()
    assert (await busy).is_good
    pool.close()


def test_many_threads_at_once_get_the_verdicts_of_one() -> None:
    """The same trust stores, certificates and keys, first used by all at the same time."""
    expected = {name: CASES[name]["verdict"] for name in CASES}
    wrong: list[str] = []
    begin = threading.Barrier(8)

    def verify_all() -> None:
        begin.wait(10)
        for name, allowed in expected.items():
            if (found := signed(name).verified().verdict) not in allowed:
                wrong.append(f"{name}: {found}")

    threads = [threading.Thread(target=verify_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert not wrong
    assert not any(thread.is_alive() for thread in threads)
