"""The page of frames is what the types say."""

from typing import get_args

from realtime.envelope import ClientFrame, ServerFrame
from realtime.reference import PAGE, frames_page


def test_the_page_of_frames_is_not_stale() -> None:
    assert PAGE.read_text() == frames_page(), "run: python -m realtime.reference"


def test_every_frame_stands_on_the_page() -> None:
    page = frames_page()

    for frame in (*get_args(ClientFrame), *get_args(ServerFrame)):
        assert f"### `{frame.__struct_config__.tag}`" in page
