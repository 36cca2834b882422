"""Whom we trust: anchors, known authorities and lists of revoked certificates, immutable, with a version of its own."""

from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from app.signatures.certificate import Certificate, read_certificate
from app.signatures.crl import Crl, read_crl
from app.signatures.der import NotDer
from app.signatures.libcrypto import Handle, libcrypto
from app.signatures.pem import begun, decoded, pem_bodies

ANCHORS, INTERMEDIATES, CRLS = "anchors.pem", "intermediates.pem", "crls.pem"
ANCHOR, INTERMEDIATE, LIST = "anchor", "intermediate", "list"
LISTS = "crls"
"""The folder of lists that this program keeps, DER, one a file; `CRLS` is for those put there by hand."""


class Part(NamedTuple):
    """A file of a trust store: its kind, the SHA-256 of its DER in hex, the DER."""

    kind: str
    sha256: str
    der: bytes


class TrustUnreadable(Exception):
    """A file of the folder is missing or holds what is no certificate or list."""

    def __init__(self, file: str, why: str) -> None:
        self.file = file
        self.why = why
        super().__init__(f"{file}: {why}")


@dataclass(frozen=True, slots=True, eq=False)
class TrustStore:
    """A reload makes a new one; whoever verifies keeps the old one to the end.

    `intermediates` only help to build a chain: it must end at an anchor. `contents` names all that is in it, a line of
    kind and SHA-256 each, sorted; `version` is the SHA-256 of `contents`.
    """

    version: str
    contents: str
    parts: tuple[Part, ...]
    anchors: tuple[Certificate, ...]
    intermediates: tuple[Certificate, ...]
    crls: tuple[Crl, ...]
    store: Handle
    untrusted: Handle
    crls_by_issuer: Mapping[bytes, tuple[Crl, ...]]
    chains: dict[object, object]
    """Good verdicts that `chain.py` found out under this version."""
    genuine: dict[tuple[int, str], bool]
    """Is a list (its pointer) signed by a certificate (its thumbprint)? Found out once."""


def load_trust(folder: Path, before: TrustStore | None = None) -> TrustStore:
    """From anchors.pem and, if they are there, intermediates.pem, crls.pem and crls/*.crl; `TrustUnreadable`.

    `before` is what was read last: lists that are still the same are not read again.
    """
    if not (folder / ANCHORS).is_file():
        raise TrustUnreadable(ANCHORS, "missing")
    anchors = _blocks(folder / ANCHORS)
    if not anchors:
        raise TrustUnreadable(ANCHORS, "no certificate")
    lists = (*_blocks(folder / CRLS), *(file.read_bytes() for file in list_files(folder)))
    return trust_of(anchors, _blocks(folder / INTERMEDIATES), lists, before)


def list_files(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted((folder / LISTS).glob("*.crl")))


def trust_of(
    anchors: Iterable[bytes],
    intermediates: Iterable[bytes] = (),
    crls: Iterable[bytes] = (),
    before: TrustStore | None = None,
) -> TrustStore:
    """From DER; `TrustUnreadable` names the part that could not be read."""
    trusted = tuple(_certificates(ANCHORS, anchors))
    known = tuple(_certificates(INTERMEDIATES, intermediates))
    lists = tuple(_crls(crls, before.crls if before else ()))
    parts = _parts(trusted, known, lists)
    contents = "".join(sorted({f"{part.kind} {part.sha256}\n" for part in parts}))
    library = libcrypto()
    return TrustStore(
        version=sha256(contents.encode()).hexdigest(),
        contents=contents,
        parts=parts,
        anchors=trusted,
        intermediates=known,
        crls=lists,
        store=library.store(each.handle for each in trusted),
        untrusted=library.stack(each.handle for each in known),
        crls_by_issuer=_by_issuer(lists),
        chains={},
        genuine={},
    )


def parts_of(contents: str) -> Iterator[tuple[str, str]]:
    """Kind and SHA-256 of each part."""
    for line in contents.splitlines():
        kind, _, name = line.partition(" ")
        yield kind, name


def _blocks(file: Path) -> list[bytes]:
    if not file.is_file():
        return []
    whole = file.read_bytes()
    try:
        blocks = [decoded(body) for body in pem_bodies(whole)]
    except NotBase64:
        raise TrustUnreadable(file.name, "not base64") from None
    if len(blocks) < begun(whole):
        raise TrustUnreadable(file.name, "a block without an end")
    return blocks


def _certificates(part: str, ders: Iterable[bytes]) -> Iterator[Certificate]:
    for number, der in enumerate(ders, 1):
        try:
            yield read_certificate(der)
        except NotDer as fault:
            raise TrustUnreadable(part, f"certificate {number}: {fault}") from None


def _crls(ders: Iterable[bytes], before: Iterable[Crl]) -> Iterator[Crl]:
    known = {crl.sha256: crl for crl in before}
    for number, der in enumerate(ders, 1):
        try:
            yield known.get(sha256(der).hexdigest()) or read_crl(der)
        except NotDer as fault:
            raise TrustUnreadable(CRLS, f"list {number}: {fault}") from None


def _parts(
    anchors: tuple[Certificate, ...], intermediates: tuple[Certificate, ...], crls: tuple[Crl, ...]
) -> tuple[Part, ...]:
    parts = [Part(ANCHOR, each.thumbprint, each.der) for each in anchors]
    parts += [Part(INTERMEDIATE, each.thumbprint, each.der) for each in intermediates]
    return (*parts, *(Part(LIST, each.sha256, each.der) for each in crls))


def _by_issuer(crls: tuple[Crl, ...]) -> dict[bytes, tuple[Crl, ...]]:
    """The newest first."""
    found: dict[bytes, tuple[Crl, ...]] = {}
    for crl in sorted(crls, key=lambda each: each.this_update, reverse=True):
        found[crl.issuer] = (*found.get(crl.issuer, ()), crl)
    return found
