"""Bytes that would become too many values are turned away before anything is made of them."""

import json

import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.bulk import MAX_VALUES, is_bulky, is_bulky_json
from realtime.close_codes import CloseCode
from realtime.codec import BadFrame, decode, decode_many
from tests.realtime.test_codec import ID, a_cmd

HEAD = msgpack.packb([{"t": "cmd", "id": ID, "op": "cast"}])
MANY = 4 * 1024 * 1024 - 100

ATOMS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False)
    | st.text(max_size=300) | st.binary(max_size=70_000)
    | st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=300))
)  # fmt: skip
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=40), inner, max_size=20),
    max_leaves=40,
)


def how_many(value: object) -> int:
    if isinstance(value, dict):
        return 1 + len(value) + sum(map(how_many, value.values()))
    return 1 + sum(map(how_many, value)) if isinstance(value, list) else 1


@settings(deadline=None, max_examples=50)
@given(VALUES, st.integers(-3, 3))
def test_the_count_is_that_of_the_decoded_values(value: object, more: int) -> None:
    filled = [value, [None] * (MAX_VALUES - how_many(value) - 2 + more)]
    assert is_bulky(msgpack.packb(filled)) is (more > 0)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_count(data: bytes) -> None:
    assert not is_bulky(data)


@pytest.mark.parametrize("empty", [b"\x80", b"\x90", b"\x00", b"\xa0"])
def test_a_request_full_of_empty_values_is_not_decoded(empty: bytes) -> None:
    body = b"\xdd" + MANY.to_bytes(4, "big") + empty * MANY
    bomb = b"\x91\x84" + HEAD[2:] + b"\xa4body" + body
    with pytest.raises(BadFrame, match="too many values"):
        decode_many(bomb, len(bomb))


@pytest.mark.parametrize("bomb", [a_cmd([{}] * 60_000), a_cmd([0] * 60_000)])
def test_a_frame_full_of_small_values_is_a_fault_of_the_client(bomb: bytes) -> None:
    with pytest.raises(BadFrame) as refusal:
        decode(bomb)
    assert refusal.value.code is CloseCode.BAD_PROTOCOL


def test_a_frame_of_json_is_counted_too() -> None:
    bomb = json.dumps({"t": "cmd", "id": "A" * 24, "op": "cast", "body": [{}] * 15_000}).encode()
    assert is_bulky_json(bomb)
    with pytest.raises(BadFrame, match="too many values"):
        decode(bomb)


def test_the_largest_honest_command_passes() -> None:
    ballots = [{"bytes": bytes(1000), "signature": bytes(900), "carrier": "к" * 20}] * 32
    assert not is_bulky(a_cmd({"voting": 1, "ballots": ballots}))
    assert not is_bulky(a_cmd({"creditors": ["c" * 40] * 200, "documents": "паспорт"}))
