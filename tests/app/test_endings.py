"""A command of the terminal that cannot be done ends with a sentence, never with a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import texts
from app.cli import cli
from app.endings import sentence
from app.kernel.settings import Settings


def ended(*command: str) -> str:
    """What is told instead of a traceback."""
    try:
        cli([*command], standalone_mode=False)
    except SystemExit as end:
        return str(end.code)
    except Exception as error:
        return sentence(error) or f"no sentence for {error!r}"
    return "done"


@pytest.mark.parametrize(
    ("command", "name", "given", "told"),
    [
        (("check-log",), "DATABASE_URL", "sqlite:////nowhere/kvorum.db", "/nowhere/kvorum.db нет"),
        (("export", "m-1"), "DATABASE_URL", "sqlite:////nowhere/kvorum.db", "/nowhere/kvorum.db нет"),
        (("ballots", "m-1", "1"), "DATABASE_URL", "sqlite:////nowhere/kvorum.db", "/nowhere/kvorum.db нет"),
        (("migrate",), "DATABASE_URL", "nonsense", "должна начинаться с sqlite:///"),
        (("migrate",), "DATABASE_URL", "postgresql://127.0.0.1:port/x", "должна начинаться с sqlite:///"),
        (("migrate",), "DATABASE_URL", "postgresql://127.0.0.1:1/x", "База данных не отвечает"),
        (("migrate",), "DATABASE_URL", "sqlite:////dev/null/x.db", "/dev/null: "),
        (("config",), "PORT", "many", "KVORUM_PORT"),
        (("openapi", "--out", "/nowhere/file"), "PORT", "8000", "/nowhere/file: нет такого файла или папки"),
        (("init", "--name", " "), "PORT", "8000", "Укажите фамилию"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], name: str, given: str, told: str
) -> None:
    monkeypatch.setenv(f"KVORUM_{name}", given)

    assert told in ended(*command)


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("PORT", "many", "KVORUM_PORT: нужно целое число цифрами"),
        ("PORT", "-1", "KVORUM_PORT: нужно число не меньше 0"),
        ("PORT", "65536", "KVORUM_PORT: нужно число не больше 65535"),
        ("LOG_FORMAT", "xml", "KVORUM_LOG_FORMAT: можно только 'console' или 'json'"),
        ("SIGNATURE_REQUIRE", "rsa,dsa", "KVORUM_SIGNATURE_REQUIRE: можно только 'rsa', 'ecdsa', 'gost2012_256' или"),
        ("DEMO_CA", "perhaps", "KVORUM_DEMO_CA: можно только true или false"),
        ("PUBLIC_URL", "kvorum.example", "KVORUM_PUBLIC_URL: нужен адрес вида https://"),
        ("DEPLOYMENT", "Кворум", "KVORUM_DEPLOYMENT: строчные латинские буквы"),
        ("BUILD", "b" * 41, "KVORUM_BUILD: длина не больше 40 знаков"),
        ("CADESPLUGIN", "nowhere.js", "KVORUM_CADESPLUGIN: такого файла нет"),
        ("METRICS_FROM", "everybody", "KVORUM_METRICS_FROM: нужны адреса или сети"),
        ("CRL_HOSTS", "http://crl.example", "KVORUM_CRL_HOSTS: нужны имена узлов"),
        ("ENVIRONMENT", "production", "настройки вместе: KVORUM_TRUST_DIR не указана"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told_in_russian_with_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str, told: str
) -> None:
    monkeypatch.setenv(f"KVORUM_{name}", given)

    assert f"\n  {told}" in ended("config")


def test_each_setting_with_a_pattern_says_it_in_words() -> None:
    with_pattern = {
        name
        for name, field in Settings.model_fields.items()
        if any(getattr(rule, "pattern", None) for rule in field.metadata)
    }

    assert with_pattern == set(texts.SETTING_PATTERNS)


def test_a_file_that_is_no_database_is_named_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "kvorum.db"
    file.write_text("not a database, but long enough to be looked into" * 20)
    monkeypatch.setenv("KVORUM_DATABASE_URL", f"sqlite:///{file}")

    assert "База SQLite не открывается" in ended("check-log")


def test_a_mistyped_path_makes_no_new_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KVORUM_DATABASE_URL", f"sqlite:///{tmp_path}/folder/kvorum.db")

    ended("check-log")

    assert list(tmp_path.iterdir()) == []


def test_the_program_itself_says_the_sentence_and_no_secret() -> None:
    env = {**os.environ, "KVORUM_DATABASE_URL": "mysql://somebody:secret@host/x"}

    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "migrate"], env=env, capture_output=True, text=True, timeout=120
    )

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "secret" not in done.stderr


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    assert sentence(KeyError("x")) is None
    assert sentence(OSError("no file is named")) is None
