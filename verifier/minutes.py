"""The minutes against the log: sums, votes by name, times and the head as they are printed; the signed file and its signers."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tally import PROFILE, percent
from tally.money import rubles
from verifier import texts
from verifier.archive import MINUTES, MINUTES_FACTS, MINUTES_PDF, MINUTES_SIGNATURE, NAMES, Archive, Event
from verifier.finding import Findings
from verifier.meeting import Meeting, Voting
from verifier.signature import Asked, examine
from verifier.strict_json import loads
from verifier.versions import Versions
from verifier.voting import CLOCKS

Rows = list[list[str]]
HEAD = re.compile(rb"kvorum-head:(\d{1,12}):([0-9a-f]{64})")
SPACE = re.compile(r"\s+")
OVER = ("meeting_ended", "meeting_failed", "meeting_cancelled")


# --- the page -----------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """`facts`: what is printed in the places that `data-fact` marks, as rows of cells; a place named twice is `twice`."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.facts: dict[str, Rows] = {}
        self.twice: set[str] = set()
        self._open: tuple[str, Rows] | None = None
        self._cell: list[str] | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fact = dict(attrs).get("data-fact")
        if fact:
            self._open = tag, []
            self.twice |= {fact} & self.facts.keys()
            self.facts[fact] = self._open[1]
        if self._open is None:
            return
        if tag in ("tr", "dt", "p"):
            self._open[1].append([])
        if tag in ("th", "td", "dt", "dd", "p"):
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if self._open is None:
            return
        if tag in ("th", "td", "dt", "dd", "p") and self._cell is not None and self._open[1]:
            self._open[1][-1].append(plain("".join(self._cell)))
            self._cell = None
        if tag == self._open[0]:
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)


def plain(text: str) -> str:
    """With single ordinary spaces: which kind of space is printed says nothing."""
    return SPACE.sub(" ", text).strip()


def check_page(archive: Archive, meeting: Meeting, events: Sequence[Event], findings: Findings) -> None:
    """What the log says must stand in the marked places, once, and nothing else be marked."""
    content = archive.files.get(MINUTES)
    if content is None:  # named already
        return
    page = Page(content.decode())
    expected = dict(_expected(archive, meeting, events))
    for fact in sorted(page.twice | (page.facts.keys() ^ expected.keys())):
        findings.fault("minutes_fact", MINUTES, fact)
    for fact, rows in expected.items():
        if fact in page.facts and not _is_printed(fact, rows, page.facts[fact]):
            findings.fault("minutes_differ", MINUTES, fact)
        findings.add("minutes")


def _is_printed(fact: str, expected: Rows, printed: Rows) -> bool:
    """Of a table its body, cell by cell; what is empty in a row is not compared. Of the proof the rows that are expected."""
    if fact == "proof":
        return all(row in printed for row in expected)
    body = printed if fact.endswith("/explanation") else printed[1:]
    return len(body) == len(expected) and all(
        len(row) >= len(given) and all(one in ("", cell) for one, cell in zip(given, row, strict=False))
        for given, row in zip(expected, body, strict=True)
    )


def _expected(archive: Archive, meeting: Meeting, events: Sequence[Event]) -> Iterator[tuple[str, Rows]]:
    head = archive.manifest["head"]
    yield (
        "proof",
        [[texts.HEAD_ROW, texts.HEAD_TEXT.format(at=head["at"])], [texts.MARK_ROW, str(head["mark"])]],
    )
    names = archive.json(NAMES)["creditors"]
    options = options_of(events)
    for voting in meeting.votings.values():
        if voting.counted is None:
            continue
        question = meeting.questions[voting.question]
        words = words_of(question, options.get(voting.question, {}))
        said = voting.counted.said
        explanation = str(said["explanation"])
        for id, text in words.items():
            explanation = explanation.replace(f"«{id}»", f"«{text}»")
        told = {"explanation": [[plain(explanation)]], "totals": list(_totals(said, voting, words))}
        if archive.is_full or question["secrecy"] == "open":
            told["ballots"] = list(_ballots(meeting, voting, words, names))
        yield from ((f"{voting.number}/{name}", rows) for name, rows in told.items() if rows)


def options_of(events: Sequence[Event]) -> dict[str, dict[str, str]]:
    """Texts of options by question."""
    found: dict[str, dict[str, str]] = {}
    for event in events:
        shown = [part["text"] for part in event.private or () if "text" in part]
        if event.kind == "question_added" and shown:
            options = loads(shown[0]).get("options", ())
            found[str(event.said["id"])] = {one["id"]: one["text"] for one in options}
    return found


