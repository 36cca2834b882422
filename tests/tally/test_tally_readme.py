"""The example of the README runs and the public names are those that others call."""

import re
from pathlib import Path

import pytest

import tally

README = Path(tally.__file__).with_name("README.md").read_text(encoding="utf-8")


def test_the_example_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)

    exec(compile(example, "README.md", "exec"), {})

    assert "Решение не принято: за 200" in capsys.readouterr().out


def test_public_names_are_functions_and_types_and_not_their_modules() -> None:
    assert all(hasattr(tally, name) for name in tally.__all__)
    assert all(
        callable(getattr(tally, name)) for name in ("count", "explain", "quorum", "percent", "electorate")
    )
    assert tally.money.rubles(123) == "1,23"
