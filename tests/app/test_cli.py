"""What an operator reads when the start is refused: a sentence, no traceback."""

import os
import subprocess
import sys
from pathlib import Path


def test_production_without_keys_does_not_start_and_says_what_is_missing(tmp_path: Path) -> None:
    env = {
        **os.environ,
        "KVORUM_ENVIRONMENT": "production",
        "KVORUM_KEYS_DIR": str(tmp_path / "keys"),
        "KVORUM_DATABASE_URL": f"sqlite:///{tmp_path / 'kvorum.db'}",
        "KVORUM_PORT": "0",
    }

    for command in (["serve"], ["init", "--name", "Петров Пётр"]):
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", *command], env=env, capture_output=True, text=True, timeout=60
        )

        assert done.returncode == 1
        assert "no key file mac-1.key" in done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "keys").exists()
