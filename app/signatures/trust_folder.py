"""The trust folder: what stands in its files, how it is filled, and what in it will soon be out of date.

`trust.load_trust` reads anchors.pem, intermediates.pem, crls.pem and the lists in crls/; crl_urls.txt tells where
lists of revoked certificates are published (`renewal.py` asks). Files are replaced whole, so a reader never sees half
of one.
"""

import errno
import os
import re
import tempfile
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

from app.signatures.certificate import Certificate, read_certificate
from app.signatures.crl import Crl, read_crl
from app.signatures.der import NotDer
from app.signatures.libcrypto import libcrypto
from app.signatures.owner import authority_name
from app.signatures.pem import decoded, pem, pem_bodies
from app.signatures.trust import ANCHORS, INTERMEDIATES, LISTS, TrustStore, load_trust, trust_of
from app.signatures.tsl import Tsl

URLS = "crl_urls.txt"
SUFFIXES = {".pem", ".cer", ".crt", ".der", ".crl"}
URL_OF_NAME = 0x86
"""The tag of a GeneralName that is an address."""
PUBLIC_MODE = 0o644
Put = Literal["new", "same", "older"]


@dataclass(frozen=True, slots=True)
class Imported:
    """How many of each were new, of `found` certificates and lists; `unreadable` names files or authorities."""

    found: int = 0
    anchors: int = 0
    intermediates: int = 0
    crls: int = 0
    urls: int = 0
    roots_left_out: int = 0
    unreadable: tuple[str, ...] = ()


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
    """Certificates and lists, PEM or DER, of a folder or one file. A self-signed certificate is taken `as_anchors` only. Raises OSError."""
    if not source.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(source))
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
    folder: Path, named: Sequence[tuple[str, bytes]], urls: Iterable[str], as_anchors: bool
) -> Imported:
    found: dict[str, list[bytes]] = {ANCHORS: [], INTERMEDIATES: []}
    addresses, unreadable, roots, lists = [*urls], [], 0, 0
    for name, der in named:
        try:
            read = _read(der)
        except NotDer as fault:
            unreadable.append(f"{name}: {fault}")
            continue
        if isinstance(read, Crl):
            lists += put_list(folder, read) == "new"
            continue
        addresses += _urls(read)
        is_root = read.issuer == read.subject
        if is_root and not as_anchors:
            roots += 1
        else:
            found[ANCHORS if is_root else INTERMEDIATES].append(der)
    added = {file: _add(folder / file, ders) for file, ders in found.items()}
    more_urls = _add_urls(folder, addresses)
    return Imported(
        len(named), added[ANCHORS], added[INTERMEDIATES], lists, more_urls, roots, tuple(unreadable)
    )


def _read(der: bytes) -> Certificate | Crl:
    try:
        return read_certificate(der)
    except NotDer:
        return read_crl(der)


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
    return [_decoded(body) for body in pem_bodies(whole)]


def _decoded(body: bytes) -> bytes:
    try:
        return decoded(body)
    except NotBase64:
        return b""


def _add(file: Path, ders: Iterable[bytes]) -> int:
    """Those that are not there yet; how many."""
    known = _ders(file)
    new = [der for der in dict.fromkeys(ders) if der not in known]
    if new:
        write(file, b"".join(pem("CERTIFICATE", der) for der in (*known, *new)))
    return len(new)


def _add_urls(folder: Path, urls: Iterable[str]) -> int:
    known = crl_urls(folder)
    new = [url for url in dict.fromkeys(urls) if re.match("https?://", url) and url not in known]
    if new:
        write(folder / URLS, "".join(f"{url}\n" for url in (*known, *new)).encode())
    return len(new)


def crl_urls(folder: Path) -> tuple[str, ...]:
    file = folder / URLS
    return tuple(file.read_text("utf-8").split()) if file.is_file() else ()


def put_list(folder: Path, crl: Crl) -> Put:
    """In the place of an older one of the same authority and scope."""
    file = folder / LISTS / list_name(crl)
    known = _list_or_none(file)
    if known and known.this_update >= crl.this_update:
        return "same" if known.der == crl.der else "older"
    write(file, crl.der)
    return "new"


def list_name(crl: Crl) -> str:
    """The same for lists that take each other's place."""
    parts = (crl.issuer, crl.authority_key_id or b"", bytes(sorted(crl.only)), *sorted(crl.points))
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()[:32] + ".crl"


def _list_or_none(file: Path) -> Crl | None:
    try:
        return read_crl(file.read_bytes())
    except (FileNotFoundError, NotDer):
        return None


def write(file: Path, whole: bytes) -> None:
    """Whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    with os.fdopen(handle, "wb") as out:
        out.write(whole)
        out.flush()
        os.fsync(out.fileno())
    os.chmod(name, PUBLIC_MODE)
    os.replace(name, file)


# --- looking ahead ---------------------------------------------------------------------------------------------


def standings(trust: TrustStore) -> tuple[Standing, ...]:
    """Who will fail first stands first."""
    found = [standing(each, trust, is_anchor=True) for each in trust.anchors]
    found += [standing(each, trust) for each in trust.intermediates]
    return tuple(sorted(found, key=lambda each: min(each.not_after, each.list_until or each.not_after)))


def standing(authority: Certificate, trust: TrustStore, *, is_anchor: bool = False) -> Standing:
    lists = trust.crls_by_issuer.get(authority.subject, ())
    mine = next((crl for crl in lists if signs(authority, crl)), None)
    return Standing(
        authority_name(authority.owner),
        is_anchor,
        authority.not_after,
        mine.number if mine else "",
        mine.next_update if mine else None,
    )


def signs(authority: Certificate, crl: Crl) -> bool:
    return authority.subject == crl.issuer and libcrypto().is_crl_of(crl.handle, authority.handle)
