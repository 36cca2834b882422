"""Writes src/schema.d.ts from the Python types of frames, views and commands; knows nothing of HTTP.

Run from the repository root: `python web/make_types.py [--check]`. Bytes appear as `string` in the result;
the few fields of bytes are named in src/lib/live/frames.ts.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.meetings import commands, view_types  # noqa: E402
from realtime import envelope  # noqa: E402

TARGET = ROOT / "web" / "src" / "schema.d.ts"


def views() -> list[type[view_types.View]]:
    """Every value of a view: these are sent with all their fields."""
    return [
        value
        for value in vars(view_types).values()
        if isinstance(value, type) and issubclass(value, view_types.View) and value is not view_types.View
    ]


def document() -> dict[str, Any]:
    """A minimal OpenAPI document that holds the components only."""
    frames = [envelope.ClientFrame, envelope.ServerFrame]
    types: list[Any] = [*frames, *commands.SENT_BY_PEOPLE, commands.BallotContent, *views()]
    _, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    for view in views():
        components[view.__name__]["required"] = list(components[view.__name__]["properties"])
    return {
        "openapi": "3.1.0",
        "info": {"title": "kvorum", "version": "1"},
        "paths": {},
        "components": {"schemas": dict(sorted(components.items()))},
    }


def generate() -> str:
    """The TypeScript text, by openapi-typescript of web/node_modules."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "openapi.json", Path(folder) / "schema.d.ts"
        source.write_text(json.dumps(document(), ensure_ascii=False), encoding="utf-8")
        command = [
            "npx",
            "openapi-typescript",
            str(source),
            "-o",
            str(target),
            "--default-non-nullable=false",
        ]
        subprocess.run(command, cwd=ROOT / "web", check=True, capture_output=True)  # noqa: S603
        return target.read_text(encoding="utf-8")


def main() -> int:
    """Write the file, or with --check say whether the committed one is stale."""
    text = generate()
    if "--check" not in sys.argv:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write("web/src/schema.d.ts is stale: run python web/make_types.py\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
