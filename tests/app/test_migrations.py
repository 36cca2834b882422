"""Migrations of one process never overlap, whoever starts them."""

import asyncio
import threading
import time
from pathlib import Path

import pytest
from alembic import command

from app.migrations import migrate_url


def test_servers_that_start_in_one_process_at_once_migrate_one_after_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, seen = threading.Semaphore(1), []

    def upgrade(config: object, to: str) -> None:
        alone = inside.acquire(blocking=False)
        seen.append(alone)
        time.sleep(0.05)
        if alone:
            inside.release()

    monkeypatch.setattr(command, "upgrade", upgrade)

    async def both(folder: Path) -> None:
        await asyncio.gather(*(migrate_url(f"sqlite:///{folder}-{n}.db") for n in range(2)))

    threads = [threading.Thread(target=asyncio.run, args=(both(tmp_path / str(n)),)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert seen == [True] * 4
