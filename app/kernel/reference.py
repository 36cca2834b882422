"""Pages of docs/reference/ that are made from the code: `python -m app.kernel.reference` writes them anew."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from prometheus_client import Gauge, Metric
from pydantic import SecretStr
from pydantic.fields import FieldInfo

import app
from app.kernel.errors import Refused
from app.kernel.metrics import Metrics
from app.kernel.settings import PREFIX, Settings

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
MADE = "Made by `python -m app.kernel.reference`; do not edit."


def pages() -> dict[str, str]:
    """Text by file name."""
    return {
        "settings.md": settings_page(),
        "error-codes.md": error_codes_page(),
        "metrics.md": metrics_page(),
    }


def settings_page() -> str:
    rows = [_setting_row(name, field) for name, field in Settings.model_fields.items()]
    head = ["| Variable | Type | Default | Meaning |", "|---|---|---|---|"]
    intro = "All settings come from the environment. Secrets are shown as `***` by `kvorum config`."
    return "\n".join(["# Settings", "", MADE, "", intro, "", *head, *rows, ""])


def error_codes_page() -> str:
    """Every class of refusal in the program, in the order of the tree."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name.endswith(".refusals"):
            importlib.import_module(module.name)
    rows = [_refusal_row(refusal) for refusal in sorted(set(_tree(Refused)), key=lambda each: each.code)]
    head = ["| Code | HTTP | Final | Meaning |", "|---|---|---|---|"]
    intro = (
        "What a user can cause. A final refusal of a command is recorded and stands for ever; after any other "
        "the same command may be sent again with the same id."
    )
    return "\n".join(["# Error codes", "", MADE, "", intro, "", *head, *rows, ""])


def metrics_page() -> str:
    """Every metric; a counter ends in `_total`, a histogram has `_bucket`, `_sum` and `_count`."""
    metrics = Metrics()
    modes = {
        collector._name: collector._multiprocess_mode
        for collector in vars(metrics).values()
        if isinstance(collector, Gauge)
    }
    rows = [_metric_row(metric, modes.get(metric.name, "")) for metric in metrics.registry.collect()]
    head = ["| Metric | Type | Workers | Meaning |", "|---|---|---|---|"]
    intro = (
        "`/metrics` answers in the text format of Prometheus, to the addresses of `KVORUM_METRICS_FROM` only. With "
        "`--workers N` one answer speaks for all workers. A histogram ends in `_bucket`, `_sum` and `_count`. "
        "No names of people or meetings stand in labels."
    )
    return "\n".join(["# Metrics", "", MADE, "", intro, "", *head, *rows, ""])


def _metric_row(metric: Metric, mode: str) -> str:
    name = f"{metric.name}_total" if metric.type == "counter" else metric.name
    together = {"livemin": "smallest", "livemax": "largest"}.get(mode, "sum")
    return f"| `{name}` | {metric.type} | {together} | {metric.documentation} |"


def _setting_row(name: str, field: FieldInfo) -> str:
    default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    default = ", ".join(default) if isinstance(default, tuple) else default
    shown = f"`{default}`" if default not in (None, "") else ""
    return f"| `{PREFIX}{name.upper()}` | {_type(field.annotation)} | {shown} | {field.description} |"


def _type(annotation: object) -> str:
    origin = get_origin(annotation)
    if origin is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(annotation))
    if origin in (UnionType, Union, Annotated):
        return _type(get_args(annotation)[0])
    if origin is tuple:
        return "list"
    names = {str: "text", int: "number", bool: "yes or no", SecretStr: "secret", Path: "path"}
    return next(word for known, word in names.items() if annotation is known)


def _refusal_row(refusal: type[Refused]) -> str:
    meaning = inspect.cleandoc(vars(refusal)["__doc__"] or "").split("\n\n")[0].replace("\n", " ")
    return f"| `{refusal.code}` | {refusal.status} | {'yes' if refusal.final else 'no'} | {meaning} |"


def _tree(refusal: type[Refused]) -> Iterator[type[Refused]]:
    for child in refusal.__subclasses__():
        if "code" in vars(child) and child.__module__.startswith("app."):
            yield child
        yield from _tree(child)


def main() -> None:
    for name, page in pages().items():
        (FOLDER / name).write_text(page)


if __name__ == "__main__":
    main()
