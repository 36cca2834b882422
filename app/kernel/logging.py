"""Logs of the program: one line an event with ids only, for people or as JSON; names and bodies never enter them."""

import logging
import secrets
import sys
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

from app.kernel.writing import escaped

Format = Literal["console", "json"]
CHATTY = ("uvicorn", "alembic", "websockets")
"""They tell of every connection and every migration at `info`; an operator hears their warnings, a developer all."""

log = structlog.get_logger(__name__)


def configure_logging(log_format: Format, level: str = "info", stream: TextIO | None = None) -> None:
    """Called once by whoever starts the process; libraries that use `logging` are written the same way."""
    out = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if log_format == "json":
        # tracebacks without the values of local variables: they could hold a choice or a name
        shared.append(structlog.processors.format_exc_info)
    last: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    if log_format == "console":
        shared.append(_on_one_line)
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=last, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=number, force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(number if number <= logging.DEBUG else max(number, logging.WARNING))


def _on_one_line(logger: object, method: str, event: EventDict) -> EventDict:
    """A path comes from outside: it must neither begin a line nor paint a terminal. JSON escapes by itself."""
    return {key: escaped(value) if isinstance(value, str) else value for key, value in event.items()}


def incident(error: BaseException, **where: object) -> str:
    """Log a mistake of ours once; returns the id to show."""
    number = secrets.token_hex(4)
    log.error("incident", incident=number, **where, exc_info=error)
    return number
