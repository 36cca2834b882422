"""The HTTP edge: refusals as problem+json (RFC 9457), mistakes of ours as a number that is found in the log."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kernel.away import is_database_away
from app.kernel.errors import DatabaseAway, Malformed, Refused, TooLarge
from app.kernel.logging import incident
from app.kernel.texts import REFUSED, TITLES

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
DESCRIBED: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A refusal.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
"""For FastAPI: every route answers what it does not do with a `Problem`."""

_CODES = {
    400: "malformed",
    401: "sign_in_again",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
}


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457: `detail` is for people, in Russian; `code` and `details` are for programs."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    article: str | None = None
    details: dict[str, Any] | None = None


def install(app: Starlette, titles: Mapping[str, str] | None = None) -> None:
    """Map every error of `app` (Starlette or FastAPI); `titles` adds the sentences of the slices by code."""
    known = {**TITLES, **(titles or {})}

    def on_refused(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Refused)  # noqa: S101 registered for this type only
        return problem(error, known)

    def on_invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101 as above
        faults = [{"at": list(fault["loc"]), "type": fault["type"]} for fault in error.errors()]
        return problem(Malformed(details={"faults": faults}), known)

    def on_http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 as above
        code = _CODES.get(error.status_code, "refused")
        return _problem(error.status_code, code, known.get(code, REFUSED), headers=error.headers)

    app.add_exception_handler(Refused, on_refused)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_middleware(TooLargeTold, titles=known)
    app.add_middleware(Incidents)


def problem(refused: Refused, titles: Mapping[str, str] = TITLES) -> JSONResponse:
    """`title` and `detail` are for people, `code` and `details` for programs."""
    title = titles.get(refused.code, REFUSED)
    return _problem(refused.status, refused.code, title, refused.article, refused.details or None)


class TooLargeTold:
    """The router's limits of bodies answer in plain text; people and programs get a problem like any other."""

    def __init__(self, app: ASGIApp, titles: Mapping[str, str]) -> None:
        self.app = app
        self.told = problem(TooLarge(), titles)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_replaced = False

        async def send_told(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start" and is_bare_refusal(message):
                is_replaced = True
                await self.told(scope, receive, send)
            elif not is_replaced:
                await send(message)

        await self.app(scope, receive, send_told)


def is_bare_refusal(message: Message) -> bool:
    kind = dict(message["headers"]).get(b"content-type", b"")
    return bool(message["status"] == 413 and kind.startswith(b"text/plain"))


class Incidents:
    """What only we can cause: logged once with an incident id, answered with `internal` and the id."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def send_noting(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except Exception as error:  # the edge
            if is_database_away(error) and scope["type"] == "http" and not has_begun:
                log.warning("database_away", path=scope.get("path", ""), cause=type(error).__name__)
                await problem(DatabaseAway())(scope, receive, send)
                return
            number = incident(error, path=scope.get("path", ""))
            if scope["type"] != "http" or has_begun:
                return  # the connection is closed by the server; nothing more can be said on it
            await _internal(number)(scope, receive, send)


def _internal(number: str) -> JSONResponse:
    return _problem(500, "internal", TITLES["internal"], details={"incident": number})


def _problem(
    status: int,
    code: str,
    detail: str,
    article: str | None = None,
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    title = HTTPStatus(status).phrase
    facts = dict(details) if details else None
    body = Problem(f"urn:kvorum:error:{code}", title, status, code, detail, article, facts)
    return JSONResponse(msgspec.to_builtins(body), status, media_type=MEDIA_TYPE, headers=dict(headers or {}))
