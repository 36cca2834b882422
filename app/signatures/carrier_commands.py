"""`kvorum carrier`: who was refused with another's key carrier, and an officer hands it to him; both are for the record."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from app.accounts.service import Accounts
from app.kernel.clock import system_clock
from app.kernel.engine import open_database
from app.kernel.errors import NotFound
from app.kernel.keys import load_keys
from app.kernel.settings import Settings
from app.signatures import texts
from app.signatures.carrier_api import CarrierLine, lines
from app.signatures.carriers import Carriers
from app.signatures.refusals import ReasonMissing

carrier = typer.Typer(no_args_is_help=True, help=texts.CARRIER_HELP)


@carrier.command("list", help=texts.CARRIER_LIST)
def list_refused(meeting: Annotated[str, typer.Argument(help=texts.CARRIER_MEETING)]) -> None:
    """The latest first."""
    found = asyncio.run(_refused(Settings(), meeting))
    for line in found:
        at = datetime.fromtimestamp(line.refused_at_ms // 1000, UTC)
        holder = line.holder or texts.CARRIER_ELSEWHERE
        told = {"carrier": line.carrier, "person": line.person, "name": line.name, "holder": holder}
        typer.echo(texts.CARRIER_LINE.format(**told, at=f"{at:%d.%m.%Y %H:%M}"))
    if not found:
        typer.echo(texts.NO_CARRIERS)


@carrier.command(help=texts.CARRIER_RELEASE)
def release(
    number: Annotated[str, typer.Argument(help=texts.CARRIER_NUMBER)],
    person: Annotated[str, typer.Argument(help=texts.CARRIER_PERSON)],
    officer: Annotated[str, typer.Option(help=texts.CARRIER_OFFICER)],
    reason: Annotated[str, typer.Option(help=texts.CARRIER_REASON)],
) -> None:
    """Exit code 1 if there is no such refusal, or no reason."""
    try:
        asyncio.run(_release(Settings(), number, person, officer, reason))
    except NotFound:
        sys.exit(texts.NO_SUCH_CARRIER.format(number=number, person=person))
    except ReasonMissing:
        sys.exit(texts.REFUSALS[ReasonMissing.code])
    typer.echo(texts.CARRIER_RELEASED.format(number=number, person=person))


async def _refused(settings: Settings, meeting: str) -> tuple[CarrierLine, ...]:
    async with _opened(settings) as (carriers, accounts):
        return await lines(carriers, accounts, meeting)


async def _release(settings: Settings, number: str, person: str, officer: str, reason: str) -> None:
    async with _opened(settings) as (carriers, _):
        await carriers.hand_over(await carriers.named(number), person, officer, reason)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[tuple[Carriers, Accounts]]:
    """SQLite must not be open in a server at the same time."""
    keys = load_keys(settings.keys_dir)
    database = await open_database(settings.database_url.get_secret_value())
    try:
        accounts = Accounts(database, keys.macs, keys.keks, system_clock, settings.public_url)
        yield Carriers(database, keys.macs, system_clock), accounts
    finally:
        await database.close()
