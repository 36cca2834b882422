"""Is this process alive, and may it be given work? `/healthz` and `/readyz` for whoever runs it."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from app.kernel.away import is_away

Check = Callable[[], Awaitable[bool]]


def routes(checks: Mapping[str, Check], facts: Callable[[], Mapping[str, object]]) -> list[BaseRoute]:
    """`checks` by name: every one must say yes before this process is ready; the answer names those that do not.

    `facts`: what else `/healthz` tells of this process.
    """

    async def healthz(request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", **facts()})

    async def readyz(request: Request) -> JSONResponse:
        results = {name: await _says_yes(check) for name, check in checks.items()}
        return JSONResponse(
            {"ready": all(results.values()), "checks": results}, 200 if all(results.values()) else 503
        )

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def _says_yes(check: Check) -> bool:
    """What is away is not ready, and no mistake of ours."""
    try:
        return await check()
    except Exception as error:
        if is_away(error):
            return False
        raise
