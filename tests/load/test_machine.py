"""Processes are measured as trees; a tree that is not there has no usage."""

import os
import subprocess
import sys
import time

from load.machine import allowed_files, own_cpu_s, usage_of

CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'], stdin=sys.stdin)"
DEADLINE_S = 60


def test_a_tree_is_summed_with_its_children() -> None:
    parent = subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE)
    try:
        deadline = time.monotonic() + DEADLINE_S
        while (usage := usage_of(parent.pid)) is None or usage.processes < 2 or usage.pss_kb == 0:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        parent.communicate(b"\n", timeout=DEADLINE_S)

    assert usage.processes == 2
    assert usage.rss_kb >= usage.pss_kb > 1000
    assert usage_of(parent.pid) is None


def test_processor_time_grows_with_work() -> None:
    before, own = usage_of(os.getpid()), own_cpu_s()
    while own_cpu_s() < own + 0.1:
        sum(range(10_000))
    after = usage_of(os.getpid())

    assert before is not None
    assert after is not None
    assert after.cpu_s > before.cpu_s


def test_the_limit_of_open_files_is_raised_to_what_is_allowed() -> None:
    allowed = allowed_files()

    assert allowed > 0
    assert allowed_files() == allowed
