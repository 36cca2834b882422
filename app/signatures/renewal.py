"""Renewing lists of revoked certificates: one address at a time, each kept as soon as it is there.

fetched.json of the trust folder tells what was asked at each address last, and which list came of it.
"""

import fcntl
import json
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.signatures.crl import Crl, read_crl
from app.signatures.der import NotDer
from app.signatures.fetch import CONDITIONS, Fetcher, NotFetched
from app.signatures.pem import decoded, pem_bodies
from app.signatures.trust import LISTS, TrustStore
from app.signatures.trust_folder import crl_urls, list_name, opened, put_list, signs, write

FETCHED, LOCK = "fetched.json", ".lock"
NOBODY_ASKED: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Updated:
    """What came of one address: new, same, older, or why not (`fetch.NotFetched`, not_a_list, unknown_authority)."""

    url: str
    outcome: str

    @property
    def is_good(self) -> bool:
        return self.outcome in ("new", "same", "older")


def update_lists(folder: Path, fetcher: Fetcher) -> Iterator[Updated]:
    """Asks every address. Nothing if another process is at it; `TrustUnreadable`."""
    with alone(folder) as is_alone:
        if is_alone:
            trust = opened(folder)
            yield from (update_list(folder, fetcher, url, trust) for url in crl_urls(folder))


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Of all processes of this machine."""
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def update_list(folder: Path, fetcher: Fetcher, url: str, trust: TrustStore) -> Updated:
    """Asks one address. A list is taken only from an authority of `trust`, and only a newer one."""
    asked = _asked(folder)
    try:
        found = fetcher.fetch(url, _conditions(folder, asked.get(url, NOBODY_ASKED)))
        if found.body is None:
            return Updated(url, "same")
        crl = _list_of(found.body)
    except NotFetched as fault:
        return Updated(url, fault.why)
    except (NotDer, NotBase64):
        return Updated(url, "not_a_list")
    if not any(signs(each, crl) for each in (*trust.anchors, *trust.intermediates)):
        return Updated(url, "unknown_authority")
    outcome = put_list(folder, crl)
    now_asked = {**asked, url: {**found.conditions, "list": list_name(crl)}}
    write(folder / FETCHED, json.dumps(now_asked, indent=1).encode())
    return Updated(url, outcome)


def _asked(folder: Path) -> dict[str, Mapping[str, str]]:
    try:
        found: dict[str, Mapping[str, str]] = json.loads((folder / FETCHED).read_bytes())
    except (OSError, ValueError):
        return {}
    return found


def _conditions(folder: Path, asked: Mapping[str, str]) -> Mapping[str, str]:
    """None where the list of last time is gone: «not modified» would be no answer then."""
    if not (folder / LISTS / asked.get("list", "")).is_file():
        return {}
    return {kind: asked[kind] for kind in CONDITIONS if kind in asked}


def _list_of(body: bytes) -> Crl:
    """PEM or DER."""
    in_pem = next(pem_bodies(body), None)
    return read_crl(body if in_pem is None else decoded(in_pem))
