"""Processes of the benchmark: all of their processor time is counted, and none of them stays."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from load.bench.children import Child, ChildFault, end, free_port, run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and the CPU clocks of processes")

BURN = "import time\nwhile time.process_time() < 0.2: pass"
ENDED_THREAD = """
import sys, threading, time
def burn():
    while time.thread_time() < 0.2: pass
thread = threading.Thread(target=burn); thread.start(); thread.join()
print(); sys.stdout.flush(); time.sleep(30)
"""
ENDED_CHILD = f"""
import subprocess, sys, time
subprocess.run([sys.executable, "-c", {BURN!r}])
print(); sys.stdout.flush(); time.sleep(30)
"""
ORPHAN = """
import subprocess, sys
quiet = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"], stdout=subprocess.DEVNULL)
print(quiet.pid, flush=True); quiet.returncode = 0
"""


@pytest.mark.parametrize("program", [ENDED_THREAD, ENDED_CHILD])
def test_time_of_what_has_ended_is_counted(program: str) -> None:
    process = started(program)
    try:
        assert process.stdout is not None
        process.stdout.readline()

        assert Child("busy", process, 0).cpu_s() >= 0.2
    finally:
        end(process)
        process.communicate()


def test_who_outlives_its_parent_is_ended_too() -> None:
    process = started(ORPHAN)
    orphan = int(process.communicate(timeout=60)[0])

    end(process)

    assert is_gone_within(orphan, 30.0)


def test_a_command_that_does_not_end_is_a_fault() -> None:
    with pytest.raises(ChildFault, match="longer than"):
        run((sys.executable, "-c", "import time; time.sleep(30)"), within_s=0.1)


def test_a_port_is_below_those_of_outgoing_connections() -> None:
    assert 10_000 <= free_port() < 32_000


def started(program: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True)


def is_gone_within(pid: int, seconds: float) -> bool:
    """A process that nobody has waited for yet counts as gone."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    os.kill(pid, 9)
    return False
