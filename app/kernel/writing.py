"""The one rule of what people may write: every character can be seen, or is a space, a new line, a tab, a soft hyphen."""

import re

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls but a tab and a new line
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # without width, other line ends, turns of direction
    "\ud800-\udfff\U000e0000-\U000e007f]"  # halves of pairs, tags
)


def hidden(text: str) -> str | None:
    """The first character that misleads a reader, as «U+202E»; None where there is none."""
    found = _HIDDEN.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def escaped(text: str) -> str:
    """For one line of a log: what cannot be seen is written out, line ends and tabs too."""
    return re.sub(_HIDDEN.pattern + "|[\n\t]", lambda found: found[0].encode("unicode_escape").decode(), text)
