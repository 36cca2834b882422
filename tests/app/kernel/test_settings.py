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


PRODUCTION = {"KVORUM_ENVIRONMENT": "production", "KVORUM_TRUST_DIR": "trust"}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"KVORUM_SIGNATURE_POLICY": "off"}, "signature_policy"),
        ({"KVORUM_DEMO_CA": "true"}, "demo_ca"),
        ({"KVORUM_TRUST_DIR": None}, "trust_dir"),
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
