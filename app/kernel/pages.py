"""The built pages: HTML entries with a strict policy, assets that never change, headers for everything."""

import os
from collections.abc import Callable
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kernel.texts import NOT_BUILT

DIST = Path(__file__).resolve().parents[1] / "web_dist"
ENTRIES = {
    "/": "index.html",
    "/in": "in.html",
    "/new": "new.html",
    "/room/{meeting}": "room.html",
    "/console/{meeting}": "console.html",
    "/desk/{meeting}": "desk.html",
    "/screen/{meeting}": "screen.html",
    "/sign": "sign.html",
}
PLUGIN = "/plugin/cadesplugin_api.js"
PLUGIN_SCRIPTS = "chrome-extension: moz-extension: safari-web-extension:"
"""The plug-in's script brings one more from its extension, whose address differs from browser to browser."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; "
    "require-trusted-types-for 'script'"
)


def policy(*, with_plugin: bool) -> str:
    """The plug-in's extension comes in only where the operator has put up its script."""
    return (
        POLICY.replace("script-src 'self'", f"script-src 'self' {PLUGIN_SCRIPTS}") if with_plugin else POLICY
    )


def routes(folder: Path = DIST, plugin: Path | None = None) -> list[BaseRoute]:
    pages: list[BaseRoute] = [Route(path, _page(folder / file)) for path, file in ENTRIES.items()]
    if plugin is not None:
        pages.append(Route(PLUGIN, lambda _: FileResponse(plugin, media_type="text/javascript")))
    if (folder / "assets").is_dir():
        pages.append(Mount("/assets", Immutable(directory=folder / "assets")))
    return pages


class Immutable(StaticFiles):
    """Files whose names carry a hash: a browser asks for each once."""

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


class SecurityHeaders:
    """The headers every answer carries; a page may not be framed, sniffed or leak its address."""

    def __init__(self, app: ASGIApp, *, is_https: bool, with_plugin: bool = False) -> None:
        self.app = app
        self.fixed = {
            "content-security-policy": policy(with_plugin=with_plugin),
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            **({"strict-transport-security": "max-age=31536000"} if is_https else {}),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.fixed.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _page(file: Path) -> Callable[[Request], Response]:
    def page(request: Request) -> Response:
        if not file.exists():
            return PlainTextResponse(NOT_BUILT, status_code=503)
        return FileResponse(file, headers={"cache-control": "no-cache"})

    return page
