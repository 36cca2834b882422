"""Signatures of a meeting: the pool verifies the CMS, then the owner of the certificate is compared with the person."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from app.kernel.clock import Micros
from app.meetings.examined import SignatureFacts
from app.meetings.ports import Signer
from app.signatures.model import Owner, Policy, Result
from app.signatures.pool import SignaturePool
from app.signatures.trust import TrustStore

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SAME = "same"


class PooledSignatures:
    """Implements `app.meetings.ports.Signatures`.

    `demo_issuer` is the name of the demonstration authority where the server runs with it: then its certificates
    count though they are not qualified.
    """

    def __init__(
        self, pool: SignaturePool, trust: Callable[[], TrustStore], demo_issuer: str | None = None
    ) -> None:
        self._pool = pool
        self._trust = trust
        self._demo_issuer = demo_issuer
        self._policy = Policy(crl="grace", qualified=demo_issuer is None)

    async def examine(
        self, content: bytes, signature: bytes, *, at: Micros, signer: Signer
    ) -> SignatureFacts:
        result = await self._pool.verify(
            content,
            signature,
            at=EPOCH + timedelta(microseconds=at),
            policy=self._policy,
            trust=self._trust(),
        )
        return facts_of(result, signer, self._demo_issuer)


def facts_of(result: Result, signer: Signer, demo_issuer: str | None) -> SignatureFacts:
    return SignatureFacts(
        verdict=result.verdict,
        revocation=result.revocation,
        thumbprint=result.thumbprint,
        serial=result.serial,
        owner_match=owner_match(result.owner, signer) if result.owner else "",
        algorithm=result.algorithm,
        trust_version=result.trust_version,
        crl_numbers=result.crl_numbers,
        not_after=int(result.not_after.timestamp()) * 1_000_000 if result.not_after else None,
        demo=demo_issuer is not None and result.issuer == demo_issuer,
    )


def owner_match(owner: Owner, signer: Signer) -> str:
    """`same`, or how the owner of a certificate differs from the person: by СНИЛС, then ИНН, then by name."""
    if signer.snils and owner.snils:
        return SAME if digits(owner.snils) == digits(signer.snils) else "snils_differs"
    known = {owner.inn, owner.inn_le} - {""}
    if signer.inn and known:
        return SAME if signer.inn in known else "inn_differs"
    said = (f"{owner.surname} {owner.given_name}", owner.common_name, owner.organization)
    return SAME if folded(signer.name) in {folded(name) for name in said if name.strip()} else "name_differs"


def digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))


def folded(name: str) -> str:
    """One case, ё as е, no quotes, no dots, single spaces; nothing is guessed."""
    plain = unicodedata.normalize("NFKC", name).upper().replace("Ё", "Е")
    return " ".join(re.sub(r"[«»\"'„“”.,]", " ", plain).split())
