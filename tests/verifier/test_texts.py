"""What the verifier says to people is Russian, and agrees with its numbers."""

import contextlib
import io
from pathlib import Path

import pytest

from verifier import texts
from verifier.__main__ import main
from verifier.trust import brought


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "версия"),
        (2, "версии"),
        (5, "версий"),
        (11, "версий"),
        (21, "версия"),
        (112, "версий"),
        (0, "версий"),
    ],
)
def test_a_noun_agrees_with_its_number(number: int, said: str) -> None:
    assert texts.counted(number, texts.COUNTS["trusts"]).split()[0] == said


def test_every_count_has_all_its_forms() -> None:
    assert {what.count("|") for what in texts.COUNTS.values()} == {3}


def test_help_is_russian() -> None:
    shown = io.StringIO()

    with contextlib.redirect_stdout(shown), pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    assert "эта справка" in shown.getvalue()
    assert not [
        word for word in ("show this help", "options:", "positional", "folder") if word in shown.getvalue()
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, texts.NO_ANCHORS),
        ("-----BEGIN X", texts.PEM_CUT),
        ("-----BEGIN X-----\nAAA\n-----END X-----\n", texts.PEM_NO_BASE64),
        ("-----BEGIN X-----\nAAAA\n-----END X-----\n", "внутри не сертификат"),
    ],
)
def test_an_unreadable_trust_folder_is_explained_in_russian(
    tmp_path: Path, content: str | None, why: str
) -> None:
    if content is not None:
        (tmp_path / "anchors.pem").write_text(content)

    with pytest.raises(ValueError) as fault:  # noqa: PT011 - its words are looked at
        brought(tmp_path)

    assert why in texts.trust_fault(fault.value)
