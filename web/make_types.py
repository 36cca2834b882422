"""Writes src/schema.d.ts from the OpenAPI document, which holds frames, views and commands too.

Run from the repository root: `python web/make_types.py [--check]`. Bytes appear as `string` in the result;
the few fields of bytes are named in src/lib/live/frames.ts.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.openapi import document  # noqa: E402

TARGET = ROOT / "web" / "src" / "schema.d.ts"


def generate() -> str:
    """The TypeScript text, by openapi-typescript of web/node_modules and the Node beside this Python."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "openapi.json", Path(folder) / "schema.d.ts"
        source.write_text(json.dumps(document(), ensure_ascii=False), encoding="utf-8")
        program = ROOT / "web" / "node_modules" / ".bin" / "openapi-typescript"
        command = [str(program), str(source), "-o", str(target), "--default-non-nullable=false"]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PATH": path})  # noqa: S603
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
