"""Ballot bytes, as any client must make them: canonical JSON, fields by the wire contract."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """Marks, or kopecks of the pool by candidate; one of the two."""

    choices: tuple[str, ...] | None = None
    distribution: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Ballot:
    """What a client remembers of a ballot it sent."""

    voting: int
    question: str
    creditor: str
    weight_kopecks: int
    choice: Choice
    content: bytes
    signature: bytes | None = None
    serial: str = ""
    """Of the certificate it is signed with, hex."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def kopecks(self) -> Mapping[str, int]:
        """What this ballot brings to each option."""
        if self.choice.distribution is not None:
            return self.choice.distribution
        return dict.fromkeys(self.choice.choices or (), self.weight_kopecks)


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def write_ballot(
    meeting: str,
    question: Mapping[str, Any],
    voting: Mapping[str, Any],
    right: Mapping[str, Any],
    choice: Choice,
) -> Ballot:
    """A ballot from the values of the keys `question/…`, `voting/…` and `right/…`, with a fresh nonce."""
    spread = choice.distribution
    content = canonical(
        {
            "meeting": meeting,
            "question": question["id"],
            "voting": voting["voting"],
            "creditor": right["creditor"],
            "weight_kopecks": right["weight_kopecks"],
            "wording_sha256": question["wording_sha256"],
            "register_sha256": voting["register_sha256"],
            "electorate_sha256": voting["electorate_sha256"],
            "nonce": secrets.token_hex(16),
            "choices": None if choice.choices is None else list(choice.choices),
            "distribution": None if spread is None else {who: str(part) for who, part in spread.items()},
        }
    )
    weight = int(right["weight_kopecks"])
    return Ballot(voting["voting"], question["id"], right["creditor"], weight, choice, content)


def write_test_ballot(meeting: str, person: str) -> bytes:
    """What is signed before the meeting, to see that it works."""
    return canonical({"kind": "test", "meeting": meeting, "person": person, "nonce": secrets.token_hex(16)})
