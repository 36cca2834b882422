"""Proof that a person holds the key of a certificate: a signature over a challenge of this server, within ten minutes.

The challenge is text that the person can read; it is ours by its MAC, so no table remembers it. It names the person and
the purpose and proves nothing for anybody or anything else; within its ten minutes the same proof may come twice.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from app.kernel.canonical import canonical
from app.kernel.clock import Clock, Micros
from app.kernel.crypto import MacKeys
from app.signatures.identity import Claimed, Identity, compare
from app.signatures.model import Policy, Result
from app.signatures.pool import SignaturePool
from app.signatures.refusals import ChallengeOver, ChallengeUnknown
from app.signatures.trust import TrustStore

FORMAT = "kvorum.challenge/1"
LIFETIME_US: Micros = 600_000_000
LONGEST_BYTES = 1000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Challenge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the person signs, as canonical JSON. Times are microseconds since 1970."""

    format: str
    person: str
    purpose: str
    nonce: str
    expires_at: Micros
    mac: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """`identity` is None if the signature was not good."""

    result: Result
    identity: Identity | None

    @property
    def is_good(self) -> bool:
        return self.identity is not None and self.identity.is_same


class Challenges:
    def __init__(self, macs: MacKeys, clock: Clock, pool: SignaturePool) -> None:
        self._macs = macs
        self._clock = clock
        self._pool = pool

    def issue(self, person: str, purpose: str) -> bytes:
        """Bytes to sign as they are."""
        expires_at = self._clock() + LIFETIME_US
        blank = Challenge(FORMAT, person, purpose, secrets.token_hex(16), expires_at)
        return _bytes(msgspec.structs.replace(blank, mac=self._mac(blank)))

    async def prove(
        self,
        content: bytes,
        signature: bytes,
        *,
        person: str,
        purpose: str,
        claimed: Claimed,
        policy: Policy,
        trust: TrustStore,
    ) -> Proof:
        """A bad signature or another owner is a proof that is not good. Raises ChallengeUnknown, ChallengeOver, Overloaded."""
        now = self._clock()
        self._check(content, person, purpose, now)
        at = EPOCH + timedelta(microseconds=now)
        result = await self._pool.verify(content, signature, at=at, policy=policy, trust=trust)
        return Proof(result, compare(result.owner, claimed) if result.is_good and result.owner else None)

    def _check(self, content: bytes, person: str, purpose: str, now: Micros) -> None:
        try:
            found = msgspec.json.decode(content[:LONGEST_BYTES], type=Challenge)
        except ValueError:  # msgspec's errors are
            raise ChallengeUnknown from None
        blank = msgspec.structs.replace(found, mac="")
        is_ours = self._is_mac(blank, found.mac) and content == _bytes(found)
        if not is_ours or (found.format, found.person, found.purpose) != (FORMAT, person, purpose):
            raise ChallengeUnknown
        if found.expires_at <= now:
            raise ChallengeOver

    def _mac(self, blank: Challenge) -> str:
        return self._macs.mac(FORMAT, _bytes(blank)).hex()

    def _is_mac(self, blank: Challenge, mac: str) -> bool:
        try:
            return self._macs.check(FORMAT, _bytes(blank), bytes.fromhex(mac))
        except ValueError:
            return False


def _bytes(challenge: Challenge) -> bytes:
    return canonical(msgspec.structs.asdict(challenge))
