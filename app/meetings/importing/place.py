"""A place in the tree of an agenda file: reads values by key and names its path in every fault («повестка.3.тема»)."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.meetings.importing import texts
from app.meetings.importing.report import Faults
from app.meetings.importing.sheet import folded


class Place:
    """A map at a path. Missing and wrong values are noted in `faults` and read as None or empty."""

    def __init__(self, path: str, node: Any, known: tuple[str, ...], faults: Faults) -> None:
        self._path = path
        self._faults = faults
        self._values: dict[str, Any] = {}
        if not isinstance(node, dict):
            self.stop(None, "agenda_not_a_map")
            return
        for key, value in node.items():
            if not isinstance(key, str) or key.casefold() not in known:
                self.stop(None, "agenda_unknown_key", key=str(key)[:40], known=", ".join(known))
            else:
                self._values[key.casefold()] = value

    def stop(self, at: str | None, code: str, **facts: object) -> None:
        self._faults.note("fault", code, facts, path=self._at(at))

    def warn(self, at: str | None, code: str, **facts: object) -> None:
        self._faults.note("warning", code, facts, path=self._at(at))

    def has(self, key: str) -> bool:
        value = self._values.get(key)
        return bool(value.strip()) if isinstance(value, str) else value is not None

    def text(self, key: str, limit: int) -> str:
        """Text that must be there; "" after a fault."""
        typed = self.text_if_any(key, limit)
        if typed is None:
            self.stop(key, "agenda_missing")
        return typed or ""

    def text_if_any(self, key: str, limit: int) -> str | None:
        if not self.has(key):
            return None
        typed = self._values[key]
        if not isinstance(typed, str):
            self.stop(key, "agenda_not_text_value")
            return ""
        if len(typed) > limit:
            self.stop(key, "agenda_too_long", limit=limit)
        return typed.strip()

    def choice(self, key: str, words: Mapping[str, str], default: str | None = None) -> str:
        """The value behind one of the words; `default` if nothing is typed, a fault if there is none."""
        if not self.has(key) and default is not None:
            return default
        typed = self.text(key, 200)
        if typed and folded(typed) not in words:
            self.stop(key, "agenda_choose", typed=typed[:60], known=", ".join(words))
        return words.get(folded(typed), next(iter(words.values())))

    def whole(self, key: str, low: int, high: int) -> int | None:
        typed = self.text_if_any(key, 20)
        if typed is None:
            return None
        if not typed.isascii() or not typed.isdigit() or not low <= int(typed) <= high:
            self.stop(key, "agenda_bad_number", typed=typed, low=low, high=high)
            return None
        return int(typed)

    def items(self, key: str) -> Iterator[tuple[str, Any]]:
        """(path, node) of a list, numbered from 1."""
        if not self.has(key):
            return
        nodes = self._values[key]
        if not isinstance(nodes, list):
            self.stop(key, "agenda_not_a_list")
            return
        for number, node in enumerate(nodes, start=1):
            yield f"{self._at(key)}.{number}", node

    def node(self, key: str) -> Any:
        return self._values.get(key)

    def _at(self, key: str | None) -> str | None:
        return ".".join(part for part in (self._path, key) if part) or None


def yes(place: Place, key: str) -> bool:
    return place.choice(key, texts.YES_NO, default="no") == "yes"
