"""What is known of a person's ballots when they join the queue: facts and hashes, never a choice.

Made by `examination.py` before the queue, judged by `casting.py` in it; the bytes themselves are only passed on.
"""

from dataclasses import dataclass, field

from app.kernel.clock import Micros
from app.kernel.errors import Refused
from app.meetings.model import Ref
from app.signatures.codes import CodeFacts
from app.signatures.model import Algorithm, Revocation, Verdict


@dataclass(frozen=True, slots=True)
class Named:
    """What a ballot says it is about. The names are those of `commands.BallotContent`."""

    meeting: str
    question: str
    voting: int
    creditor: str
    weight_kopecks: str
    wording_sha256: str
    register_sha256: str
    electorate_sha256: str


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """A verified signature as the log keeps it: no number of a person, and a name only for a manual review.

    `owner_match` compares the owner of the certificate with the person (`owner_name` is the certificate's where that is
    "review"), or is the refusal of his key carrier, which `carrier` then names in short; `is_local`: the key is in no
    carrier, and people are warned of it. `demo` says that the server's own demonstration authority issued it.
    `revocation` "deferred": the vote stands, the lists are looked at again later.
    """

    verdict: Verdict
    revocation: Revocation
    thumbprint: str
    serial: str
    owner_match: str
    algorithm: Algorithm | None
    trust_version: str
    crl_numbers: tuple[str, ...]
    demo: bool = False
    not_after: Micros | None = None
    owner_name: str = field(default="", repr=False)
    issuer: str = ""
    carrier: str = ""
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the code of the command is worth under all its ballots; `ballots_sha256` is the hash of their hashes.

    `phone` is where the number stands that it was looked up for.
    """

    facts: CodeFacts
    ballots_sha256: str
    phone: Ref


@dataclass(frozen=True, slots=True)
class Examined:
    """One ballot. `creditor` is its number in the command when it could not be read.

    `refusal` is what its bytes alone earn. `is_whole`: nothing was left out; else the folded state refused it before
    its signature was looked at, and where the running state does not, it is examined again. `blobs` of a whole ballot:
    (ballot, CMS or nothing) of an open voting, (both in one, locked to the public key `locked_to`) of a closed one.
    """

    creditor: str
    named: Named | None
    sha256: str
    is_signed: bool
    has_code: bool
    blobs: tuple[bytes, ...] = field(default=(), repr=False)
    locked_to: str | None = None
    signature: SignatureFacts | None = None
    code: Confirmation | None = None
    refusal: Refused | None = None
    is_whole: bool = False

    @property
    def is_verified(self) -> bool:
        """Nothing was left out, and where there is a signature or a code it is known what it is worth."""
        is_known = self.is_signed == (self.signature is not None) and self.has_code == (self.code is not None)
        return self.is_whole and is_known


@dataclass(frozen=True, slots=True)
class ExaminedCast:
    """A `Cast` that has been looked at: the only form in which it is queued."""

    voting: int
    ballots: tuple[Examined, ...]

    @property
    def blob_bytes(self) -> int:
        return sum(len(blob) for ballot in self.ballots for blob in ballot.blobs)


@dataclass(frozen=True, slots=True)
class ExaminedTrial:
    """A test ballot that has been looked at; `named` is (meeting, person), None when it could not be read."""

    named: tuple[str, str] | None
    way: str
    signature: SignatureFacts | None
