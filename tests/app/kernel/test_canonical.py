"""One value, one byte string."""

import json
from enum import StrEnum
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.canonical import canonical, parsed

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('аяaz\n"'), inner, max_size=4),
    max_leaves=12,
)


class Choice(StrEnum):
    FOR = "for"


@given(values)
def test_what_is_written_is_read_back_and_written_the_same(value: object) -> None:
    written = canonical(value)

    assert json.loads(written) == parsed(written) == value
    assert canonical(json.loads(written)) == written


@given(values)
def test_the_standard_library_writes_the_same(value: object) -> None:
    """A verifier of archives has nothing else."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    assert canonical(value) == text.encode()


def test_every_letter_is_written_as_the_standard_library_writes_it() -> None:
    letters = [chr(code) for code in range(0x11000) if not 0xD800 <= code < 0xE000]

    assert canonical(letters) == json.dumps(letters, ensure_ascii=False, separators=(",", ":")).encode()
    assert canonical(dict.fromkeys(letters)) == (
        json.dumps(dict.fromkeys(letters), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    )


def test_keys_are_sorted_and_letters_stay_letters() -> None:
    assert canonical({"б": 1, "a": ("x", None, True)}) == '{"a":["x",null,true],"б":1}'.encode()
    assert canonical(MappingProxyType({"choice": Choice.FOR})) == b'{"choice":"for"}'


@pytest.mark.parametrize(
    "value", [1.0, {"share": 0.5}, [b"bytes"], {1: "number as a key"}, {"set": {1}}, "\ud800"], ids=repr
)
def test_what_json_cannot_say_exactly_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"canonical|key|encode"):
        canonical(value)
