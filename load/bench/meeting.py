"""`meeting`: a whole meeting played by `python -m load` against several workers on PostgreSQL and Redis, started for it."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from load.bench.children import ChildFault, python, run
from load.bench.crowd import HOST
from load.bench.product import product
from load.bench.stores import stores

QUESTIONS = 4
RAMP_S = 5
FALLBACK = 0.02
"""As `kvorum load` has it when nothing is said."""


@dataclass(frozen=True, slots=True)
class Plan:
    participants: int
    workers: int
    burst_s: float


def play(plan: Plan, report: Path | None) -> None:
    """Writes the harness's own report. Raises ChildFault when its checker found something, StoreMissing."""
    with stores() as running, tempfile.TemporaryDirectory(prefix="kvorum-meeting-") as folder:
        links = Path(folder) / "links.csv"
        with product(plan.participants, QUESTIONS, plan.workers, running) as ours:
            links.write_bytes(ours.links)
            options = [f"--url=http://{HOST}:{ours.child.port}", f"--links={links}", "--storm"]
            options += [f"--participants={plan.participants}", f"--questions={QUESTIONS}"]
            options += [f"--ramp={RAMP_S}", f"--burst={plan.burst_s}", f"--fallback={FALLBACK}"]
            options += [f"--server-pid={ours.child.process.pid}"]
            options += [f"--json={report.resolve()}"] if report else []
            code = run(python("load", *options))
    if code:
        raise ChildFault(f"the meeting failed (code {code}); its report says why")
