"""Signatures of a meeting: the pool verifies the CMS, then the owner of the certificate is compared with the person.

Last the key carrier, where the person's computer tells of one: it signs for one person (docs/decisions/0040).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.kernel.clock import Micros
from app.meetings.casting import SAME_PERSON
from app.meetings.examined import SignatureFacts
from app.meetings.ports import Signer
from app.signatures.carriers import Carriers
from app.signatures.identity import Claimed, compare, person_name
from app.signatures.kept import KeptTrust
from app.signatures.model import CrlPolicy, Owner, Policy, Result
from app.signatures.outlook import Outlook, outlook
from app.signatures.pool import SignaturePool
from app.signatures.refusals import CarrierOtherPerson, LocalKey
from app.signatures.trust import TrustStore

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PooledSignatures:
    """Implements `app.meetings.ports.Signatures`.

    `demo_issuer` is the name of the demonstration authority where the server runs with it: then its certificates
    count though they are not qualified.
    """

    def __init__(
        self,
        pool: SignaturePool,
        trust: Callable[[], TrustStore],
        kept: KeptTrust,
        demo_issuer: str | None = None,
        crl: CrlPolicy = "grace",
        carriers: Carriers | None = None,
    ) -> None:
        self._carriers = carriers
        self._pool = pool
        self._trust = trust
        self._kept = kept
        self._demo_issuer = demo_issuer
        self._policy = Policy(crl=crl, qualified=demo_issuer is None)

    async def examine(
        self, content: bytes, signature: bytes, *, at: Micros, signer: Signer, carrier: str | None = None
    ) -> SignatureFacts:
        result = await self.verify(content, signature, at=at)
        facts = facts_of(result, signer, self._demo_issuer)
        is_his = result.is_good and facts.owner_match in SAME_PERSON
        if carrier is None or self._carriers is None or result.owner is None or not is_his:
            return facts
        try:
            bound = await self._carriers.bind(carrier, result.owner, result.thumbprint, signer.person)
        except (CarrierOtherPerson, LocalKey) as refused:
            return replace(facts, owner_match=refused.code, carrier=str(refused.details.get("carrier", "")))
        return replace(facts, is_local=bound.outcome == "local_warned")

    async def trust_files(self, versions: Iterable[str]) -> Mapping[str, bytes]:
        return await self._kept.files(versions)

    def outlook(self, at: Micros, now: Micros) -> Mapping[str, Outlook]:
        return outlook(self._trust(), moment_of(at), moment_of(now))

    def trust_version(self) -> str:
        return self._trust().version

    async def verify(self, content: bytes, signature: bytes, *, at: Micros) -> Result:
        """Implements `app.documents.ports.Verifier` by the same policy."""
        trust = self._trust()
        result = await self._pool.verify(
            content, signature, at=moment_of(at), policy=self._policy, trust=trust
        )
        await self._kept.keep(trust, result)
        return result


def moment_of(at: Micros) -> datetime:
    return EPOCH + timedelta(microseconds=at)


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
        issuer=result.issuer,
        owner_name=named_in(result.owner, signer) if result.owner else "",
    )


def owner_match(owner: Owner, signer: Signer) -> str:
    """`same`, or how the owner of a certificate differs from the person; `review`: another name with an equal СНИЛС."""
    identity = compare(owner, claimed_by(signer))
    return "review" if identity.needs_review else identity.verdict


def named_in(owner: Owner, signer: Signer) -> str:
    """The name in the certificate, for the organizer's eyes, where it is his to compare; else nothing is kept of it."""
    if not compare(owner, claimed_by(signer)).needs_review:
        return ""
    return person_name(owner) or owner.organization


def claimed_by(signer: Signer) -> Claimed:
    return Claimed(signer.name, signer.snils, signer.inn)
