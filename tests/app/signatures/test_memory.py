"""Native objects are freed: memory does not grow with the number of signatures."""

import gc
from pathlib import Path

import pytest

from app.signatures.certificate import read_certificate
from app.signatures.trust import load_trust
from tests.app.signatures.cases import CASES, FOLDER, good, signed

GROWTH_KB = 2048


@pytest.mark.long
@pytest.mark.parametrize("algorithm", ["p256", "rsa", "gost256"])
def test_thousands_of_signatures_good_and_bad_leave_nothing_behind(algorithm: str) -> None:
    bad = [signed(name) for name, case in CASES.items() if case["algorithm"] == algorithm]

    def rounds(count: int) -> int:
        for _ in range(count):
            good(algorithm).verified()
            for each in bad:
                each.verified()
            read_certificate.cache_clear()
            load_trust(FOLDER / "pki" / algorithm)
        gc.collect()
        return resident_kb()

    before = rounds(60)
    after = rounds(240)

    assert after - before < GROWTH_KB


def resident_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
