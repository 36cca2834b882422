"""The reader takes one form of each value and nothing else."""

from datetime import UTC, datetime

import pytest

from app.signatures.der import INTEGER, SEQUENCE, NotDer, Reader, dotted, integer, moment, single, text


def test_elements_are_read_in_their_order() -> None:
    reader = single(bytes.fromhex("3006020101020102"), SEQUENCE)

    assert reader.peek() == INTEGER
    assert [integer(reader.take(INTEGER)) for _ in range(2)] == [1, 2]
    assert reader.peek() is None
    reader.done()


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "30",
        "3001",
        "31020000",
        "3000ff",
        "3080020101 0000",
        "308100",
        "30817f" + "00" * 127,
        "30820080" + "00" * 128,
        "3085000000000100",
        "30ff",
    ],
)
def test_another_form_of_length_or_tag_is_refused(encoded: str) -> None:
    with pytest.raises(NotDer):
        single(bytes.fromhex(encoded), SEQUENCE)


def test_an_element_may_not_be_longer_than_what_holds_it() -> None:
    reader = single(bytes.fromhex("3003020501"), SEQUENCE)

    with pytest.raises(NotDer):
        reader.take(INTEGER)


def test_what_is_left_over_is_refused() -> None:
    reader = single(bytes.fromhex("3006020101020102"), SEQUENCE)
    reader.take(INTEGER)

    with pytest.raises(NotDer):
        reader.done()


@pytest.mark.parametrize(
    ("encoded", "value"), [("00", 0), ("7f", 127), ("0080", 128), ("ff", -1), ("8000", -32768)]
)
def test_integers(encoded: str, value: int) -> None:
    assert integer(bytes.fromhex(encoded)) == value


@pytest.mark.parametrize("encoded", ["", "0001", "007f", "ff80"])
def test_integers_not_in_the_shortest_form_are_refused(encoded: str) -> None:
    with pytest.raises(NotDer):
        integer(bytes.fromhex(encoded))


@pytest.mark.parametrize(
    ("encoded", "figures"),
    [("2a85030701010101", "1.2.643.7.1.1.1.1"), ("550403", "2.5.4.3"), ("883703", "2.999.3"), ("00", "0.0")],
)
def test_object_identifiers(encoded: str, figures: str) -> None:
    assert dotted(bytes.fromhex(encoded)) == figures


@pytest.mark.parametrize("encoded", ["", "2a85", "2a8001"])
def test_object_identifiers_cut_short_or_padded_are_refused(encoded: str) -> None:
    with pytest.raises(NotDer):
        dotted(bytes.fromhex(encoded))


@pytest.mark.parametrize(
    ("tag", "stamp", "year"),
    [("17", "261121120000Z", 2026), ("17", "501121120000Z", 1950), ("18", "20501121120000Z", 2050)],
)
def test_times(tag: str, stamp: str, year: int) -> None:
    encoded = bytes.fromhex(tag) + bytes([len(stamp)]) + stamp.encode()

    assert moment(Reader(encoded)) == datetime(year, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("stamp", ["2611211200Z", "261121120000+0300", "261321120000Z", "26112112000-Z", ""])
def test_times_of_another_form_are_refused(stamp: str) -> None:
    with pytest.raises(NotDer):
        moment(Reader(b"\x17" + bytes([len(stamp)]) + stamp.encode()))


@pytest.mark.parametrize(
    ("tag", "contents"),
    [(0x0C, "Ёж".encode()), (0x1E, "Ёж".encode("utf-16-be")), (0x1C, "Ёж".encode("utf-32-be"))],
)
def test_texts(tag: int, contents: bytes) -> None:
    assert text(tag, contents) == "Ёж"


@pytest.mark.parametrize(("tag", "contents"), [(0x0C, b"\xff"), (0x12, "я".encode()), (0x04, b"x")])
def test_unreadable_texts_are_refused(tag: int, contents: bytes) -> None:
    with pytest.raises(NotDer):
        text(tag, contents)
