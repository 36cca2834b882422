"""The trust folder: what stands in its files, how it is filled and renewed, and what in it will soon be out of date.

anchors.pem, intermediates.pem, crls.pem are what `trust.load_trust` reads; crl_urls.txt tells where lists of revoked
certificates are published, fetched.json what was asked there last. Files are replaced whole, so a reader never
sees half of one.
"""

import fcntl
import json
import os
import re
import tempfile
from base64 import b64decode, encodebytes
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.signatures.certificate import Certificate, read_certificate
from app.signatures.crl import Crl, read_crl
from app.signatures.der import NotDer
from app.signatures.fetch import Fetcher, NotFetched
from app.signatures.libcrypto import libcrypto
from app.signatures.owner import authority_name
from app.signatures.trust import ANCHORS, BLOCK, CRLS, INTERMEDIATES, TrustStore, load_trust, trust_of
from app.signatures.tsl import Tsl

URLS, FETCHED, LOCK = "crl_urls.txt", "fetched.json", ".lock"
KINDS = {ANCHORS: "CERTIFICATE", INTERMEDIATES: "CERTIFICATE", CRLS: "X509 CRL"}
SUFFIXES = {".pem", ".cer", ".crt", ".der", ".crl"}
URL_OF_NAME = 0x86
"""The tag of a GeneralName that is an address."""
PUBLIC_MODE = 0o644


@dataclass(frozen=True, slots=True)
class Imported:
    """How many of each were new; `unreadable` names files or authorities."""

    anchors: int = 0
    intermediates: int = 0
    crls: int = 0
    urls: int = 0
    roots_left_out: int = 0
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Updated:
    """What came of one address: new, same, older, or why not (`fetch.NotFetched`, not_a_list, unknown_authority)."""

    url: str
    outcome: str

    @property
    def is_good(self) -> bool:
        return self.outcome in ("new", "same", "older")


@dataclass(frozen=True, slots=True)
class Standing:
    """An authority and until when it can be relied on; `list_until` is None where there is no list of it."""

    name: str
    is_anchor: bool
    not_after: datetime
    list_number: str
    list_until: datetime | None

    def fails_at(self, moment: datetime) -> bool:
        return self.not_after < moment or self.list_until is None or self.list_until < moment


def opened(folder: Path) -> TrustStore:
    """What is there; a folder without anchors trusts nobody yet."""
    return load_trust(folder) if (folder / ANCHORS).is_file() else trust_of((), _ders(folder / INTERMEDIATES))


# --- filling ---------------------------------------------------------------------------------------------------


def import_files(folder: Path, source: Path, *, as_anchors: bool) -> Imported:
    """Certificates and lists, PEM or DER, of a folder or one file. A self-signed certificate is taken `as_anchors` only."""
    files = (
        sorted(p for p in source.iterdir() if p.suffix.lower() in SUFFIXES) if source.is_dir() else [source]
    )
    named = [(file.name, der) for file in files for der in _ders(file)]
    return _imported(folder, named, (), as_anchors)


def import_tsl(folder: Path, tsl: Tsl) -> Imported:
    """Authorities in force; roots among them are left out, for anchors are the operator's choice."""
    named = [(authority.name, der) for authority in tsl.authorities for der in authority.certificates]
    urls = [url for authority in tsl.authorities for url in authority.crl_urls]
    return _imported(folder, named, urls, as_anchors=False)


def _imported(
    folder: Path, named: Iterable[tuple[str, bytes]], urls: Iterable[str], as_anchors: bool
) -> Imported:
    found: dict[str, list[bytes]] = {ANCHORS: [], INTERMEDIATES: [], CRLS: []}
    addresses, unreadable, roots = [*urls], [], 0
    for name, der in named:
        try:
            kind, certificate = _kind(der, as_anchors)
        except NotDer as fault:
            unreadable.append(f"{name}: {fault}")
            continue
        if certificate:
            addresses += _urls(certificate)
        roots += kind is None
        if kind:
            found[kind].append(der)
    added = {kind: _add(folder / kind, ders) for kind, ders in found.items()}
    return Imported(
        added[ANCHORS],
        added[INTERMEDIATES],
        added[CRLS],
        _add_urls(folder, addresses),
        roots,
        tuple(unreadable),
    )


def _kind(der: bytes, as_anchors: bool) -> tuple[str | None, Certificate | None]:
    """Which file it belongs to: none for a root that nobody asked to trust."""
    try:
        certificate = read_certificate(der)
    except NotDer:
        read_crl(der)
        return CRLS, None
    if certificate.issuer != certificate.subject:
        return INTERMEDIATES, certificate
    return (ANCHORS if as_anchors else None), certificate


def _urls(certificate: Certificate) -> Iterator[str]:
    for name in certificate.distribution_points:
        if name[0] == URL_OF_NAME:
            yield name[2:].decode("ascii", "replace")


