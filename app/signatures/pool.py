"""Verifies off the event loop in two threads: libcrypto runs there without Python's lock, 1-3 ms a signature."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from app.kernel.errors import Overloaded
from app.signatures.model import Policy, Result
from app.signatures.trust import TrustStore
from app.signatures.verifier import verify

THREADS = 2
LONGEST_QUEUE = 2000


class SignaturePool:
    """Used from one event loop; `close` waits for what is running."""

    def __init__(self, threads: int = THREADS, longest_queue: int = LONGEST_QUEUE) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="signatures")
        self._longest_queue = longest_queue
        self._waiting = 0

    async def verify(
        self, content: bytes, signature: bytes, *, at: datetime, policy: Policy, trust: TrustStore
    ) -> Result:
        """As `verifier.verify`; `Overloaded` when too many wait already."""
        if self._waiting >= self._longest_queue:
            raise Overloaded
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(
                self._threads, lambda: verify(content, signature, at=at, policy=policy, trust=trust)
            )
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
