"""A list of revoked certificates (RFC 5280, section 5): whose it is, of when, and which certificates it speaks of."""

from dataclasses import dataclass, field
from hashlib import sha256

from verifier.algorithms import SIGNATURES
from verifier.certificate import AUTHORITY_KEY_ID, Certificate, full_names, read_extensions
from verifier.der import (
    CONTEXT,
    EXPLICIT,
    GENERALIZED_TIME,
    INTEGER,
    SEQUENCE,
    UTC_TIME,
    NotDer,
    Reader,
    algorithm,
    integer,
    seconds,
    single,
)
from verifier.libcrypto import Handle, list_handle

NUMBER, DELTA, ISSUING_POINT = "2.5.29.20", "2.5.29.27", "2.5.29.28"
ONLY_USERS, ONLY_AUTHORITIES = CONTEXT + 1, CONTEXT + 2
UNDERSTOOD = frozenset({NUMBER, ISSUING_POINT, AUTHORITY_KEY_ID})
LONGEST_NUMBER = 64


@dataclass(frozen=True, slots=True)
class Revoked:
    """`only`: tags, if it speaks of users or of authorities alone; `points`: of certificates that name one of these."""

    handle: Handle = field(repr=False)
    sha256: str
    issuer_name: bytes = field(repr=False)
    number: str
    since_s: int
    until_s: int | None
    signed_by: str
    key_id: bytes | None
    only: frozenset[int]
    points: frozenset[bytes]

    def speaks_of(self, certificate: Certificate, issuer: Certificate, is_authority: bool) -> bool:
        if self.key_id and issuer.key_id and self.key_id != issuer.key_id:
            return False
        if self.only and self.only != {ONLY_AUTHORITIES if is_authority else ONLY_USERS}:
            return False
        return not self.points or bool(self.points & certificate.points)

    def is_stale(self, at_us: int) -> bool:
        """Without a date of the next one nobody knows: stale, then."""
        return self.until_s is None or self.until_s * 1_000_000 < at_us

    @property
    def is_strong(self) -> bool:
        return self.signed_by in SIGNATURES


def read_list(der: bytes) -> Revoked:
    """Raises NotDer for what is none, or says something critical that is not understood here (delta, indirect)."""
    handle = list_handle(der)
    if handle is None:
        raise NotDer("not a list of revoked certificates")
    body = single(der, SEQUENCE).enter(SEQUENCE)
    body.maybe(INTEGER)
    signed_by = algorithm(body)
    issuer = body.whole(SEQUENCE)
    since_s = seconds(body)
    until_s = seconds(body) if body.peek() in (UTC_TIME, GENERALIZED_TIME) else None
    body.maybe(SEQUENCE)
    extensions = read_extensions(body.maybe_enter(EXPLICIT))
    critical = {kind for kind, (is_critical, _) in extensions.items() if is_critical}
    if strange := critical - UNDERSTOOD | (extensions.keys() & {DELTA}):
        raise NotDer(f"extension {min(strange)} of a list of revoked certificates")
    values = {kind: value for kind, (_, value) in extensions.items()}
    only, points = _scope(values.get(ISSUING_POINT))
    key_id = values.get(AUTHORITY_KEY_ID)
    return Revoked(
        handle=handle,
        sha256=sha256(der).hexdigest(),
        issuer_name=issuer,
        number=_number(values.get(NUMBER)),
        since_s=since_s,
        until_s=until_s,
        signed_by=signed_by,
        key_id=single(key_id, SEQUENCE).maybe(CONTEXT) if key_id else None,
        only=only,
        points=points,
    )


def _number(value: bytes | None) -> str:
    if value is None:
        return ""
    contents = Reader(value).take(INTEGER)
    if len(contents) > LONGEST_NUMBER:
        raise NotDer("the number of the list is too long")
    return str(integer(contents))


def _scope(value: bytes | None) -> tuple[frozenset[int], frozenset[bytes]]:
    """Of an issuingDistributionPoint; reasons and other issuers are not understood."""
    if value is None:
        return frozenset(), frozenset()
    scope = single(value, SEQUENCE)
    points = frozenset(full_names(scope.maybe_enter(EXPLICIT)))
    only = frozenset(tag for tag in (ONLY_USERS, ONLY_AUTHORITIES) if scope.maybe(tag) not in (None, b"\0"))
    scope.done()
    return only, points