def _ders(file: Path) -> list[bytes]:
    if not file.is_file():
        return []
    whole = file.read_bytes()
    if b"-----BEGIN" not in whole:
        return [whole]
    return [_decoded(body) for _, body in BLOCK.findall(whole)]


def _decoded(body: bytes) -> bytes:
    try:
        return b64decode(b"".join(body.split()), validate=True)
    except NotBase64:
        return b""


def _add(file: Path, ders: Iterable[bytes]) -> int:
    """Those that are not there yet; how many."""
    known = _ders(file)
    new = [der for der in dict.fromkeys(ders) if der not in known]
    if new:
        _write_pem(file, [*known, *new])
    return len(new)


def _add_urls(folder: Path, urls: Iterable[str]) -> int:
    known = crl_urls(folder)
    new = [url for url in dict.fromkeys(urls) if re.match("https?://", url) and url not in known]
    if new:
        _write(folder / URLS, "".join(f"{url}\n" for url in (*known, *new)).encode())
    return len(new)


def crl_urls(folder: Path) -> tuple[str, ...]:
    file = folder / URLS
    return tuple(file.read_text("utf-8").split()) if file.is_file() else ()


def _write_pem(file: Path, ders: Iterable[bytes]) -> None:
    kind = KINDS[file.name]
    blocks = (f"-----BEGIN {kind}-----\n{encodebytes(der).decode()}-----END {kind}-----\n" for der in ders)
    _write(file, "".join(blocks).encode())


def _write(file: Path, whole: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    with os.fdopen(handle, "wb") as out:
        out.write(whole)
        out.flush()
        os.fsync(out.fileno())
    os.chmod(name, PUBLIC_MODE)
    os.replace(name, file)


# --- renewing --------------------------------------------------------------------------------------------------


def update_crls(folder: Path, fetcher: Fetcher) -> tuple[Updated, ...]:
    """Asks every address; lists are taken only from authorities of the folder, newer ones only. Empty if another process is at it."""
    with _alone(folder) as is_alone:
        return _updated(folder, fetcher) if is_alone else ()


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Of all processes of this machine."""
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _updated(folder: Path, fetcher: Fetcher) -> tuple[Updated, ...]:
    asked = _asked(folder)
    outcomes = []
    for url in crl_urls(folder):
        try:
            found = fetcher.fetch(url, asked.get(url, {}))
        except NotFetched as fault:
            outcomes.append(Updated(url, fault.why))
            continue
        outcome = "same" if found.body is None else _take(folder, found.body)
        outcomes.append(Updated(url, outcome))
        if outcomes[-1].is_good:
            asked[url] = dict(found.conditions)
    _write(folder / FETCHED, json.dumps(asked, indent=1).encode())
    return tuple(outcomes)


def _asked(folder: Path) -> dict[str, Mapping[str, str]]:
    try:
        found: dict[str, Mapping[str, str]] = json.loads((folder / FETCHED).read_bytes())
    except (OSError, ValueError):
        return {}
    return found


def _take(folder: Path, body: bytes) -> str:
    """Puts one list in the place of an older one of the same authority and scope."""
    ders = [_decoded(match) for _, match in BLOCK.findall(body)] or [body]
    try:
        crl = read_crl(ders[0])
    except NotDer:
        return "not_a_list"
    trust = opened(folder)
    if not any(_signs(each, crl) for each in (*trust.anchors, *trust.intermediates)):
        return "unknown_authority"
    known = [_read_or_none(der) for der in _ders(folder / CRLS)]
    alike = [each for each in known if each and _scope(each) == _scope(crl)]
    if any(each.this_update >= crl.this_update for each in alike):
        return "same" if any(each.der == crl.der for each in alike) else "older"
    _write_pem(folder / CRLS, [*(each.der for each in known if each and each not in alike), crl.der])
    return "new"


def _signs(authority: Certificate, crl: Crl) -> bool:
    return authority.subject == crl.issuer and libcrypto().is_crl_of(crl.handle, authority.handle)


def _read_or_none(der: bytes) -> Crl | None:
    try:
        return read_crl(der)
    except NotDer:
        return None


def _scope(crl: Crl) -> tuple[object, ...]:
    return crl.issuer, crl.authority_key_id, crl.only, crl.points


# --- looking ahead ---------------------------------------------------------------------------------------------


def standings(trust: TrustStore) -> tuple[Standing, ...]:
    """Who will fail first stands first."""
    found = [_standing(each, trust, is_anchor=True) for each in trust.anchors]
    found += [_standing(each, trust, is_anchor=False) for each in trust.intermediates]
    return tuple(sorted(found, key=lambda each: min(each.not_after, each.list_until or each.not_after)))


def _standing(authority: Certificate, trust: TrustStore, *, is_anchor: bool) -> Standing:
    lists = trust.crls_by_issuer.get(authority.subject, ())
    mine = next((crl for crl in lists if _signs(authority, crl)), None)
    return Standing(
        authority_name(authority.owner),
        is_anchor,
        authority.not_after,
        mine.number if mine else "",
        mine.next_update if mine else None,
    )
