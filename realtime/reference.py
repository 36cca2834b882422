"""The page docs/reference/frames.md, made from the frame types: `python -m realtime.reference` writes it anew."""

from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Meta

from realtime import envelope
from realtime.bulk import MAX_VALUES
from realtime.close_codes import CloseCode, client_should
from realtime.codec import MAX_DEPTH, MAX_FRAME, PACK_OVER

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "frames.md"
INTRO = f"""# Frames

Made by `python -m realtime.reference`; do not edit. What the frames mean together: [Who sees what](../topics/who-sees-what.md).

One MessagePack map a binary websocket frame, its type in `t`. A client that writes JSON (also in binary frames) is answered in JSON;
bytes are base64 there and nothing is packed. A client's frame holds at most {MAX_FRAME} bytes; the body of a command holds maps with text keys,
lists, texts, bytes, integers, booleans and null, at most {MAX_DEPTH} deep; a frame, or a request of them, at most {MAX_VALUES} values.
Fields that are not named here are ignored. A full map over {PACK_OVER} bytes travels `packed`: `set` is then the raw deflate of its MessagePack.
"""


def frames_page() -> str:
    """The whole page."""
    parts = [INTRO, "## From client to server\n"]
    parts += [_frame(frame) for frame in get_args(envelope.ClientFrame)]
    parts += [_struct("Have", envelope.Have), "## From server to client\n"]
    parts += [_frame(frame) for frame in get_args(envelope.ServerFrame)]
    return "\n".join([*parts, _close_codes()])


def _frame(frame: type[msgspec.Struct]) -> str:
    return _struct(f"`{frame.__struct_config__.tag}`", frame)


def _struct(title: str, struct: type[msgspec.Struct]) -> str:
    doc = struct.__dict__.get("__doc__") or ""
    hints = get_type_hints(struct, include_extras=True)
    rows = [_field(field, hints[field.name]) for field in msgspec.structs.fields(struct)]
    return "\n".join([f"### {title}", doc, "", "| Field | Type | Default |", "|---|---|---|", *rows, ""])


def _field(field: msgspec.structs.FieldInfo, hint: Any) -> str:
    default = "" if field.default is NODEFAULT else f"`{field.default!r}`"
    if field.default_factory is not NODEFAULT:
        default = f"`{field.default_factory()!r}`"
    return f"| `{field.encode_name}` | {_type(hint)} | {default} |"


def _type(hint: Any) -> str:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return f"{_type(inner[0])}, {_limits(inner[1])}"
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inner)
    if origin is list:
        return f"list of ({_type(inner[0])})"
    if origin is Union or isinstance(hint, type(int | None)):
        return " or ".join(_type(part) for part in inner)
    return {type(None): "null", Any: "any"}.get(hint) or str(hint.__name__)


def _limits(meta: Meta) -> str:
    named = {"min_length": "at least", "max_length": "at most", "ge": "≥", "le": "≤"}
    if meta.min_length is not None and meta.min_length == meta.max_length:
        return f"length {meta.min_length}"
    shown = [
        f"{word} {getattr(meta, name)}" for name, word in named.items() if getattr(meta, name) is not None
    ]
    return ", ".join(shown)


def _close_codes() -> str:
    rows = [f"| {code.value} | `{code.name.lower()}` | {client_should(code)} |" for code in CloseCode]
    head = ["## Close codes\n", "| Code | Name | The client should |", "|---|---|---|"]
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    PAGE.write_text(frames_page())
