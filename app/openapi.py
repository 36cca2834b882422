"""The one description of everything that travels: the JSON API with the frames, views and commands of the live engine.

`web/make_types.py` makes the types of the pages from it, and `kvorum openapi` prints it.
"""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Union

import msgspec
from pydantic import SecretStr

from app.bootstrap import opened_services
from app.kernel.http import Problem
from app.kernel.settings import Settings
from app.main import api_app
from app.meetings import commands, view_types
from app.meetings.access import Access
from realtime import envelope

TEMPLATE = "#/components/schemas/{name}"
UNIONS = {
    "ClientMessage": envelope.ClientFrame,
    "ServerMessage": envelope.ServerFrame,
    "Command": Union[commands.SENT_BY_PEOPLE],  # noqa: UP007 - made of a tuple
}


class NameTaken(ValueError):
    """Two types of the API would be one component; rename one of them."""


def document() -> dict[str, Any]:
    """The OpenAPI document. Must be called outside of an event loop: it opens a site of its own to ask it."""
    with TemporaryDirectory(prefix="kvorum-") as folder:
        described = asyncio.run(_http(Path(folder)))
    schemas, live = described["components"]["schemas"], live_schemas()
    if taken := schemas.keys() & live.keys():
        raise NameTaken(", ".join(sorted(taken)))
    described["components"]["schemas"] = dict(sorted({**schemas, **live}.items()))
    described["servers"] = [{"url": "/api"}]
    return described


def live_schemas() -> dict[str, Any]:
    """Components of what travels in MessagePack. Bytes appear as text in base64; a view has all its fields, always."""
    single = [commands.BallotContent, Problem, *views()]
    schemas, components = msgspec.json.schema_components([*UNIONS.values(), *single], ref_template=TEMPLATE)
    for view in views():
        components[view.__name__]["required"] = list(components[view.__name__].get("properties", ()))
    for name, union in zip(UNIONS, schemas, strict=False):
        components[name] = {"oneOf": union["anyOf"], "discriminator": union["discriminator"]}
    return components


def views() -> list[type[view_types.View]]:
    """Every value of a view."""
    return [
        value
        for value in vars(view_types).values()
        if isinstance(value, type) and issubclass(value, view_types.View) and value is not view_types.View
    ]


async def _http(folder: Path) -> dict[str, Any]:
    settings = Settings(
        environment="embedded",
        database_url=SecretStr(f"sqlite:///{folder / 'kvorum.db'}"),
        keys_dir=folder / "keys",
        public_url="http://127.0.0.1:8000",
        redis_url=None,
    )
    async with opened_services(settings) as services:
        access = Access(services.accounts, services.site, services.meetings)
        return api_app(services, access).openapi()
