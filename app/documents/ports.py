"""What documents ask of signatures; filled in `app.bootstrap`."""

from typing import Protocol

from app.kernel.clock import Micros
from app.signatures.model import Result


class Verifier(Protocol):
    async def verify(self, content: bytes, signature: bytes, *, at: Micros) -> Result:
        """A detached signature over `content` at the moment `at`; a bad one is a verdict. Raises Overloaded."""
        ...
