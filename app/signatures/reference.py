"""docs/reference/verdicts.md is made from the code: `python -m app.signatures.reference` writes it anew."""

from pathlib import Path

from app.signatures import texts

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "verdicts.md"
HEAD = """\
# Verdicts of a signature

Made by `python -m app.signatures.reference`; do not edit.

In the order in which they are looked for: the first failure is the answer. How each is found: `docs/topics/signatures.md`.

| Code | What people read |
|---|---|
"""


def verdicts_page() -> str:
    return HEAD + "".join(f"| `{code}` | {sentence} |\n" for code, sentence in texts.VERDICTS.items())


if __name__ == "__main__":
    PAGE.write_text(verdicts_page(), "utf-8")