def words_of(question: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """What may be marked, in the order of the ballot, in words."""
    if question["kind"] == "yes_no":
        return dict(texts.YES_NO)
    options = {id: given.get(id, texts.GONE) for id in question["options"]}
    return {**options, "abstain": texts.YES_NO["abstain"]} if question["kind"] == "choice" else options


def _totals(said: Mapping[str, Any], voting: Voting, words: Mapping[str, str]) -> Iterator[list[str]]:
    """Mark, sum, percent of the base, creditors; the last is not compared where choices are hidden."""
    kopecks = {mark: int(sum) for mark, sum in {**said["candidates"], **said["totals"]}.items()}
    base = int(said["denominator_kopecks"] or 0) or sum(int(each) for each in said["totals"].values())
    numbers: Counter[str] = Counter()
    for creditor in voting.present.keys() | voting.live.keys():
        numbers.update(_counted(voting, creditor))
    for mark, text in {**words, **{id: word for id, word in texts.MARKS.items() if id not in words}}.items():
        if mark in kopecks:
            number = str(numbers[mark]) if voting.choices or not voting.live else ""
            yield [plain(text), plain(rubles(kopecks[mark])), f"{percent(kopecks[mark], base)} %", number]
    if said["share"] is not None:
        above, below = map(int, said["share"].split("/"))
        yield [texts.SHARE_ROW, f"{said['share']} ({percent(above, below)} %)"]


def _counted(voting: Voting, creditor: str) -> Sequence[str]:
    """How a ballot went into the totals."""
    choice = voting.choices.get(creditor)
    if choice is None:
        return ("not_submitted",)
    if "ground" in choice:
        return ("invalid",)
    if choice.get("distribution") is None:
        return choice["choices"] if len(choice["choices"]) == 1 else ("invalid",)
    return ("cast", *(id for id, votes in choice["distribution"].items() if int(votes)))


def _ballots(
    meeting: Meeting, voting: Voting, words: Mapping[str, str], names: Mapping[str, str]
) -> Iterator[list[str]]:
    """Name, votes, mark, and when it was received; by what channel and by whom is not compared."""
    zone = str(meeting.card["timezone"])
    for creditor in sorted(voting.present.keys() | voting.live.keys()):
        ballot = voting.live.get(creditor)
        received = moment(ballot.said["received_at"], zone) if ballot else texts.NOTHING
        votes = plain(rubles(voting.weights[creditor]))
        yield [plain(names[creditor]), votes, plain(_mark(voting, creditor, words)), "", received]


def _mark(voting: Voting, creditor: str, words: Mapping[str, str]) -> str:
    if creditor in voting.set_aside:
        return texts.DAMAGED_MARK
    choice = voting.choices.get(creditor, {})
    distribution = choice.get("distribution")
    if distribution is not None and "ground" not in choice:
        return "; ".join(
            f"{words.get(id, id)} — {rubles(int(n))}" for id, n in distribution.items() if int(n)
        )
    mark = _counted(voting, creditor)[0]
    said = {**texts.MARKS, **words}.get(mark, mark)
    return f"{said}: {PROFILE.ground_title(choice['ground'])}" if "ground" in choice else said


def moment(at: int, zone: str) -> str:
    """In the meeting's own time; "" (not compared) in the hour that came twice and where this machine knows no such zone."""
    try:
        local = datetime.fromtimestamp(at // 1_000_000, UTC).astimezone(ZoneInfo(zone))
        came_twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
        return "" if came_twice else local.strftime(texts.LOCAL)
    except (ZoneInfoNotFoundError, ValueError):
        return ""


# --- the signed file ----------------------------------------------------------------------------------------------


def check_signed(archive: Archive, events: Sequence[Event], versions: Versions, findings: Findings) -> None:
    """The file names a place in this very log; every signature under it is good. Who the chair is, people say."""
    content = archive.files.get(MINUTES_PDF)
    if content is None:
        findings.note("minutes_unsigned", MINUTES_PDF)
        return
    heads = {(int(at), mark.decode()) for at, mark in HEAD.findall(content)}
    marks = {(event.pos, event.hash): event.at for event in since_the_end(events)}
    if len(heads) != 1 or not heads <= marks.keys():
        findings.fault("minutes_head", MINUTES_PDF, ", ".join(f"{at}: {mark}" for at, mark in sorted(heads)))
    if not archive.is_full:
        return
    signed = archive.json(MINUTES_FACTS)["signatures"]
    if not signed:
        findings.note("minutes_unsigned", MINUTES_PDF)
    since = min((marks.get(head, 0) for head in heads), default=0)
    for number, said in enumerate(signed, 1):
        if int(said["received_at"]) < since - CLOCKS:
            findings.fault("minutes_early", MINUTES_SIGNATURE.format(number=number))
        _check_signature(archive, MINUTES_SIGNATURE.format(number=number), content, said, versions, findings)


def since_the_end(events: Sequence[Event]) -> Sequence[Event]:
    """Those of which minutes may print the mark; after them a text may be destroyed, say, and the log goes on."""
    over = next((event.pos for event in events if event.kind in OVER), len(events))
    return [event for event in events if event.pos >= over]


def _check_signature(
    archive: Archive,
    place: str,
    content: bytes,
    said: Mapping[str, Any],
    versions: Versions,
    findings: Findings,
) -> None:
    signature = archive.files.get(place)
    trust = versions.of(str(said["trust_version"]))
    if signature is None:
        findings.fault("signature_missing", place)
        return
    if trust is None:
        findings.fault("trust_missing", place, str(said["trust_version"]))
        return
    asked = Asked(int(said["received_at"]), is_qualified=True)
    found = examine(content, signature, asked, trust)
    if found.verdict == "not_qualified":  # a demonstration authority marks nothing
        findings.note("minutes_unqualified", place)
        found = examine(content, signature, replace(asked, is_qualified=False), trust)
    if found.is_beyond:
        findings.beyond("gost_missing", place)
    elif found.verdict != "ok" or found.certificate is None:
        findings.fault("minutes_signature", place, texts.verdict(found.verdict, found.details))
    else:
        owner = found.certificate.owner
        full = f"{owner.get('surname', '')} {owner.get('given_name', '')}".strip()
        findings.note("minutes_signed", place, full or owner.get("common_name", ""))
        if found.doubt:
            findings.note(texts.DOUBTS[found.doubt], place, found.details)
        findings.add("minutes_signatures")
