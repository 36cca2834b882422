"""`kvorum serve` for signed ballots, with gates where a fault wants to find it at work. Never part of the product.

Certificates are issued as in a demonstration, but the trust folder is read as in production, and twice a second.
"""

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from app import bootstrap, cli
from app.documents.model import Document
from app.documents.store import Store
from app.kernel.log.topics import Topic
from app.meetings import service
from app.meetings.model import Meeting
from app.signatures import pool
from app.signatures.model import Result
from app.signatures.pool import SignaturePool
from app.signatures.trust import TrustStore
from app.signatures.trusted import Trusted
from app.signatures.verifier import verify
from tests.faults.gate import Gate

TRUST_S = 0.5
VERIFYING, COUNTING, STORING, TRUSTING = "verifying", "counting", "storing", "trusting"


def trust_the_folder() -> None:
    """Of the demonstration only the issuing is left; each worker tells by which version of the folder it goes."""
    gate = Gate.of_this_server(TRUSTING)

    class FolderTrusted(Trusted):
        def __init__(self, folder: Path | None, crl_hosts: Any, instead: TrustStore | None) -> None:
            super().__init__(folder, crl_hosts, None)

        async def reload(self) -> None:
            await super().reload()
            gate.say(self.now().version)

    vars(bootstrap).update(Trusted=FolderTrusted, TRUST_S=TRUST_S)


def verify_at_gate() -> None:
    """The threads of the pool stand; told is how many signatures they and those behind them hold."""
    gate, honest = Gate.of_this_server(VERIFYING), SignaturePool.verify
    held: list[bytes] = []

    async def counted(self: SignaturePool, content: bytes, signature: bytes, **rest: Any) -> Result:
        if not gate.stops(content.decode()):
            return await honest(self, content, signature, **rest)
        held.append(content)
        gate.say(str(len(held)))
        try:
            return await honest(self, content, signature, **rest)
        finally:
            held.remove(content)
            gate.say(str(len(held)))

    def slow(content: bytes, signature: bytes, **rest: Any) -> Result:
        gate.passed_in_thread(content.decode())
        return verify(content, signature, **rest)

    SignaturePool.verify = counted  # type: ignore[method-assign]
    vars(pool)["verify"] = slow


def count_at_gate() -> None:
    """The closing of a voting is in the log, its count is made and not yet handed in."""
    gate, honest = Gate.of_this_server(COUNTING), service._counted

    async def counted(topic: Topic[Meeting], number: int) -> Mapping[str, Any]:
        found = await honest(topic, number)
        if found:
            await gate.passed(f"{topic.name}/{number}")
        return found

    vars(service)["_counted"] = counted


def die_storing() -> None:
    """The row of a document is written and its transaction open: the gate is an end, for no session may idle so for long."""
    gate, honest = Gate.of_this_server(STORING), Store.add

    def add(self: Store, db: Connection, made: Document) -> None:
        honest(self, db, made)
        if gate.stops(f"{made.subject}/{made.kind}"):
            gate.say("died over an open transaction")
            os.kill(os.getpid(), signal.SIGKILL)

    Store.add = add  # type: ignore[method-assign]


if __name__ == "__main__":
    for change in (trust_the_folder, verify_at_gate, count_at_gate, die_storing):
        change()
    cli.main()
