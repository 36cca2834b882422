"""Native objects are freed: memory does not grow with the number of signatures, nor by what strangers send."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from app.signatures.certificate import LONGEST_REMEMBERED, read_certificate, remembered
from app.signatures.trust import load_trust
from tests.app.signatures.authorities import a_root
from tests.app.signatures.cases import CASES, FOLDER, good, signed

GROWTH_KB = 2048


def large_certificates(count: int) -> Iterator[bytes]:
    """Never seen before, each of 30 kB."""
    root = a_root()
    filling = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"x" * 30_000)
    der = root.person(extensions=(filling,)).der
    place = der.index(b"x" * 100)
    for number in range(count):
        yield der[:place] + number.to_bytes(4, "big") + der[place + 4 :]


def test_a_large_certificate_of_a_stranger_is_read_and_not_remembered() -> None:
    before = remembered.cache_info().currsize

    for der in large_certificates(3):
        assert len(der) > LONGEST_REMEMBERED
        assert read_certificate(der).der == der

    assert remembered.cache_info().currsize == before


@pytest.mark.long
@pytest.mark.parametrize("algorithm", ["p256", "rsa", "gost256"])
def test_thousands_of_signatures_good_and_bad_leave_nothing_behind(algorithm: str) -> None:
    bad = [signed(name) for name, case in CASES.items() if case["algorithm"] == algorithm]

    def rounds(count: int) -> int:
        for large in large_certificates(count):
            read_certificate(large)
            good(algorithm).verified()
            for each in bad:
                each.verified()
            load_trust(FOLDER / "pki" / algorithm)
        gc.collect()
        return resident_kb()

    before = rounds(60)
    after = rounds(240)

    assert after - before < GROWTH_KB


def resident_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
