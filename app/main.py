"""The ASGI application: pages, the live engine, the JSON API; and the server process around it."""

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from app import texts
from app.accounts import api as accounts_api
from app.accounts.texts import REFUSALS as ACCOUNT_REFUSALS
from app.bootstrap import Services, opened_services
from app.documents.texts import REFUSALS as DOCUMENT_REFUSALS
from app.kernel import health, http, metrics, pages
from app.kernel.away import is_database_away
from app.kernel.db import Database
from app.kernel.keys import load_keys
from app.kernel.logging import configure_logging
from app.kernel.settings import Settings
from app.meetings import api as meetings_api
from app.meetings import codes_api, documents_api
from app.meetings.access import Access
from app.meetings.importing.texts import REFUSALS as IMPORT_REFUSALS
from app.meetings.texts.refusals import REFUSALS as MEETING_REFUSALS
from app.signatures import api as signatures_api
from app.signatures import carrier_api, demo_api, proof_api
from app.signatures.algorithms import require_algorithms, why_missing
from app.signatures.texts import REFUSALS as SIGNATURE_REFUSALS
from realtime import endpoint
from realtime.codec import MAX_FRAME

MAX_MESSAGE_BYTES = 4 * MAX_FRAME
"""A frame over 64 KiB is told so (4509) and goes by HTTP; over this the server itself ends the socket (1009)."""
PING_S = 20.0
OPTIONS: dict[str, Any] = {
    "interface": "asgi3",
    "loop": "asyncio" if sys.platform == "win32" else "uvloop",
    "http": "realtime.server:PromptProtocol",
    "ws": "realtime.server:FrameProtocol",
    "ws_max_size": MAX_MESSAGE_BYTES,
    "ws_ping_interval": PING_S,
    "ws_ping_timeout": PING_S,
    "ws_per_message_deflate": False,
    "server_header": False,
    "access_log": False,
    "log_config": None,
    "timeout_graceful_shutdown": 10,
}
"""How uvicorn serves us, wherever it listens."""
TITLES = {
    **ACCOUNT_REFUSALS,
    **DOCUMENT_REFUSALS,
    **IMPORT_REFUSALS,
    **SIGNATURE_REFUSALS,
    **MEETING_REFUSALS,
}
SPARE_FILES = 200
"""Descriptors besides the sockets of participants: database, logs, assets."""
PATIENCE_S, AGAIN_S = 30.0, 1.0
"""How long a start waits for a database that does not answer yet; the pause between two attempts."""

log = structlog.get_logger(__name__)


class DatabaseSilent(Exception):
    """It did not answer in `PATIENCE_S`."""


def create_app(services: Services) -> Starlette:
    """The whole site over services that the caller opens and closes."""
    access = Access(services.accounts, services.site, services.meetings)
    printable = FastAPI(openapi_url=None)
    printable.include_router(meetings_api.pages(access))
    printable.include_router(documents_api.pages(access, services.documents))
    api = api_app(services, access)
    for part in (printable, api):
        http.install(part, TITLES)
    app = Starlette(
        routes=[
            *health.routes(
                {
                    "database": lambda: answers(services.database),
                    "clock": services.clock_is_ready,
                    "seals": services.seals_open,
                },
                services.health,
            ),
            *metrics.routes(services.metrics, services.settings.metrics_from),
            *endpoint.routes(services.node, services.origins),
            *pages.routes(plugin=services.settings.cadesplugin),
            Mount("/api", api),
            Mount("/", printable),
        ],
        middleware=[Middleware(GZipMiddleware, minimum_size=1024, compresslevel=6)],
    )
    http.install(app, TITLES)
    app.add_middleware(
        pages.SecurityHeaders,
        is_https=services.settings.is_https,
        with_plugin=services.settings.cadesplugin is not None,
    )  # the outermost: incidents too
    return app


def api_app(services: Services, access: Access) -> FastAPI:
    """The JSON API; `kvorum openapi` describes it."""
    api = FastAPI(title="Kvorum", version="1", openapi_url=None, responses=http.DESCRIBED)
    api.include_router(accounts_api.router(services.accounts, services.site, services.clock))
    api.include_router(meetings_api.api(access, services.new_meetings))
    api.include_router(codes_api.api(access, services.meeting_codes))
    api.include_router(signing_router(services))
    api.include_router(
        proof_api.router(services.challenges, services.accounts, services.site, services.clock)
    )
    api.include_router(carrier_api.router(services.carriers, services.accounts, services.site))
    api.include_router(documents_api.api(access, services.documents))
    api.include_router(demo_api.router(services.demo, services.accounts, services.site, services.clock))
    api.include_router(keys_router(services))
    return api


