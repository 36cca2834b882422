"""The hash chain: every byte of every event counts, and the formula is what the page of the log says."""

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.canonical import canonical
from app.kernel.log.chain import ChainBroken, StoredEvent, genesis, next_hash, private_hash, verify_chain

EPOCH = b"epoch-01"
START = genesis("meeting:1", EPOCH)


def a_chain(length: int) -> tuple[StoredEvent, ...]:
    events: list[StoredEvent] = []
    mark = START
    for pos in range(1, length + 1):
        event = StoredEvent(
            topic=7,
            pos=pos,
            epoch=EPOCH,
            at=1_000_000 + pos,
            kind="taken",
            version=1,
            actor="p_a",
            command=bytes([pos]) * 16,
            body=canonical({"n": pos}),
            private_hash=private_hash([(bytes(32), b"{}")]) if pos % 2 else None,
            hash=b"",
        )
        mark = next_hash(mark, event)
        events.append(replace(event, hash=mark))
    return tuple(events)


CHAIN = a_chain(5)


def test_a_whole_chain_ends_at_its_last_hash() -> None:
    assert verify_chain(START, CHAIN) == CHAIN[-1].hash
    assert verify_chain(CHAIN[1].hash, CHAIN[2:], after=2) == CHAIN[-1].hash


def test_the_formula_needs_the_standard_library_only() -> None:
    event = CHAIN[0]
    header = {
        "topic": 7,
        "epoch": EPOCH.hex(),
        "pos": 1,
        "at": 1_000_001,
        "kind": "taken",
        "version": 1,
        "actor": "p_a",
        "command": "01" * 16,
    }
    packed = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    private = hashlib.sha256(hashlib.sha256(bytes(32) + b"{}").digest()).digest()

    first = hashlib.sha256(b"kvorum/log/1" + b"meeting:1" + EPOCH).digest()
    leaf = hashlib.sha256(b"\0" + packed + hashlib.sha256(event.body).digest() + private).digest()

    assert event.hash == hashlib.sha256(b"\2" + first + leaf).digest()


@given(
    index=st.integers(0, 4),
    field=st.sampled_from(("epoch", "command", "body", "private_hash", "hash")),
    at=st.integers(0, 100),
    bit=st.integers(0, 7),
)
def test_any_flipped_bit_is_named(index: int, field: str, at: int, bit: int) -> None:
    value = bytearray(getattr(CHAIN[index], field) or bytes(32))
    value[at % len(value)] ^= 1 << bit
    changed = replace(CHAIN[index], **{field: bytes(value)})  # type: ignore[arg-type]

    with pytest.raises(ChainBroken) as caught:
        verify_chain(START, (*CHAIN[:index], changed, *CHAIN[index + 1 :]))

    assert caught.value.pos == index + 1


@pytest.mark.parametrize(
    "change",
    [
        {"topic": 8},
        {"pos": 3},
        {"at": 5},
        {"kind": "freed"},
        {"version": 2},
        {"actor": "p_b"},
        {"command": None},
    ],
    ids=str,
)
def test_every_word_of_the_header_counts(change: dict[str, object]) -> None:
    changed = replace(CHAIN[1], **change)  # type: ignore[arg-type]

    with pytest.raises(ChainBroken, match="at 2"):
        verify_chain(START, (CHAIN[0], changed, *CHAIN[2:]))


def test_a_missing_or_a_swapped_event_breaks_the_chain() -> None:
    for events in (CHAIN[1:], CHAIN[:2] + CHAIN[3:], (CHAIN[1], CHAIN[0], *CHAIN[2:])):
        with pytest.raises(ChainBroken):
            verify_chain(START, events)
