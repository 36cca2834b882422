"""A running meeting with everybody in it, for tests of what must not be done to it."""

import httpx2

from tests.scenarios.site import Browser, Site

EVIL = {"origin": "https://evil.example"}
KIB = 1024


class Room:
    """A running meeting with everybody in it."""

    def __init__(self, site: Site, links: dict[str, str], **people: Browser) -> None:
        self.site, self.links = site, links
        self.organizer, self.one, self.other = people["organizer"], people["A"], people["B"]


def code(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, str(answer.json()["code"])
