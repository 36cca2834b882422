"""What signing by a code asks of the world outside: a way to a person's telephone."""

from typing import Protocol


class CodeSender(Protocol):
    async def send(self, phone: str, text: str) -> None:
        """A text message to a number like +79161234567. Raises CodeNotSent."""
        ...
