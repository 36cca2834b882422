"""Looking ahead: which authorities will not do on a day, by their own certificates, those above them and their lists."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.signatures.certificate import Certificate
from app.signatures.owner import authority_name
from app.signatures.trust import TrustStore
from app.signatures.trust_folder import Standing, standing

OutlookReason = Literal["authority_ends_before", "list_missing", "list_out_of_date", "list_ends_before"]
LONGEST_CHAIN = 8


@dataclass(frozen=True, slots=True)
class Outlook:
    """The first thing that is wrong in the chain above a certificate, and its date, None where there is no list."""

    reason: OutlookReason
    until: datetime | None


def outlook(trust: TrustStore, at: datetime, now: datetime) -> Mapping[str, Outlook]:
    """By the authority's name, only those that will not do. A list that ends before `at` may still be renewed.

    Of several certificates of one name the best decides: nobody knows which one signed.
    """
    found: dict[str, list[Outlook | None]] = {}
    for authority in (*trust.anchors, *trust.intermediates):
        name = authority_name(authority.owner)
        found.setdefault(name, []).append(first_wrong(chain_of(authority, trust), at, now))
    wrong = {name: [each for each in found[name] if each is not None] for name in found}
    return {name: each[0] for name, each in wrong.items() if each and len(each) == len(found[name])}


def chain_of(authority: Certificate, trust: TrustStore) -> Iterator[Standing]:
    """From the authority up to its root, as far as it is known here."""
    above = {each.subject: each for each in (*trust.intermediates, *trust.anchors)}
    for _ in range(LONGEST_CHAIN):
        yield standing(authority, trust)
        issuer = above.get(authority.issuer)
        if issuer is None or authority.issuer == authority.subject:
            return
        authority = issuer


def first_wrong(chain: Iterator[Standing], at: datetime, now: datetime) -> Outlook | None:
    """Certificates before lists: what ends for good weighs more than what may be renewed."""
    known = tuple(chain)
    ended = next((each.not_after for each in known if each.not_after < at), None)
    if ended is not None:
        return Outlook("authority_ends_before", ended)
    if any(each.list_until is None for each in known):
        return Outlook("list_missing", None)
    until = min(each.list_until for each in known if each.list_until is not None)
    if until >= at:
        return None
    return Outlook("list_out_of_date" if until < now else "list_ends_before", until)
