"""Logs: one line an event, names masked, tracebacks without values."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.kernel.logging import CHATTY, configure_logging
from app.kernel.personal import Personal


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in CHATTY}
    yield
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_is_json_with_ids_and_no_names() -> None:
    out = io.StringIO()
    configure_logging("json", stream=out)

    structlog.get_logger("t").info("joined", person="p_1", name=Personal("Иванов"))
    structlog.get_logger("t").debug("too much")
    logging.getLogger("library").warning("old style")

    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["joined", "old style"]
    assert (lines[0]["person"], lines[0]["name"]) == ("p_1", "***")


@pytest.mark.parametrize(
    ("level", "heard"), [("debug", ["open", "broken"]), ("info", ["broken"]), ("error", [])]
)
def test_an_operator_hears_only_warnings_of_libraries(level: str, heard: list[str]) -> None:
    out = io.StringIO()
    configure_logging("json", level, out)

    for name in ("uvicorn.error", "alembic.runtime.migration", "websockets.server"):
        logging.getLogger(name).info("open")
        logging.getLogger(name).warning("broken")

    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == heard * 3


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_traceback_shows_no_values_of_variables(log_format: str) -> None:
    out = io.StringIO()
    configure_logging(log_format, stream=out)  # type: ignore[arg-type]
    choice = "a secret choice"

    try:
        raise RuntimeError(len(choice))
    except RuntimeError as error:
        structlog.get_logger("t").error("incident", exc_info=error)

    assert "RuntimeError" in out.getvalue()
    assert choice not in out.getvalue()


def test_personal_data_compares_and_hides() -> None:
    name = Personal("Иванов")

    assert name == Personal("Иванов")
    assert name != "Иванов"
    assert len({name, Personal("Иванов")}) == 1
    assert f"{name} {name!r}" == "*** ***"
    assert name.reveal() == "Иванов"


def test_a_path_from_outside_neither_begins_a_line_nor_paints_the_console() -> None:
    out = io.StringIO()
    configure_logging("console", stream=out)

    structlog.get_logger().error("incident", path="/a\nforged\x1b[2J\u202e")

    assert out.getvalue().count("\n") == 1
    assert "\x1b" not in out.getvalue()
    assert "\u202e" not in out.getvalue()
