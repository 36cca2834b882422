"""The cookie's name and flags, and whose pages may send requests."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from app.accounts.attempts import FAILURES, WINDOW_US, Attempts
from app.accounts.cookie import PlainHttpBeyondLoopback, require_own_origin, set_cookie, site_of
from app.accounts.refusals import ForeignOrigin, TooManyAttempts


def a_request(method: str, **headers: str) -> Request:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "headers": raw, "path": "/"})


def test_over_https_the_cookie_is_bound_to_the_host_and_secure() -> None:
    response = Response()

    set_cookie(response, site_of("https://kvorum.example"), "secret")

    flags = {flag.strip().lower() for flag in response.headers["set-cookie"].split(";")}
    assert "__host-kvorum=secret" in flags
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= flags
    assert not any(flag.startswith("domain") for flag in flags)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_on_plain_loopback_the_cookie_has_its_short_name(url: str) -> None:
    response = Response()

    set_cookie(response, site_of(url), "secret")

    assert response.headers["set-cookie"].startswith("kvorum=secret")
    assert "Secure" not in response.headers["set-cookie"]


@pytest.mark.parametrize(
    "url", ["http://kvorum.example", "http://192.168.1.5:8000", "ftp://127.0.0.1", "http://"]
)
def test_plain_http_beyond_this_machine_is_refused(url: str) -> None:
    with pytest.raises(PlainHttpBeyondLoopback):
        site_of(url)


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "null"}, {"origin": "https://evil.example"}, {"origin": "http://kvorum.example"},
     {"origin": "https://kvorum.example.evil.example"}, {"referer": "https://kvorum.example/"}],
)  # fmt: skip
def test_a_change_from_another_site_is_refused(headers: dict[str, str]) -> None:
    site = site_of("https://kvorum.example")

    with pytest.raises(ForeignOrigin):
        require_own_origin(a_request("POST", **headers), site)


def test_a_change_from_our_page_and_a_look_from_anywhere_pass() -> None:
    site = site_of("https://kvorum.example")

    require_own_origin(a_request("POST", origin="https://kvorum.example"), site)
    require_own_origin(a_request("GET"), site)


def test_twenty_failures_a_minute_stop_an_address_and_no_other() -> None:
    attempts = Attempts()
    for _ in range(FAILURES):
        attempts.check("10.0.0.1", 0)
        attempts.failed("10.0.0.1", 0)

    with pytest.raises(TooManyAttempts):
        attempts.check("10.0.0.1", WINDOW_US - 1)
    attempts.check("10.0.0.2", 0)
    attempts.check("10.0.0.1", WINDOW_US)
