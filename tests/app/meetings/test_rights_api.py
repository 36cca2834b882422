"""Nobody into another's meeting, and in a meeting each role its own."""

import pytest

from tests.app.meetings.served import Server

PRIVATE = (
    "/api/meetings/{m}/links.csv?p={p}",
    "/api/meetings/{m}/links?p={p}",
    "/meetings/{m}/links?p={p}",
)
OPEN = (
    "/api/meetings/{m}/tables/1?p={p}",
    "/api/meetings/{m}/receipts?p={p}",
    "/api/meetings/{m}/votings/1/recount.json?p={p}",
    "/meetings/{m}/minutes?p={p}",
)


@pytest.mark.parametrize("path", PRIVATE + OPEN)
def test_anothers_meeting_does_not_exist(server: Server, path: str) -> None:
    mine, theirs = server.practitioner(), server.practitioner()
    their_meeting = theirs.found().json()["meeting"]
    mine.found()

    for person in (mine.person, theirs.person, "p_nobody"):
        answer = mine.get(path.format(m=their_meeting, p=person))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", PRIVATE)
@pytest.mark.parametrize("name", ["АО «Лютик»", "Экран в зале", "Стол регистрации"])
def test_only_the_organizer_sees_the_links(server: Server, path: str, name: str) -> None:
    meeting = server.practitioner().found().json()["meeting"]
    browser = server.browser(meeting, name)

    assert browser.get(path.format(m=meeting, p=browser.person)).status_code == 403


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [("minutes/unchecked", "may_change", True), ("readiness/trust", "reason", "list_missing")],
)
def test_what_is_unchecked_and_whom_to_trust_is_the_organizers_to_know(
    server: Server, path: str, key: str, value: object
) -> None:
    organizer = server.practitioner()
    meeting = organizer.found().json()["meeting"]
    participant = server.browser(meeting, "АО «Лютик»")

    seen = organizer.get(f"/api/meetings/{meeting}/{path}?p={organizer.person}")

    assert seen.json()["rows"][0][key] == value
    asked = participant.get(f"/api/meetings/{meeting}/{path}?p={participant.person}")
    assert asked.status_code == 403


def test_a_participant_sees_tables_and_receipts(server: Server) -> None:
    meeting = server.practitioner().found().json()["meeting"]
    participant = server.browser(meeting, "АО «Лютик»")

    table, receipts = (participant.get(path.format(m=meeting, p=participant.person)) for path in OPEN[:2])

    assert table.json()["rows"][0]["weight_kopecks"] == "100"
    assert receipts.json()[0]["creditor"] == "c0001"
    assert participant.get(f"/api/meetings/{meeting}/tables/2?p={participant.person}").status_code == 404


def test_a_screen_in_the_hall_gets_no_file_for_a_recount(server: Server) -> None:
    meeting = server.practitioner().found().json()["meeting"]
    participant, screen = server.browser(meeting, "АО «Лютик»"), server.browser(meeting, "Экран в зале")
    path = f"/api/meetings/{meeting}/votings/{{}}/recount.json?p={{}}"

    given = participant.get(path.format(1, participant.person))

    assert given.json() == {"id": "1", "ballots": []}
    assert "attachment" in given.headers["content-disposition"]
    assert participant.get(path.format(2, participant.person)).status_code == 404
    assert screen.get(path.format(1, screen.person)).status_code == 403


def test_what_sums_will_tell_is_told_to_the_organizer_alone(server: Server) -> None:
    organizer = server.practitioner()
    meeting = organizer.found().json()["meeting"]
    path = f"/api/meetings/{meeting}/questions/{{}}/leak?p={{}}"

    told = organizer.get(path.format("q1", organizer.person))

    assert told.json()["exposed_percent"] == "100"
    assert organizer.get(path.format("q9", organizer.person)).status_code == 404
    for name in ("АО «Лютик»", "Экран в зале", "Стол регистрации"):
        browser = server.browser(meeting, name)
        assert browser.get(path.format("q1", browser.person)).status_code == 403


def test_the_screen_has_no_table_by_name(server: Server) -> None:
    meeting = server.practitioner().found().json()["meeting"]
    screen = server.browser(meeting, "Экран в зале")

    assert screen.get(f"/api/meetings/{meeting}/tables/1?p={screen.person}").status_code == 403
