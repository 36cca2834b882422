"""Proof that a person holds the key of a certificate: a signature over a challenge of this server, within ten minutes.

The challenge is text that the person can read; it is ours by its MAC, so no table remembers what was asked. It names the
person and the purpose and proves nothing for anybody or anything else. A good proof is taken once: who finds it in a
network's log within the ten minutes proves nothing with it.
"""

import secrets
from dataclasses import dataclass
from typing import Protocol

import msgspec
from sqlalchemy import Connection, delete
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from app.kernel.canonical import canonical
from app.kernel.clock import Clock, Micros
from app.kernel.crypto import MacKeys
from app.kernel.db import Database
from app.signatures.challenge_tables import spent_challenge
from app.signatures.identity import Claimed, Identity, compare
from app.signatures.model import Result
from app.signatures.refusals import ChallengeOver, ChallengeSpent, ChallengeUnknown

FORMAT = "kvorum.challenge/1"
LIFETIME_US: Micros = 600_000_000
LONGEST_BYTES = 1000


class Verifier(Protocol):
    """By the policy and the trust of this server."""

    async def verify(self, content: bytes, signature: bytes, *, at: Micros) -> Result:
        """Raises Overloaded."""
        ...


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
    def __init__(self, macs: MacKeys, clock: Clock, database: Database, verifier: Verifier) -> None:
        self._macs = macs
        self._clock = clock
        self._database = database
        self._verifier = verifier

    def issue(self, person: str, purpose: str) -> bytes:
        """Bytes to sign as they are."""
        expires_at = self._clock() + LIFETIME_US
        blank = Challenge(FORMAT, person, purpose, secrets.token_hex(16), expires_at)
        return _bytes(msgspec.structs.replace(blank, mac=self._mac(blank)))

    async def prove(
        self, content: bytes, signature: bytes, *, person: str, purpose: str, claimed: Claimed
    ) -> Proof:
        """A bad signature or another owner is a proof that is not good, and leaves the challenge to be tried again.

        Raises ChallengeUnknown, ChallengeOver, ChallengeSpent, Overloaded.
        """
        now = self._clock()
        challenge = self._checked(content, person, purpose, now)
        result = await self._verifier.verify(content, signature, at=now)
        proof = Proof(result, compare(result.owner, claimed) if result.is_good and result.owner else None)
        if proof.is_good:
            await self._database.write(lambda db: _spend(db, challenge, now))
        return proof

    def _checked(self, content: bytes, person: str, purpose: str, now: Micros) -> Challenge:
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
        return found

    def _mac(self, blank: Challenge) -> str:
        return self._macs.mac(FORMAT, _bytes(blank)).hex()

    def _is_mac(self, blank: Challenge, mac: str) -> bool:
        try:
            return self._macs.check(FORMAT, _bytes(blank), bytes.fromhex(mac))
        except ValueError:
            return False


def _bytes(challenge: Challenge) -> bytes:
    return canonical(msgspec.structs.asdict(challenge))


def _spend(db: Connection, challenge: Challenge, now: Micros) -> None:
    db.execute(delete(spent_challenge).where(spent_challenge.c.expires_at <= now))
    upsert = insert_sqlite if db.dialect.name == "sqlite" else insert_postgresql
    row = {"nonce": challenge.nonce, "expires_at": challenge.expires_at}
    if db.execute(upsert(spent_challenge).values(**row).on_conflict_do_nothing()).rowcount != 1:
        raise ChallengeSpent
