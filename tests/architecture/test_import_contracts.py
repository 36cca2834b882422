"""The map of folders holds, and each contract can fail: a planted violation of each is found."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("app", "realtime", "tally", "bbb_bridge", "load")
PLANTED = {
    "The slices of app stand in layers": ("app/kernel/planted.py", "import app.meetings\n"),
    "The libraries know nothing of each other": ("realtime/planted.py", "import tally\n"),
    "The libraries know nothing of the app": ("tally/planted.py", "import app.kernel\n"),
    "The load harness speaks frames and HTTP only": ("load/planted.py", "import realtime\n"),
    "The count is pure": ("tally/planted.py", "import random\n"),
    "Machines do no I/O": ("app/meetings/model.py", "import asyncio\n"),
}


def test_the_contracts_hold() -> None:
    done = lint(ROOT)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("contract", sorted(PLANTED))
def test_a_planted_violation_is_found(contract: str, tmp_path: Path) -> None:
    copy_packages(tmp_path)
    file, line = PLANTED[contract]
    with (tmp_path / file).open("a") as module:
        module.write(line)

    done = lint(tmp_path)

    assert done.returncode != 0
    assert f"{contract} BROKEN" in done.stdout


def test_a_new_folder_needs_a_place(tmp_path: Path) -> None:
    copy_packages(tmp_path)
    (tmp_path / "app/helpers").mkdir()
    (tmp_path / "app/helpers/__init__.py").write_text('"""A folder nobody placed."""\n')

    done = lint(tmp_path)

    assert done.returncode != 0
    assert "app.helpers" in done.stdout


def copy_packages(target: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, target / package, ignore=shutil.ignore_patterns("web_dist", "__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", target)


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter in a process of its own: it must not see this checkout's modules for the planted copy."""
    code = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
