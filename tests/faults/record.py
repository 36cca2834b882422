"""The fault record: outcomes as lines under var/, so that an interrupted run goes on, and the page made from them."""

import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Self

from tests.faults.trial import Kind, Outcome

ROOT = Path(__file__).resolve().parents[2]
LINES = ROOT / "var/faults.jsonl"
PAGE = ROOT / "docs/reference/fault-record.md"


@dataclass(frozen=True, slots=True)
class Record:
    """Lines are kept only in the long run; the newest of a kind and a seed counts."""

    path: Path | None

    @classmethod
    def of_this_machine(cls) -> Self:
        is_kept = os.environ.get("KVORUM_LONG") == "1" and not os.environ.get("KVORUM_FAULT_SEED")
        return cls(LINES if is_kept else None)

    def has_good(self, kind: str, seed: int) -> bool:
        row = self.rows().get((kind, seed))
        return row is not None and not row["wrong"]

    def add(self, outcome: Outcome) -> None:
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        row = {**asdict(outcome), "date": f"{datetime.now(UTC):%Y-%m-%d}", "commit": commit()}
        with self.path.open("a") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def rows(self) -> dict[tuple[str, int], dict[str, Any]]:
        if self.path is None or not self.path.exists():
            return {}
        lines = map(json.loads, self.path.read_text().splitlines())
        return {(row["kind"], row["seed"]): row for row in lines}


def commit() -> str:
    """The short name of what was run; `+` when files differ from it."""
    asked = ["git", "describe", "--always", "--dirty=+", "--abbrev=10"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
