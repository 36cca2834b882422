"""`kvorum trust`: fills a trust folder, renews its lists of revoked certificates, tells what will soon be out of date."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from app.kernel.settings import Settings
from app.kernel.texts import trouble
from app.signatures import texts
from app.signatures.fetch import Fetcher
from app.signatures.renewal import update_lists
from app.signatures.trust import TrustStore, TrustUnreadable
from app.signatures.trust_folder import (
    Imported,
    Standing,
    crl_urls,
    import_files,
    import_tsl,
    opened,
    standings,
)
from app.signatures.tsl import NotTsl, Tsl, read_tsl

AHEAD = timedelta(days=7)

trust = typer.Typer(no_args_is_help=True, help=texts.TRUST_HELP)
TrustDir = Annotated[Path | None, typer.Option("--trust", help=texts.TRUST_DIR)]


@trust.command("import", help=texts.TRUST_IMPORT)
def import_trust(
    source: Annotated[Path, typer.Argument(help=texts.IMPORT_SOURCE)],
    folder: TrustDir = None,
    anchors: Annotated[bool, typer.Option("--anchors", help=texts.AS_ANCHORS)] = False,
) -> None:
    """Add authorities and lists to the trust folder; exit code 1 if something could not be read."""
    target = _folder(folder)
    try:
        if source.suffix.lower() == ".xml":
            tsl = read_tsl(source.read_bytes())
            imported = import_tsl(target, tsl)
            _say_left_out(tsl)
        else:
            imported = import_files(target, source, as_anchors=anchors)
    except OSError as fault:
        _give_up(texts.CANNOT_READ.format(reason=trouble(fault)))
    except NotTsl as fault:
        _give_up(texts.NOT_TSL.format(reason=fault))
    _say_imported(imported)
    raise typer.Exit(1 if imported.unreadable or not imported.found else 0)


@trust.command(help=texts.TRUST_UPDATE)
def update(
    folder: TrustDir = None,
    host: Annotated[list[str] | None, typer.Option(help=texts.CRL_HOST)] = None,
) -> None:
    """Ask for lists of revoked certificates; exit code 1 if one could not be renewed."""
    target, hosts = _folder(folder), frozenset(host or Settings().crl_hosts)
    if not hosts:
        _give_up(texts.NO_CRL_HOSTS)
    if not crl_urls(target):
        _give_up(texts.NO_URLS)
    is_good = True
    try:
        for each in update_lists(target, Fetcher(hosts)):
            typer.echo(f"{each.url}: {texts.outcome(each.outcome)}")
            is_good &= each.is_good
    except TrustUnreadable as fault:
        _give_up(texts.trust_unreadable(fault.file, fault.why))
    raise typer.Exit(0 if is_good else 1)


@trust.command(help=texts.TRUST_STATUS)
def status(
    folder: TrustDir = None, on: Annotated[str | None, typer.Option(help=texts.ON_DATE)] = None
) -> None:
    """Days to the end of each authority and list; exit code 1 if one will not do on that day."""
    try:
        found = opened(_folder(folder))
        moment = datetime.now(UTC) + AHEAD if on is None else _end_of(date.fromisoformat(on))
    except TrustUnreadable as fault:
        _give_up(texts.trust_unreadable(fault.file, fault.why))
    except ValueError:
        _give_up(texts.NO_DATE.format(on=on))
    raise typer.Exit(_say_standings(found, moment))


def _say_standings(found: TrustStore, moment: datetime) -> int:
    rows = standings(found)
    if not rows:
        _give_up(texts.TRUST_EMPTY)
    table = Table(*texts.STATUS_HEADINGS)
    for row in rows:
        table.add_row(*_cells(row, moment))
    Console(width=120).print(table)
    return 1 if any(row.fails_at(moment) for row in rows) else 0


def _cells(row: Standing, moment: datetime) -> tuple[str, ...]:
    name = f"{row.name} ({texts.STATUS_ROOT})" if row.is_anchor else row.name
    list_days = "–" if row.list_until is None else _days(row.list_until)
    remark = texts.STATUS_FAILS.format(date=f"{moment:%d.%m.%Y}") if row.fails_at(moment) else ""
    return name, _days(row.not_after), row.list_number, list_days, remark


def _days(until: datetime) -> str:
    return str((until - datetime.now(UTC)).days)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)


def _say_imported(imported: Imported) -> None:
    typer.echo(
        texts.IMPORTED.format(
            anchors=imported.anchors,
            intermediates=imported.intermediates,
            crls=imported.crls,
            urls=imported.urls,
        )
    )
    if not imported.found:
        typer.echo(texts.NOTHING_FOUND, err=True)
    if imported.roots_left_out:
        typer.echo(texts.ROOTS_LEFT_OUT.format(count=imported.roots_left_out))
    for what in imported.unreadable:
        typer.echo(texts.UNREADABLE.format(what=what), err=True)


def _say_left_out(tsl: Tsl) -> None:
    if tsl.left_out:
        typer.echo(texts.LEFT_OUT.format(count=tsl.left_out))


def _folder(given: Path | None) -> Path:
    return given or Settings().trust_dir or _give_up(texts.NO_TRUST_DIR)


def _give_up(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
