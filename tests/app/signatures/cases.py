"""The signature vectors of tests/cases, and good signatures of them by the name of a case."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from app.signatures.model import Policy, Result
from app.signatures.trust import TrustStore, load_trust
from app.signatures.verifier import verify

FOLDER = Path(__file__).resolve().parents[2] / "cases" / "signatures"
VECTORS = FOLDER / "vectors.json"
WHOLE: dict[str, Any] = json.loads(VECTORS.read_bytes())
AT = datetime.fromisoformat(WHOLE["verification_time"])
CASES: dict[str, dict[str, Any]] = {case["id"]: case for case in WHOLE["cases"]}
ALGORITHMS = ("gost256", "gost512", "rsa", "p256")


@dataclass(frozen=True, slots=True)
class Signed:
    """Content and signature of a case, to be changed by a test."""

    content: bytes
    signature: bytes
    trust: TrustStore
    policy: Policy

    def verified(self, at: datetime = AT) -> Result:
        return verify(self.content, self.signature, at=at, policy=self.policy, trust=self.trust)


def signed(case: str) -> Signed:
    about = CASES[case]
    policy = Policy() if about["check_signing_time"] else replace(Policy(), max_age=None)
    content, signature = ((FOLDER / about[part]).read_bytes() for part in ("content", "signature"))
    return Signed(content, signature, trust(about["pki"]), policy)


@cache
def trust(folder: str) -> TrustStore:
    return load_trust(FOLDER / folder)


def good(algorithm: str) -> Signed:
    """A plain good signature of this algorithm."""
    kind = "good" if f"{algorithm}-good" in CASES else "good_leaf_only"
    return signed(f"{algorithm}-{kind}")
