"""The same history gives the same bytes in every process (P13): nothing depends on the order of a hash table."""

import os
import subprocess
import sys

FOLD = """
import hashlib, msgspec
from app.meetings.personal import me
from app.meetings.view import view
from tests.app.meetings.test_golden_events import folded

meeting = folded("rich")
shown = [view(meeting, {}, role) for role in ("organizer", "registrar", "participant", "observer", "screen")]
shown += [me(meeting, {}, person) for person in meeting.persons]
print(hashlib.sha256(msgspec.msgpack.encode([list(each.items()) for each in shown])).hexdigest())
"""


def test_views_are_the_same_bytes_whatever_the_hash_seed() -> None:
    seen = {shown(seed) for seed in ("0", "1", "4242")}

    assert len(seen) == 1
    assert len(seen.pop()) == 64


def shown(seed: str) -> str:
    env = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run([sys.executable, "-c", FOLD], env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()
