"""A gate in a server under test: while it is shut, work of one kind stands there, and each worker says so in a file."""

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

LOOK_S = 0.02


class Gate:
    """A file, there while the gate is shut; its text is words of the work that it stops. Beside it are the workers' files."""

    def __init__(self, stand: Path, name: str) -> None:
        self._file = stand / "gates" / name

    @classmethod
    def of_this_server(cls, name: str) -> "Gate":
        return cls(Path(os.environ["KVORUM_KEYS_DIR"]).parent, name)

    # --- from outside ---

    def shut(self, words: str) -> None:
        for file in self._reports():
            file.unlink()
        _write(self._file, words)

    def open(self) -> None:
        self._file.unlink(missing_ok=True)

    def told(self) -> dict[str, str]:
        """What each worker said last, also one that is dead."""
        return {file.name.rpartition("@")[2]: file.read_text() for file in self._reports()}

    def _reports(self) -> list[Path]:
        return sorted(self._file.parent.glob(f"{self._file.name}@*"))

    # --- in the server ---

    def stops(self, words: str) -> bool:
        with suppress(FileNotFoundError):
            return self._file.read_text() in words
        return False

    def say(self, text: str) -> None:
        _write(self._file.with_name(f"{self._file.name}@{os.environ['KVORUM_BUILD']}"), text)

    async def passed(self, words: str) -> None:
        while self.stops(words):
            self.say("stands")
            await asyncio.sleep(LOOK_S)

    def passed_in_thread(self, words: str) -> None:
        while self.stops(words):
            time.sleep(LOOK_S)


def _write(file: Path, text: str) -> None:
    """Whole or not at all; threads of one process never write the same file at once."""
    file.parent.mkdir(exist_ok=True)
    new = file.with_name(f".{file.name}")
    new.write_text(text)
    new.rename(file)
