"""One meeting for all tests of this folder."""

import pytest

from app.meetings.archive import Edition
from tests.verifier.archives import made


@pytest.fixture(scope="session")
def editions(tmp_path_factory: pytest.TempPathFactory) -> dict[Edition, dict[str, bytes]]:
    return made(tmp_path_factory.mktemp("archive"))


@pytest.fixture
def full(editions: dict[Edition, dict[str, bytes]]) -> dict[str, bytes]:
    return dict(editions["full"])


@pytest.fixture
def participants(editions: dict[Edition, dict[str, bytes]]) -> dict[str, bytes]:
    return dict(editions["participants"])
