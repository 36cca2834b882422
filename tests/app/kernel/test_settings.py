"""Settings come from the environment, are checked, and hide their secrets."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.kernel.reference import FOLDER, pages
from app.kernel.settings import Settings


def test_the_defaults_need_nothing() -> None:
    settings = Settings()

    assert settings.environment == "embedded"
    assert settings.redis_url is None
    assert settings.origins == {"http://127.0.0.1:8000"}


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVORUM_PUBLIC_URL", "https://sobranie.example")
    monkeypatch.setenv("KVORUM_DATABASE_URL", "postgresql://u:secret@db/kvorum")
    monkeypatch.setenv("KVORUM_ALLOWED_ORIGINS", "https://a.example, https://b.example")

    settings = Settings()

    assert settings.is_https
    assert settings.origins == {"https://a.example", "https://b.example"}
    assert settings.database_url.get_secret_value().endswith("@db/kvorum")


def test_secrets_print_as_stars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVORUM_DATABASE_URL", "postgresql://u:secret@db/kvorum")

    settings = Settings()

    assert settings.shown()["database_url"] == "***"
    assert "secret" not in repr(settings) + str(settings.shown())


@pytest.mark.parametrize("name", ["public_url", "metrics_from"])
def test_a_wrong_value_is_refused_by_name_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"KVORUM_{name.upper()}", "my-password")

    with pytest.raises(ValidationError, match=name) as caught:
        Settings()

    assert "my-password" not in str(caught.value)


HERE = Path(__file__)


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("SIGNATURE_POLICY", "qualified", "qualified"),
        ("SIGNATURE_POLICY", "off", "off"),
        ("SIGNED_COUNTDOWN_S", "10", 10),
        ("SIGNED_COUNTDOWN_S", "86400", 86_400),
        ("DEMO_CA", "true", True),
        ("DEMO_CA", "0", False),
        ("SIGNATURE_REQUIRE", "", ()),
        ("SIGNATURE_REQUIRE", "rsa, ecdsa,gost2012_256 ,gost2012_512", ("rsa", "ecdsa", "gost2012_256", "gost2012_512")),
        ("TRUST_DIR", "trust", Path("trust")),
        ("CRL_HOSTS", "", ()),
        ("CRL_HOSTS", "crl.example, 10.0.0.7:8080", ("crl.example", "10.0.0.7:8080")),
        ("CRL_POLICY", "grace", "grace"),
        ("CRL_POLICY", "strict", "strict"),
        ("CADESPLUGIN", str(HERE), HERE),
    ],
)  # fmt: skip
def test_a_setting_of_signatures_is_taken(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str, value: object
) -> None:
    monkeypatch.setenv(f"KVORUM_{name}", given)

    assert getattr(Settings(), name.lower()) == value


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("SIGNATURE_POLICY", ""),
        ("SIGNATURE_POLICY", "qualified,off"),
        ("SIGNED_COUNTDOWN_S", "9"),
        ("SIGNED_COUNTDOWN_S", "86401"),
        ("SIGNED_COUNTDOWN_S", "3 min"),
        ("DEMO_CA", "perhaps"),
        ("SIGNATURE_REQUIRE", "rsa,dsa"),
        ("SIGNATURE_REQUIRE", "RSA"),
        ("CRL_HOSTS", "http://crl.example/list.crl"),
        ("CRL_HOSTS", "crl.example,CRL2.example"),
        ("CRL_HOSTS", "crl.example:port"),
        ("CRL_POLICY", "off"),
        ("CADESPLUGIN", "nowhere/cadesplugin_api.js"),
        ("CADESPLUGIN", str(HERE.parent)),
    ],
)
def test_a_wrong_setting_of_signatures_stops_the_start_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str
) -> None:
    monkeypatch.setenv(f"KVORUM_{name}", given)

    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


PRODUCTION = {"KVORUM_ENVIRONMENT": "production", "KVORUM_TRUST_DIR": "trust"}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"KVORUM_SIGNATURE_POLICY": "off"}, "KVORUM_SIGNATURE_POLICY"),
        ({"KVORUM_DEMO_CA": "true"}, "KVORUM_DEMO_CA"),
        ({"KVORUM_TRUST_DIR": None}, "KVORUM_TRUST_DIR"),
    ],
)
def test_production_takes_nothing_of_a_demonstration(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str | None], why: str
) -> None:
    for name, given in PRODUCTION.items():
        monkeypatch.setenv(name, given)
    assert Settings().environment == "production"
    for name, value in changed.items():
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError, match=why):
        Settings()


@pytest.mark.parametrize("name", pages())
def test_a_page_of_the_reference_is_as_the_code_says(name: str) -> None:
    written = Path(FOLDER / name).read_text()

    assert written == pages()[name], "stale: run python -m app.kernel.reference"
