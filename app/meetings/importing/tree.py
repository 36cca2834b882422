"""YAML or JSON to a plain tree of maps, lists and text: every scalar stays as typed, no aliases, no depth bombs."""

import json
from typing import Any

import yaml
from yaml.events import AliasEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent
from yaml.nodes import MappingNode

from app.kernel.writing import escaped, hidden
from app.meetings.importing import limits
from app.meetings.importing.report import FileRefused

Tree = "str | list[Tree] | dict[str, Tree] | None"


def read(data: bytes) -> Any:
    """Text scalars (YAML's and JSON's nulls are None, JSON's booleans «true» and «false»). Raises `FileRefused`."""
    if len(data) > limits.AGENDA_BYTES:
        raise FileRefused("agenda_too_large", kibibytes=limits.AGENDA_BYTES // 1024)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise FileRefused("agenda_not_text") from broken
    tree = _json(text) if text.lstrip().startswith(("{", "[")) else _yaml(text)
    _must_be_seen(tree)
    return tree


def _must_be_seen(node: Any) -> None:
    """Looked at when escapes are already characters."""
    if isinstance(node, str) and (sign := hidden(node)):
        raise FileRefused("agenda_hidden_character", sign=sign, typed=escaped(node)[:60])
    if isinstance(node, dict):
        _must_be_seen([*node.keys(), *node.values()])
    elif isinstance(node, list):
        for item in node:
            _must_be_seen(item)


def _json(text: str) -> Any:
    if text.count("[") + text.count("{") > limits.AGENDA_NODES:
        raise FileRefused("agenda_too_complex")
    try:
        tree = json.loads(
            text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_without_twins
        )
    except json.JSONDecodeError as broken:
        raise FileRefused("agenda_broken", line=broken.lineno) from broken
    except RecursionError as deep:
        raise FileRefused("agenda_too_complex") from deep
    return _scalars_as_text(tree, 0)


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise FileRefused("agenda_key_twice", key=next(k for k in keys if keys.count(k) > 1)[:40], line="?")
    return found


def _scalars_as_text(node: Any, depth: int) -> Any:
    if depth > limits.AGENDA_DEPTH:
        raise FileRefused("agenda_too_complex")
    if isinstance(node, dict):
        return {key: _scalars_as_text(value, depth + 1) for key, value in node.items()}
    if isinstance(node, list):
        return [_scalars_as_text(value, depth + 1) for value in node]
    if isinstance(node, bool):
        return "true" if node else "false"
    return node


class _TextLoader(yaml.BaseLoader):
    """Builds text, lists and maps only: `no`, `011` and `10:30` stay what was typed."""

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                line = key.start_mark.line + 1
                raise FileRefused("agenda_key_twice", key=str(key.value)[:40], line=line)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)


def _yaml(text: str) -> Any:
    try:
        _look_before_building(text)
        return yaml.load(text, Loader=_TextLoader)  # noqa: S506 - a BaseLoader, it builds no objects
    except yaml.MarkedYAMLError as broken:
        mark = broken.problem_mark
        raise FileRefused("agenda_broken", line=mark.line + 1 if mark else 1) from broken
    except (yaml.YAMLError, RecursionError) as broken:
        raise FileRefused("agenda_not_text") from broken


def _look_before_building(text: str) -> None:
    """A pass over events builds nothing, so neither a bomb of aliases nor a deep tree costs anything."""
    depth = nodes = 0
    for event in yaml.parse(text, Loader=_TextLoader):
        if isinstance(event, AliasEvent):
            raise FileRefused("agenda_alias")
        if isinstance(event, (MappingStartEvent, SequenceStartEvent, ScalarEvent)):
            nodes += 1
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > limits.AGENDA_DEPTH or nodes > limits.AGENDA_NODES:
            raise FileRefused("agenda_too_complex")
