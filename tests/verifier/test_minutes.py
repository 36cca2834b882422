"""The minutes in an archive against its log: what is printed in them, which record their file names, who signed it."""

import json
import re
from collections.abc import Callable

import pytest

from tests.verifier.archives import archive_of, with_new_sums
from verifier.check import check

Files = dict[str, bytes]


def codes(files: Files) -> set[tuple[str, str]]:
    """Of a forger without the server's key."""
    found = check(archive_of(with_new_sums(files))).findings.faults
    return {(fault.code, fault.details) for fault in found} - {("seal_bad", "")}


def page(old: str, new: str) -> Callable[[Files], Files]:
    def changed(files: Files) -> Files:
        text = files["minutes.html"].decode().replace("\xa0", " ")
        assert old in text, old
        return {**files, "minutes.html": text.replace(old, new, 1).encode()}

    return changed


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        (page("<td>20,02</td>", "<td>20,03</td>"), "1/totals"),
        (page("<td>66,66 %</td>", "<td>66,67 %</td>"), "1/totals"),
        (page("2/3 (66,66 %)", "3/3 (66,66 %)"), "1/totals"),
        (page("Решение принято: за", "Решение не принято: за"), "1/explanation"),
        (page("<td>Против</td>", "<td>За</td>"), "1/ballots"),
        (
            page(
                '<th scope="row">ООО «A»</th><td>10,00</td><td>За',
                '<th scope="row">ООО «B»</th><td>10,00</td><td>За',
            ),
            "1/ballots",
        ),
        (page("последняя запись № 31", "последняя запись № 30"), "proof"),
    ],
)
def test_another_figure_name_vote_or_head_is_named(
    change: Callable[[Files], Files], fact: str, full: Files
) -> None:
    assert codes(change(full)) == {("minutes_differ", fact)}


def test_another_moment_of_a_ballot_is_named(full: Files) -> None:
    text = full["minutes.html"].decode()
    table = text.index('data-fact="1/ballots"')
    changed = text[:table] + re.sub(r":\d\d</td>", ":61</td>", text[table:], count=1)

    assert codes({**full, "minutes.html": changed.encode()}) == {("minutes_differ", "1/ballots")}


@pytest.mark.parametrize("new", ["", ' data-fact="9/totals"'])
def test_a_place_that_is_gone_or_is_none_is_named(new: str, full: Files) -> None:
    assert ("minutes_fact", "1/totals") in codes(page(' data-fact="1/totals"', new)(full))


def test_a_place_that_stands_twice_is_named(full: Files) -> None:
    twice = '<p data-fact="1/explanation">x</p></body>'

    assert ("minutes_fact", "1/explanation") in codes(page("</body>", twice)(full))


def test_a_row_too_many_is_named(full: Files) -> None:
    more = '<tr><th scope="row">За</th><td>1,00</td></tr>\n  </tbody>'
    text = full["minutes.html"].decode()
    table = text.index('data-fact="2/ballots"')
    changed = text[:table] + text[table:].replace("</tbody>", more, 1)

    assert codes({**full, "minutes.html": changed.encode()}) == {("minutes_differ", "2/ballots")}


def test_the_participants_page_tells_no_vote_of_a_closed_voting(participants: Files) -> None:
    assert b'data-fact="2/totals"' in participants["minutes.html"]
    assert b'data-fact="2/ballots"' not in participants["minutes.html"]


def test_the_signed_file_names_a_record_of_this_log(full: Files) -> None:
    content = full["minutes.pdf"]
    (mark,) = set(re.findall(rb"kvorum-head:31:([0-9a-f]{64})", content))
    other = content.replace(mark, bytes(64).hex().encode()[:64])

    assert {code for code, _ in codes({**full, "minutes.pdf": other})} == {
        "minutes_head",
        "minutes_signature",
    }
    assert {code for code, _ in codes({**full, "minutes.pdf": b"%PDF"})} == {
        "minutes_head",
        "minutes_signature",
    }


def test_the_signed_file_was_made_after_the_end(full: Files) -> None:
    content = full["minutes.pdf"]
    early = json.loads(full["events.jsonl"].splitlines()[1])
    place = b"kvorum-head:%d:%b" % (early["pos"], early["hash"].encode())
    changed = re.sub(rb"kvorum-head:31:[0-9a-f]{64}", place, content)

    assert "minutes_head" in {code for code, _ in codes({**full, "minutes.pdf": changed})}


def test_a_signature_under_the_minutes_is_judged_by_its_own_trust(full: Files) -> None:
    facts = json.loads(full["minutes.json"])
    facts["signatures"][0]["trust_version"] = "ab" * 32
    without = {path: content for path, content in full.items() if not path.endswith(".1.sig")}

    assert codes({**full, "minutes.json": json.dumps(facts).encode()}) == {("trust_missing", "ab" * 32)}
    assert codes(without) == {("signature_missing", "")}


def test_minutes_are_not_signed_before_what_they_tell(full: Files) -> None:
    """A day earlier the certificate of the chair may have been good."""
    facts = json.loads(full["minutes.json"])
    facts["signatures"][0]["received_at"] -= 86_400 * 1_000_000

    assert ("minutes_early", "") in codes({**full, "minutes.json": json.dumps(facts).encode()})


def test_lists_that_are_missing_for_the_signature_under_the_minutes_are_told(full: Files) -> None:
    without = {path: content for path, content in full.items() if not path.endswith(".crl")}
    notes = check(archive_of(with_new_sums(without))).findings.notes

    assert ("list_missing", "minutes.pdf.1.sig") in [(note.code, note.place) for note in notes]


def test_an_archive_without_the_file_says_so(full: Files) -> None:
    without = {
        path: content
        for path, content in full.items()
        if not path.startswith(("minutes.pdf", "minutes.json"))
    }
    notes = check(archive_of(with_new_sums(without))).findings.notes

    assert "minutes_unsigned" in [note.code for note in notes]
