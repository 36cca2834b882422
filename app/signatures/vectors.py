"""Runs a file of signature vectors: every case with its own trust folder, every difference by name."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from app.signatures.identity import Claimed, compare
from app.signatures.model import Owner, Policy, Result
from app.signatures.trust import TrustStore, load_trust
from app.signatures.verifier import verify

Trust = Callable[[Path], TrustStore]

FORMAT = 1
SUBJECT = {
    "CN": "common_name",
    "SN": "surname",
    "G": "given_name",
    "SNILS": "snils",
    "INN": "inn",
    "INNLE": "inn_le",
    "OGRN": "ogrn",
    "OGRNIP": "ogrnip",
    "O": "organization",
    "T": "title",
}
"""How the file calls the fields of `Owner`; it knows more of them than this program looks at."""

IDENTITY = {"signer_mismatch": {"name_differs", "snils_differs", "inn_differs"}}


class NotVectors(ValueError):
    """The file is not of the format of vectors."""


@dataclass(frozen=True, slots=True)
class Difference:
    case: str
    what: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Report:
    count: int
    differences: tuple[Difference, ...]


def run_vectors(file: Path) -> Report:
    """Paths in the file are relative to it. `NotVectors`, `TrustUnreadable`, `OSError`."""
    try:
        whole = json.loads(file.read_bytes())
        cases, at = whole["cases"], datetime.fromisoformat(whole["verification_time"])
        if whole["format"] != FORMAT or at.tzinfo is None:
            raise NotVectors(f"format {whole['format']!r}")
        trust = cache(load_trust)
        found = [each for case in cases for each in differences(case, at, file.parent, trust)]
    except (KeyError, TypeError, ValueError) as fault:
        raise NotVectors(f"{type(fault).__name__}: {fault}") from fault
    return Report(len(cases), tuple(found))


def differences(case: Mapping[str, Any], at: datetime, folder: Path, trust: Trust) -> Iterator[Difference]:
    result = result_of(case, at, folder, trust)
    if result.verdict not in case["verdict"]:
        yield Difference(case["id"], "verdict", " | ".join(case["verdict"]), result.verdict)
    elif result.is_good:
        yield from _owner_differences(case, result.owner or Owner())
        yield from _identity_differences(case, result.owner or Owner())


def result_of(case: Mapping[str, Any], at: datetime, folder: Path, trust: Trust = load_trust) -> Result:
    policy = Policy() if case["check_signing_time"] else replace(Policy(), max_age=None)
    content = (folder / case["content"]).read_bytes()
    signature = (folder / case["signature"]).read_bytes()
    return verify(content, signature, at=at, policy=policy, trust=trust(folder / case["pki"]))


def _owner_differences(case: Mapping[str, Any], owner: Owner) -> Iterator[Difference]:
    for short, expected in case.get("signer", {}).items():
        if short in SUBJECT and (found := getattr(owner, SUBJECT[short])) != expected:
            yield Difference(case["id"], short, expected, found)


def _identity_differences(case: Mapping[str, Any], owner: Owner) -> Iterator[Difference]:
    """Somebody else was expected: any way in which the owner differs is right."""
    if "expected_person" not in case:
        return
    person = case["expected_person"]
    name = f"{person.get('SN', '')} {person.get('G', '')}".strip() or person.get("CN", "")
    found = compare(owner, Claimed(name, person.get("SNILS", ""), person.get("INN", ""))).verdict
    allowed = IDENTITY.get(case["identity_verdict"], {case["identity_verdict"]})
    if found not in allowed:
        yield Difference(case["id"], "identity", case["identity_verdict"], found)
