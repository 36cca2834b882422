"""`kvorum verify`: one signature, or a file of vectors; neither needs a database or a running server."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer

from app.kernel.texts import trouble
from app.signatures import texts
from app.signatures.algorithms import why_missing
from app.signatures.libcrypto import LibcryptoMissing
from app.signatures.model import Policy, Result
from app.signatures.trust import TrustUnreadable, load_trust
from app.signatures.vectors import NotVectors, run_vectors
from app.signatures.verifier import verify as verified

TIME = "%d.%m.%Y %H:%M:%S %Z"


class Crl(StrEnum):
    strict = "strict"
    grace = "grace"
    off = "off"


def verify(
    document: Annotated[Path | None, typer.Argument(help=texts.DOCUMENT)] = None,
    signature: Annotated[Path | None, typer.Argument(help=texts.SIGNATURE)] = None,
    trust: Annotated[Path | None, typer.Option(help=texts.TRUST)] = None,
    at: Annotated[str | None, typer.Option(help=texts.AT)] = None,
    crl: Annotated[Crl, typer.Option(help=texts.CRL)] = Crl.strict,
    qualified: Annotated[bool, typer.Option("--qualified", help=texts.QUALIFIED)] = False,
    as_json: Annotated[bool, typer.Option("--json", help=texts.AS_JSON)] = False,
    vectors: Annotated[Path | None, typer.Option(help=texts.VECTORS)] = None,
) -> None:
    """Exit code 0 if the signature is good, 1 if not, 2 if it could not be checked."""
    try:
        if vectors is not None:
            raise typer.Exit(_vectors(vectors))
        if document is None or signature is None or trust is None:
            _give_up(texts.VERIFY_NEEDS)
        policy = Policy(crl=crl.value, qualified=qualified)
        result = verified(
            document.read_bytes(),
            signature.read_bytes(),
            at=_moment(at),
            policy=policy if at else replace(policy, max_age=None),
            trust=load_trust(trust),
        )
    except OSError as fault:
        _give_up(texts.CANNOT_READ.format(reason=trouble(fault)))
    except NotVectors as fault:
        _give_up(texts.NOT_VECTORS.format(reason=fault))
    except TrustUnreadable as fault:
        _give_up(texts.trust_unreadable(fault.file, fault.why))
    except LibcryptoMissing as fault:
        _give_up(texts.LIBCRYPTO_MISSING.format(reason=fault))
    typer.echo(_json(result) if as_json else "\n".join(_lines(result)))
    raise typer.Exit(0 if result.is_good else 1)


def _give_up(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)


def _moment(at: str | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        _give_up(texts.NO_TIME_ZONE.format(at=at))
    return moment


def _vectors(file: Path) -> int:
    report = run_vectors(file)
    for each in report.differences:
        typer.echo(
            texts.DIFFERENCE.format(case=each.case, what=each.what, expected=each.expected, found=each.found)
        )
    for why in why_missing().values():
        typer.echo(why)
    typer.echo(texts.VECTORS_DONE.format(count=report.count, differences=len(report.differences)))
    return 1 if report.differences else 0


def _json(result: Result) -> str:
    fields = msgspec.to_builtins(result)
    return json.dumps({"is_good": result.is_good, **fields}, ensure_ascii=False, indent=2)


def _lines(result: Result) -> Iterator[str]:
    yield texts.VERDICTS[result.verdict] + f" [{result.verdict}]"
    if result.algorithm and (why := why_missing().get(result.algorithm)):
        yield why
    for label, value in _facts(result):
        if value:
            yield f"{label}: {value}"
    yield texts.TECHNICAL


def _facts(result: Result) -> Iterator[tuple[str, str]]:
    if owner := result.owner:
        person = f"{owner.surname} {owner.given_name}".strip()
        yield texts.OWNER, person or owner.common_name
        yield texts.ORGANIZATION, owner.organization
        yield texts.TITLE, owner.title
    yield texts.AUTHORITY, result.issuer
    yield texts.SERIAL, result.serial
    yield texts.THUMBPRINT, result.thumbprint
    if result.not_before and result.not_after:
        yield (
            texts.VALID,
            texts.PERIOD.format(since=f"{result.not_before:{TIME}}", until=f"{result.not_after:{TIME}}"),
        )
    yield texts.ALGORITHM, texts.ALGORITHMS[result.algorithm] if result.algorithm else ""
    yield texts.SIGNED_AT, f"{result.signing_time:{TIME}}" if result.signing_time else ""
    yield texts.RECEIVED_AT, f"{result.checked_at:{TIME}}"
    if result.is_good:
        yield texts.REVOCATION, texts.REVOCATIONS[result.revocation]
    for crl in result.crls:
        line = texts.LIST_LINE.format(number=crl.number, date=f"{crl.this_update:{TIME}}", issuer=crl.issuer)
        yield texts.LIST, line
    yield texts.TRUST_VERSION, result.trust_version
    yield texts.DETAIL, result.detail
