"""Is this process alive, and may it be given work? `/healthz` and `/readyz` for whoever runs it."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

Check = Callable[[], Awaitable[bool]]


def routes(checks: Mapping[str, Check]) -> list[BaseRoute]:
    """`checks` by name: every one must say yes before this process is ready; the answer names those that do not."""

    async def healthz(request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def readyz(request: Request) -> JSONResponse:
        results = {name: await check() for name, check in checks.items()}
        return JSONResponse(
            {"ready": all(results.values()), "checks": results}, 200 if all(results.values()) else 503
        )

    return [Route("/healthz", healthz), Route("/readyz", readyz)]
