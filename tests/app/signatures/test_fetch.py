"""Files are fetched from allowed hosts only, within limits, and never from our own networks."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.signatures.fetch import Fetcher, NotFetched, is_public
from tests.app.signatures.lists_site import ListsSite, lists_site


@pytest.fixture
def site() -> Iterator[ListsSite]:
    with lists_site() as site:
        site.files["/good.crl"] = b"list"
        yield site


def look_up_names_only(look_up: Callable[..., object]) -> Callable[..., object]:
    """`socket.create_connection` looks up addresses too."""
    real = socket.getaddrinfo

    def chosen(name: str, *rest: Any, **options: Any) -> object:
        return real(name, *rest, **options) if name[0].isdigit() else look_up(name)

    return chosen


def why(fetcher: Fetcher, url: str) -> str:
    with pytest.raises(NotFetched) as refused:
        fetcher.fetch(url, {})
    return refused.value.why


def test_a_file_is_fetched_once_while_it_does_not_change(site: ListsSite) -> None:
    first = site.fetcher().fetch(site.url("/good.crl"), {})
    second = site.fetcher().fetch(site.url("/good.crl"), first.conditions)
    site.files["/good.crl"] = b"longer list"
    third = site.fetcher().fetch(site.url("/good.crl"), second.conditions)

    assert (first.body, second.body, third.body) == (b"list", None, b"longer list")
    assert second.conditions == first.conditions != third.conditions


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/nothing.crl", "status_404"),
        ("/redirect", "redirect"),
        ("/cut", "broken"),
        ("/no-http", "broken"),
        ("/silent", "too_slow"),
        ("/trickle", "too_slow"),
    ],
)
def test_a_failure_has_its_reason(site: ListsSite, path: str, reason: str) -> None:
    assert why(site.fetcher(ends_within_s=0.4), site.url(path)) == reason


def test_an_endless_file_is_left(site: ListsSite) -> None:
    assert why(site.fetcher(largest_bytes=100_000), site.url("/endless")) == "too_large"


def test_a_host_must_be_allowed_with_its_port(site: ListsSite) -> None:
    nobody = Fetcher(frozenset({"localhost", f"127.0.0.1:{site.port}", "crl.example"}), lambda _: True)

    assert why(nobody, site.url("/good.crl")) == "host_not_allowed"
    assert why(nobody, "http://crl.example.evil.test/good.crl") == "host_not_allowed"
    assert site.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://crl.example/a",
        "file:///etc/passwd",
        "//crl.example/a",
        "http://",
        "http://user:password@crl.example/a",
        "http://crl.example:99999/a",
        "http://crl.example/a\r\nHost: other",
        "http://crl.example/я",
        "",
    ],
)
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    assert why(Fetcher(frozenset({"crl.example"})), url) == "bad_url"


def test_an_allowed_name_that_leads_into_our_network_is_refused(site: ListsSite) -> None:
    careful = Fetcher(frozenset({site.host}))

    assert why(careful, site.url("/good.crl")) == "private_address"
    assert site.asked == []


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(0, 0, 0, "", ("93.184.216.34", 80)), (0, 0, 0, "", ("10.0.0.1", 80))]
    monkeypatch.setattr("app.signatures.fetch.socket.getaddrinfo", lambda *_, **__: answers)

    assert why(Fetcher(frozenset({"crl.example"})), "http://crl.example/a") == "private_address"


def test_the_address_that_was_checked_is_the_one_that_is_asked(
    site: ListsSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads elsewhere the second time (DNS rebinding) is looked up once."""
    answers = [[(0, 0, 0, "", ("127.0.0.1", site.port))], [(0, 0, 0, "", ("10.0.0.1", site.port))]]
    looked_up: list[str] = []

    def look_up(name: str, *_: object, **__: object) -> object:
        looked_up.append(name)
        return answers.pop(0)

    fetcher = Fetcher(frozenset({f"crl.example:{site.port}"}), lambda address: address == "127.0.0.1")
    monkeypatch.setattr("app.signatures.fetch.socket.getaddrinfo", look_up_names_only(look_up))
    found = fetcher.fetch(f"http://crl.example:{site.port}/good.crl", {})

    assert found.body == b"list"
    assert looked_up == ["crl.example"]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fc00::1",
        "::ffff:127.0.0.1",
        "ff02::1",
    ],
)
def test_addresses_of_our_own_networks(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_addresses_of_the_world(address: str) -> None:
    assert is_public(address)
