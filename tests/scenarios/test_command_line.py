"""The command line as a person meets it: the demo starts, prints its links and leaves nothing behind."""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from app import texts
from app.demo import founded_meeting, generated_files
from app.embedded import embedded, free_port
from app.kernel.log import verify
from app.kernel.sqlite import SqliteDatabase

KVORUM = [sys.executable, "-m", "app.cli"]


def test_the_demo_prints_links_and_ends_with_everything_it_started(tmp_path: Path) -> None:
    port = free_port()
    with (tmp_path / "out").open("w") as out:
        demo = subprocess.Popen(
            [*KVORUM, "demo", "--port", str(port), "--participants", "3"], stdout=out, stderr=out
        )
        try:
            text = wait_for(tmp_path / "out", "Ctrl+C", demo)
            children = children_of(demo.pid)
        finally:
            demo.send_signal(signal.SIGTERM)
            code = demo.wait(60)

    assert code == 0, text
    assert len(re.findall(rf"http://127\.0\.0\.1:{port}/in#\S+", text)) == 5
    assert len(children) == 2
    assert not [pid for pid in children if is_alive(pid)]
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)


def test_a_taken_port_is_told_before_anything_is_made() -> None:
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()

        done = run("demo", "--port", str(port))

    assert done.returncode == 1
    assert f"Порт {port} занят" in done.stderr


PLANTED = """
import sys

from app import cli
from app.kernel.logging import incident

def shown(settings):
    choice = "-".join(["a", "secret", "choice"])
    try:
        raise RuntimeError(len(choice))
    except RuntimeError as error:
        incident(error)
    return {}

cli.Settings.shown = shown
sys.argv = ["kvorum", "config"]
cli.main()
"""


def test_a_traceback_in_a_command_shows_no_values_of_variables() -> None:
    done = subprocess.run([sys.executable, "-c", PLANTED], capture_output=True, text=True, timeout=180)

    assert done.returncode == 0, done.stderr
    assert "RuntimeError: 15" in done.stderr
    assert "a-secret-choice" not in done.stdout + done.stderr


def test_config_shows_settings_and_no_secret() -> None:
    done = run("config", KVORUM_DATABASE_URL="postgresql://kvorum:tellnobody@db/kvorum")

    assert done.returncode == 0
    assert "KVORUM_DATABASE_URL=***" in done.stdout
    assert "tellnobody" not in done.stdout


def test_init_prints_a_practitioners_link_and_production_demands_its_keys(tmp_path: Path) -> None:
    places = {"KVORUM_DATABASE_URL": f"sqlite:///{tmp_path}/k.db", "KVORUM_KEYS_DIR": str(tmp_path / "keys")}
    places["KVORUM_TRUST_DIR"] = str(tmp_path / "trust")

    for command in (("init", "--name", "Орлова Марина"), ("serve",)):
        strict = run(*command, KVORUM_ENVIRONMENT="production", **places)
        assert strict.returncode == 1
        assert strict.stderr.startswith("Нет ключей сервера")
        assert "Traceback" not in strict.stderr
        assert not (tmp_path / "keys").exists()
    done = run("init", "--name", "Орлова Марина", **places)

    assert "/in#" in done.stdout


def test_check_log_names_what_was_changed_and_says_so_by_its_exit_code(tmp_path: Path) -> None:
    founded = asyncio.run(founded_meeting(embedded(tmp_path, 8000), generated_files(3)))
    places = {
        "KVORUM_DATABASE_URL": f"sqlite:///{tmp_path}/kvorum.db",
        "KVORUM_KEYS_DIR": str(tmp_path / "keys"),
    }

    whole = run("check-log", KVORUM_ENVIRONMENT="embedded", **places)
    with contextlib.closing(sqlite3.connect(tmp_path / "kvorum.db")) as database, database:
        database.execute("update log_topic set mark = zeroblob(32)")
    broken = run("check-log", KVORUM_ENVIRONMENT="embedded", **places)

    assert (whole.returncode, whole.stdout.splitlines()[-1]) == (0, texts.LOG_WHOLE), whole.stderr
    assert f"meeting:{founded.meeting}: ошибок 0" in whole.stdout
    assert (broken.returncode, broken.stdout.splitlines()[-1]) == (1, texts.LOG_BROKEN)
    assert texts.LOG_FAULTS["the head is not the last event"] in broken.stdout


def test_every_fault_of_the_log_has_its_sentence() -> None:
    named = set(re.findall(r'Finding\([^"]*"([^"]+)"', Path(verify.__file__).read_text()))

    assert named == set(texts.LOG_FAULTS)


def test_a_database_in_use_is_told_in_a_sentence(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "k.db")
    places = {"KVORUM_DATABASE_URL": f"sqlite:///{tmp_path}/k.db", "KVORUM_KEYS_DIR": str(tmp_path / "keys")}
    try:
        done = run("init", "--name", "Орлова Марина", **places)
    finally:
        asyncio.run(database.close())

    assert done.returncode == 1
    assert "уже открыл другой процесс" in done.stderr
    assert "Traceback" not in done.stderr


def test_load_says_what_it_needs() -> None:
    done = run("load")

    assert done.returncode == 1
    assert "--embedded" in done.stderr


def test_the_load_harness_writes_its_verdict(tmp_path: Path) -> None:
    report = tmp_path / "report.json"

    crowd = ("--embedded", "--signed", "--participants", "6", "--questions", "1")
    done = run("load", *crowd, "--json", str(report))

    assert done.returncode == 0, done.stdout + done.stderr
    checker = json.loads(report.read_text())["checker"]
    assert (checker["lost"], checker["doubled"], checker["gaps"], checker["unsigned"]) == (0, 0, 0, 0)
    assert checker["ballots"] >= 6


def run(*words: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*KVORUM, *words], capture_output=True, text=True, env={**os.environ, **env}, timeout=120
    )


def wait_for(file: Path, word: str, process: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        text = file.read_text()
        if word in text:
            return text
        assert process.poll() is None, text
        time.sleep(0.1)
    raise AssertionError(file.read_text())


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
