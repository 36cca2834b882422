"""Whose name stands in a stamp."""

import pytest

from app.documents.model import owner_name
from app.signatures.model import Owner


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (Owner(common_name="Петров Пётр", surname="Петров", given_name="Пётр Ильич"), "Петров Пётр Ильич"),
        (Owner(common_name="ООО", organization="ООО «Альфа»", surname="Петров"), "ООО «Альфа», Петров"),
        (
            Owner(common_name="УФНС по Полярному", organization="УФНС по Полярному краю"),
            "УФНС по Полярному краю",
        ),
        (Owner(common_name="Петров Пётр"), "Петров Пётр"),
    ],
)
def test_an_organization_is_named_once_and_a_person_after_it(owner: Owner, name: str) -> None:
    assert owner_name(owner) == name
