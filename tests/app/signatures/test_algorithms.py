"""What a machine can verify is said aloud, and what it cannot is said with the remedy."""

import os
import subprocess
import sys

import pytest
from pydantic import ValidationError

from app.kernel.settings import Settings
from app.signatures import texts
from app.signatures.algorithms import AlgorithmsMissing, require_algorithms, verified_algorithms, why_missing
from app.signatures.libcrypto import Libcrypto, libcrypto
from tests.app.signatures.cases import CASES, VECTORS

GOST = ("gost2012_256", "gost2012_512")
WITHOUT_ENGINE = {"OPENSSL_ENGINES": "/nonexistent"}


@pytest.fixture(scope="module")
def report_without_engine() -> "subprocess.CompletedProcess[str]":
    return kvorum("verify", "--vectors", str(VECTORS), **WITHOUT_ENGINE)


def test_with_the_engine_every_algorithm_is_verified() -> None:
    assert set(verified_algorithms()) == {"rsa", "ecdsa", *GOST}
    assert not why_missing()
    require_algorithms(verified_algorithms())


def test_without_the_engine_rsa_and_ecdsa_vectors_pass_and_gost_differs(
    report_without_engine: "subprocess.CompletedProcess[str]",
) -> None:
    lines = report_without_engine.stdout.splitlines()
    differing = [line.partition(":")[0] for line in lines if "unsupported_algorithm" in line]

    assert report_without_engine.returncode == 1
    assert len(differing) == 31
    assert all(CASES[name]["algorithm"].startswith("gost") for name in differing)
    assert texts.VECTORS_DONE.format(count=75, differences=31) in lines


def test_without_the_engine_the_report_says_what_to_install(
    report_without_engine: "subprocess.CompletedProcess[str]",
) -> None:
    assert "apt-get install libengine-gost-openssl" in report_without_engine.stdout


def test_a_server_that_must_verify_gost_does_not_start_without_the_engine() -> None:
    done = kvorum("serve", **WITHOUT_ENGINE, KVORUM_SIGNATURE_REQUIRE="ecdsa,gost2012_256")

    assert done.returncode == 1
    assert "KVORUM_SIGNATURE_REQUIRE" in done.stderr
    assert "libengine-gost-openssl" in done.stderr


def test_a_required_algorithm_that_does_not_exist_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVORUM_SIGNATURE_REQUIRE", "ecdsa, gost94")

    with pytest.raises(ValidationError, match="signature_require"):
        Settings()


def test_openssl_4_has_no_engines_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Four:
        """libcrypto as OpenSSL 4 has it."""

        def __getattr__(self, name: str) -> object:
            if name.startswith("ENGINE_"):
                raise AttributeError(name)
            return getattr(libcrypto()._c, name)

    four = Libcrypto(Four())  # type: ignore[arg-type]
    monkeypatch.setattr("app.signatures.algorithms.libcrypto", lambda: four)

    assert verified_algorithms() == ("ecdsa", "rsa")
    with pytest.raises(AlgorithmsMissing, match="OpenSSL 3"):
        require_algorithms(["gost2012_512"])


def kvorum(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "app.cli", *arguments]
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, timeout=180)
