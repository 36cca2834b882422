"""Key carriers by HTTP: the organizer of a meeting sees who was refused in it, and hands a carrier over."""

import pytest
from sqlalchemy import select

from app.accounts.cookie import site_of
from app.kernel.crypto import MacKeys
from app.signatures import carrier_api
from app.signatures.carrier_tables import key_carrier_release
from app.signatures.carriers import Carriers
from app.signatures.model import Owner
from app.signatures.refusals import CarrierOtherPerson
from tests.app.accounts.places import URL
from tests.app.meetings.served import Browser, Server

KEY = "SCARD\\rutoken_lt_39445e29\\0A00\\28A9"
FIRST, SECOND = "ООО «Ромашка»", "АО «Лютик»"


class Office:
    """A meeting in which the second participant was refused with the first one's carrier."""

    def __init__(self, server: Server) -> None:
        place = server.place
        self.server = server
        self.carriers = Carriers(place.database, MacKeys({1: b"1" * 32}), place.clock)
        server.app.include_router(
            carrier_api.router(self.carriers, place.accounts, site_of(URL)), prefix="/api"
        )
        self.organizer = server.practitioner()
        self.meeting = self.organizer.found().json()["meeting"]
        links = server.runner.run(place.accounts.links(self.meeting))
        people = {link.seat.name: link.seat.person for link in links}
        names = [name for name in people if name in (SECOND, FIRST)]
        assert len(names) == 2
        self.sign(people[FIRST], "7707083893")
        with pytest.raises(CarrierOtherPerson):
            self.sign(people[SECOND], "500100732259")

    def sign(self, person: str, inn: str) -> None:
        self.server.runner.run(self.carriers.bind(KEY, Owner(inn=inn), "a1", person))

    def path(self, who: Browser, more: str = "") -> str:
        return f"/api/meetings/{self.meeting}/carriers{more}?p={who.person}"


def test_the_organizer_sees_who_was_refused_and_hands_the_carrier_over(server: Server) -> None:
    office = Office(server)
    organizer = office.organizer

    (line,) = organizer.get(office.path(organizer)).json()
    release = office.path(organizer, f"/{line['carrier']}/release")
    blank = organizer.post(release, json={"reason": "", "person": line["person"]})
    other = organizer.post(release, json={"reason": "токен его", "person": organizer.person})
    done = organizer.post(release, json={"reason": "токен его", "person": line["person"]})

    assert (line["name"], line["holder"], len(line["carrier"])) == (SECOND, FIRST, 8)
    assert (blank.status_code, other.status_code, done.status_code) == (422, 404, 204)
    assert organizer.get(office.path(organizer)).json() == []
    assert organizer.post(release, json={"reason": "ещё раз", "person": line["person"]}).status_code == 404
    query = select(key_carrier_release)
    row = server.runner.run(server.place.database.read(lambda db: db.execute(query).one()))
    assert (row.reason, row.officer) == ("токен его", f"{organizer.person} {office.meeting}")
    assert row.given_to == line["person"]


def test_nobody_else_sees_carriers_or_hands_one_over(server: Server) -> None:
    office = Office(server)
    (line,) = office.organizer.get(office.path(office.organizer)).json()
    participant = server.browser(office.meeting, SECOND)
    stranger = server.practitioner()
    stranger.found()

    for who, status in ((participant, 403), (stranger, 404)):
        release = who.post(
            office.path(who, f"/{line['carrier']}/release"), json={"reason": "моё", "person": line["person"]}
        )
        assert release.status_code == status
        assert who.get(office.path(who)).status_code == status
    assert office.organizer.get(office.path(office.organizer)).json() == [line]
