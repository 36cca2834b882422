"""The session cookie and the sites that may send requests with it."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.accounts.refusals import ForeignOrigin
from app.accounts.service import LIFETIME_US

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class PlainHttpBeyondLoopback(ValueError):
    """A session over plain http may only live on this very machine."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where the server is reached: the cookie's name and flags follow from it, and the origins that are ours."""

    origins: frozenset[str]
    is_secure: bool

    @property
    def cookie(self) -> str:
        return "__Host-kvorum" if self.is_secure else "kvorum"


def site_of(public_url: str) -> Site:
    """Raises PlainHttpBeyondLoopback. On loopback both names of it are one site: people type either."""
    parts = urlsplit(public_url)
    host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    if parts.scheme == "https":
        return Site(frozenset({f"https://{parts.netloc}"}), is_secure=True)
    if parts.scheme != "http" or not _is_loopback(host):
        raise PlainHttpBeyondLoopback(public_url)
    names = {host if ":" not in host else f"[{host}]", "localhost", "127.0.0.1"}
    return Site(frozenset(f"http://{name}{port}" for name in names), is_secure=False)


def cookie_of(connection: HTTPConnection, site: Site) -> str | None:
    return connection.cookies.get(site.cookie)


def set_cookie(response: Response, site: Site, value: str) -> None:
    response.set_cookie(
        site.cookie,
        value,
        max_age=LIFETIME_US // 1_000_000,
        path="/",
        secure=site.is_secure,
        httponly=True,
        samesite="lax",
    )


def clear_cookie(response: Response, site: Site) -> None:
    response.delete_cookie(site.cookie, path="/", secure=site.is_secure, httponly=True, samesite="lax")


def require_own_origin(connection: HTTPConnection, site: Site) -> None:
    """Refuse a request that changes something unless a page of ours sent it: browsers name the page's origin.

    Raises ForeignOrigin. Programs that are no browsers send the header `Origin` too.
    """
    if connection.scope.get("method", "GET") in _SAFE and connection.scope["type"] == "http":
        return
    if connection.headers.get("origin") not in site.origins:
        raise ForeignOrigin


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