def signing_router(services: Services) -> APIRouter:
    offer = signatures_api.Offer(
        demo=services.demo is not None,
        plugin=services.settings.cadesplugin is not None,
        missing=tuple(why_missing()),
    )
    return signatures_api.router(services.handoffs, services.accounts, services.site, services.clock, offer)


def keys_router(services: Services) -> APIRouter:
    routes = APIRouter(tags=["keys"])

    @routes.get("/keys")
    async def keys() -> dict[str, dict[str, str]]:
        """Public halves of the keys that sign receipts, by key id, hex: anyone may check a receipt."""
        return {"receipts": {key: public.hex() for key, public in services.keys.receipts.public().items()}}

    return routes


async def answers(database: Database) -> bool:
    await database.read(lambda connection: connection.exec_driver_sql("select 1").scalar())
    return True


def serve(settings: Settings) -> None:
    """Run until a signal ends the process. Raises AlreadyOpen, DatabaseSilent, KeysMissing, WrongIsolation before it listens."""
    prepare(settings)
    asyncio.run(
        _try_services(settings)
    )  # what they raise is said here in one line, in a traceback by the server
    uvicorn.run(lazy_app(settings), host=settings.host, port=settings.port, **OPTIONS)


def prepare(settings: Settings) -> None:
    """What a process needs before it serves: logs, descriptors, its keys (KeysMissing), algorithms (AlgorithmsMissing)."""
    configure_logging(settings.log_format, settings.log_level)
    allow_files(settings.max_connections + SPARE_FILES)
    require_algorithms(settings.signature_require)
    if missing := why_missing():
        log.warning("signatures_not_verified", why=dict(missing))
    if settings.environment == "production":
        load_keys(settings.keys_dir)  # said in one line here, in a traceback from inside the server


async def _try_services(settings: Settings) -> None:
    async with patiently_opened(settings):
        pass


@asynccontextmanager
async def patiently_opened(settings: Settings, *, serves: bool = False) -> AsyncIterator[Services]:
    """As `opened_services`, but a database may be late: it starts beside us, or is busy. Raises DatabaseSilent."""
    async with AsyncExitStack() as opened:
        yield await _patiently(lambda: opened.enter_async_context(opened_services(settings, serves=serves)))


async def _patiently(open_them: Callable[[], Awaitable[Services]]) -> Services:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return await open_them()
        except Exception as error:  # a mistake of ours passes through
            if not is_database_away(error):
                raise
            if time.monotonic() > until:
                raise DatabaseSilent(type(error).__name__) from error
            log.warning("database_awaited", cause=type(error).__name__)
        await asyncio.sleep(AGAIN_S)


def lazy_app(settings: Settings) -> ASGIApp:
    """Services live in uvicorn's loop, so they are opened by the lifespan, and the site is made then."""
    site: list[ASGIApp] = []

    @asynccontextmanager
    async def lifespan(outer: Starlette) -> AsyncIterator[None]:
        async with patiently_opened(settings, serves=True) as services:
            site.append(endpoint.straight(services.node, services.origins, create_app(services)))
            quiet_collector()
            log.info("serving", url=settings.public_url, worker=services.worker.id, build=settings.build)
            yield
            log.info("stopping", worker=services.worker.id)

    outer = Starlette(lifespan=lifespan)

    def app(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return (outer if scope["type"] == "lifespan" else site[0])(scope, receive, send)

    return app


def quiet_collector() -> None:
    """Full garbage collections stop the loop for 100 ms with 1000 connections; what is loaded by now stays for ever.

    Young objects are looked at in small portions: in a burst of votes a hundred thousand at once stop it for 9 ms or more.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(25_000, 80, 100)


def allow_files(wanted: int) -> None:
    """Raise the limit of open files to the hard limit; say what to do when the connections do not fit."""
    if sys.platform == "win32":  # no such limit
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < wanted:
        sys.exit(texts.TOO_FEW_FILES.format(wanted=wanted, allowed=hard))
