"""Node and the packages of web/ for tests that run them."""

import os
import subprocess
import sys
from pathlib import Path

from tests.servers import missing

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
BIN = Path(sys.executable).parent


def need_web_tools() -> None:
    """On CI missing packages are a failure; elsewhere a skip that says what to run."""
    if not (BIN / "node").exists() or not (WEB / "node_modules/.bin/svelte-check").exists():
        missing("Node and the packages of web/: python3 dev.py setup")


def run_with_node(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The Node beside this Python comes first, whatever the machine has."""
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
