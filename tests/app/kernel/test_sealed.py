"""P16, the lock itself: what was sealed opens with its secret at its place, and any changed bit keeps it shut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel import sealed
from app.kernel.crypto import Unreadable
from app.kernel.sealed import KEY_BYTES, STEPS, TooLong, new_pair, open_ballot, seal_ballot

SECRET, PUBLIC = new_pair()
PLACE = ("m_1", 1, "A")
SIZE = 900
TAG_BYTES = 16


def locked(content: bytes = b"ballot", cms: bytes | None = b"signature") -> bytes:
    return seal_ballot(PUBLIC, *PLACE, content, cms, SIZE)


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=SIZE), cms=st.none() | st.binary(min_size=1, max_size=20_000))
def test_what_was_sealed_opens_to_the_same_bytes(content: bytes, cms: bytes | None) -> None:
    assert open_ballot(SECRET, *PLACE, locked(content, cms)) == (content, cms)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_changed_bit_keeps_it_shut(data: st.DataObject) -> None:
    torn = bytearray(locked())
    torn[data.draw(st.integers(0, len(torn) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(Unreadable):
        open_ballot(SECRET, *PLACE, bytes(torn))


def test_not_even_a_bit_that_the_curve_overlooks_may_change() -> None:
    whole = locked()
    for bit in range(8 * KEY_BYTES):
        torn = bytearray(whole)
        torn[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Unreadable):
            open_ballot(SECRET, *PLACE, bytes(torn))


@pytest.mark.parametrize("place", [("m_2", 1, "A"), ("m_1", 2, "A"), ("m_1", 1, "B")])
def test_it_opens_at_its_own_place_only(place: tuple[str, int, str]) -> None:
    with pytest.raises(Unreadable):
        open_ballot(SECRET, *place, locked())


@pytest.mark.parametrize("length", [0, KEY_BYTES, KEY_BYTES + TAG_BYTES, 4000])
def test_a_piece_of_it_is_nothing(length: int) -> None:
    with pytest.raises(Unreadable):
        open_ballot(SECRET, *PLACE, locked()[:length])


def test_another_secret_does_not_open_it() -> None:
    with pytest.raises(Unreadable):
        open_ballot(new_pair()[0], *PLACE, locked())


@settings(max_examples=100, deadline=None)
@given(one=st.binary(max_size=SIZE), other=st.binary(max_size=SIZE), cms=st.binary(max_size=9000))
def test_the_length_depends_on_the_signature_alone(one: bytes, other: bytes, cms: bytes) -> None:
    assert len(locked(one, cms)) == len(locked(other, cms))
    assert len(locked(one, cms)) - KEY_BYTES - TAG_BYTES in STEPS


def test_a_seal_without_padding_would_tell_the_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the lengths of the two choices differ at once."""
    monkeypatch.setattr(sealed, "framed", lambda content, cms, size: content + cms)

    assert len(locked(b'["for"]')) != len(locked(b'["against"]'))


def test_what_is_too_long_is_said_and_not_cut() -> None:
    with pytest.raises(TooLong):
        locked(bytes(SIZE + 1))
    with pytest.raises(TooLong):
        locked(b"", bytes(STEPS[-1]))


def test_the_same_ballot_is_never_sealed_to_the_same_bytes() -> None:
    assert locked() != locked()
