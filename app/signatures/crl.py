"""A list of revoked certificates (RFC 5280, section 5): whose it is, of when, and which certificates it speaks of."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from app.signatures.certificate import (
    AUTHORITY_KEY_ID,
    Certificate,
    Extension,
    full_names,
    read_extensions,
)
from app.signatures.der import (
    CONTEXT,
    EXPLICIT,
    GENERALIZED_TIME,
    INTEGER,
    OID,
    SEQUENCE,
    UTC_TIME,
    NotDer,
    Reader,
    dotted,
    integer,
    moment,
    single,
)
from app.signatures.libcrypto import Handle, libcrypto
from app.signatures.model import CrlUsed
from app.signatures.oids import SIGNATURES
from app.signatures.owner import authority_name, read_owner

NUMBER, DELTA, ISSUING_POINT = "2.5.29.20", "2.5.29.27", "2.5.29.28"
ONLY_USERS, ONLY_AUTHORITIES = CONTEXT + 1, CONTEXT + 2
LONGEST_NUMBER = 64
"""Octets; 20 are allowed (RFC 5280, 5.2.3)."""
UNDERSTOOD = {NUMBER, ISSUING_POINT, AUTHORITY_KEY_ID}


@dataclass(frozen=True, slots=True)
class Crl:
    der: bytes
    sha256: str
    handle: Handle
    issuer: bytes
    issuer_name: str
    number: str
    this_update: datetime
    next_update: datetime | None
    signature_algorithm: str
    authority_key_id: bytes | None
    only: frozenset[int]
    """ONLY_USERS or ONLY_AUTHORITIES, if it speaks of these alone."""
    points: frozenset[bytes]
    """If not empty: it speaks of certificates that name one of these places."""

    def speaks_of(self, certificate: Certificate, issuer: Certificate, is_authority: bool) -> bool:
        if self.authority_key_id and issuer.key_id and self.authority_key_id != issuer.key_id:
            return False
        if self.only and self.only != {ONLY_AUTHORITIES if is_authority else ONLY_USERS}:
            return False
        return not self.points or bool(self.points & certificate.distribution_points)

    def is_stale(self, at: datetime) -> bool:
        """Without a date of the next one nobody knows: stale, then."""
        return self.next_update is None or self.next_update < at

    @property
    def is_strong(self) -> bool:
        return self.signature_algorithm in SIGNATURES

    @property
    def used(self) -> CrlUsed:
        return CrlUsed(self.issuer_name, self.number, self.this_update, self.sha256)


def read_crl(der: bytes) -> Crl:
    """`NotDer` if it is none, or says something critical that this program does not understand (delta, indirect)."""
    handle = libcrypto().crl(der)
    if handle is None:
        raise NotDer("not a list of revoked certificates")
    body = single(der, SEQUENCE).enter(SEQUENCE)
    body.maybe(INTEGER)
    signature_algorithm = dotted(body.enter(SEQUENCE).take(OID))
    issuer = body.whole(SEQUENCE)
    this_update = moment(body)
    next_update = moment(body) if body.peek() in (UTC_TIME, GENERALIZED_TIME) else None
    body.maybe(SEQUENCE)
    extensions = {each.kind: each for each in read_extensions(body.maybe_enter(EXPLICIT))}
    if strange := _strange(extensions):
        raise NotDer(f"extension {strange} of a list of revoked certificates is not supported")
    only, points = _scope(extensions)
    return Crl(
        der=der,
        sha256=sha256(der).hexdigest(),
        handle=handle,
        issuer=issuer,
        issuer_name=authority_name(read_owner(issuer)),
        number=_number(extensions),
        this_update=this_update,
        next_update=next_update,
        signature_algorithm=signature_algorithm,
        authority_key_id=_authority_key_id(extensions),
        only=only,
        points=points,
    )


def _strange(extensions: dict[str, Extension]) -> str:
    critical = {each.kind for each in extensions.values() if each.is_critical}
    return next(iter(sorted(critical - UNDERSTOOD | ({DELTA} & set(extensions)))), "")


def _number(extensions: dict[str, Extension]) -> str:
    found = extensions.get(NUMBER)
    if found is None:
        return ""
    number = Reader(found.value).take(INTEGER)
    if len(number) > LONGEST_NUMBER:
        raise NotDer("the number of the list is too long")
    return str(integer(number))


def _authority_key_id(extensions: dict[str, Extension]) -> bytes | None:
    found = extensions.get(AUTHORITY_KEY_ID)
    return single(found.value, SEQUENCE).maybe(CONTEXT) if found else None


def _scope(extensions: dict[str, Extension]) -> tuple[frozenset[int], frozenset[bytes]]:
    """Of an issuingDistributionPoint: users or authorities only, places. Reasons and other issuers are not supported."""
    found = extensions.get(ISSUING_POINT)
    if found is None:
        return frozenset(), frozenset()
    scope = single(found.value, SEQUENCE)
    points = full_names(scope.maybe_enter(EXPLICIT))
    only = frozenset(tag for tag in (ONLY_USERS, ONLY_AUTHORITIES) if scope.maybe(tag) not in (None, b"\0"))
    scope.done()
    return only, points
