"""The double of `CodeSender`: messages are written to a file, a JSON line each, for whoever tries or tests the server."""

import asyncio
import json
import os
from pathlib import Path

from app.signatures.refusals import CodeNotSent


class FileSender:
    """Several processes may write to one file: a message is one append."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def send(self, phone: str, text: str) -> None:
        line = json.dumps({"phone": phone, "text": text}, ensure_ascii=False) + "\n"
        try:
            await asyncio.to_thread(self._append, line.encode())
        except OSError as error:
            raise CodeNotSent from error

    def _append(self, line: bytes) -> None:
        """Nobody else may read it: who reads a code can sign with it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)


class NoSender:
    """Where no way to telephones is set up."""

    async def send(self, phone: str, text: str) -> None:
        raise CodeNotSent
