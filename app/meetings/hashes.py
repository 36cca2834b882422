"""The hashes that a ballot names: register, electorate, wording; over canonical JSON."""

import hashlib
from collections.abc import Mapping
from typing import Any

from app.kernel.canonical import canonical
from tally import RegisterLine


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def line_body(line: RegisterLine) -> dict[str, Any]:
    """A line of the register as events carry it: kopecks are strings."""
    return {
        "id": line.id,
        "claim_kopecks": str(line.claim_kopecks),
        "secured_kopecks": str(line.secured_kopecks),
        "penalties_kopecks": str(line.penalties_kopecks),
        "repaid_kopecks": str(line.repaid_kopecks),
        "repaid_secured_kopecks": str(line.repaid_secured_kopecks),
        "order": line.order,
        "late": line.late,
        "pledge_waived": line.pledge_waived,
        "restricted_topics": list(line.restricted_topics),
    }


def line_of(body: Mapping[str, Any]) -> RegisterLine:
    return RegisterLine(
        id=body["id"],
        claim_kopecks=int(body["claim_kopecks"]),
        secured_kopecks=int(body["secured_kopecks"]),
        penalties_kopecks=int(body["penalties_kopecks"]),
        repaid_kopecks=int(body["repaid_kopecks"]),
        repaid_secured_kopecks=int(body["repaid_secured_kopecks"]),
        order=body["order"],
        late=body["late"],
        pledge_waived=body["pledge_waived"],
        restricted_topics=tuple(body["restricted_topics"]),
    )


def register_sha256(lines: Mapping[str, RegisterLine]) -> str:
    return sha256(canonical([line_body(lines[creditor]) for creditor in sorted(lines)]))


def wording_sha256(wording: str, options: tuple[tuple[str, str], ...]) -> str:
    """What is put to the vote: the decision and its options in their order."""
    return sha256(canonical({"wording": wording, "options": [list(option) for option in options]}))


def weights_sha256(weights: Mapping[str, int]) -> str:
    return sha256(canonical({creditor: str(kopecks) for creditor, kopecks in weights.items()}))


def attendance_sha256(attendance: Mapping[str, str]) -> str:
    """Creditor → participant of those whose presence counts."""
    return sha256(canonical(dict(attendance)))


def electorate_sha256(register: str, weights: str, attendance: Mapping[str, str]) -> str:
    """Register, weights and attendance (creditor → participant) of a voting in one hash."""
    return sha256(canonical({"register": register, "weights": weights, "attendance": dict(attendance)}))
