"""Typst in two threads beside the event loop: it runs without Python's lock. Data go in as values, never as markup."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import local
from typing import Any, Literal

import msgspec
import typst

from app.documents.glyphs import FONTS, drawable
from app.documents.texts import WORDS
from app.kernel.clock import Micros

TEMPLATES = Path(__file__).parent / "templates"
THREADS = 2
AHEAD = 8
"""So many renderings are asked for before the first is taken: memory stays small whatever the number."""

Template = Literal["ballot", "minutes", "copy"]
_PAGE = re.compile(rb"/Type\s*/Page\b")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is to be rendered: `words` are the template's own, `data` the values; `made_at` becomes the file's date.

    The same sheet gives the same bytes. A draft carries the watermark. `files` lie beside the template.
    """

    template: Template
    words: Mapping[str, str]
    data: Mapping[str, Any]
    made_at: Micros
    is_draft: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


Making = Callable[[], Sheet]
"""Puts a sheet together: a second and more of work for a long meeting, so a thread of the renderer calls it."""


class Renderer:
    """One object a process; `close` waits for what is running."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="typst")
        self._own = local()

    async def render(self, sheet: Making) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._made, sheet)

    async def render_all(self, sheets: Sequence[Making]) -> AsyncIterator[bytes]:
        """In their order, each as soon as it is ready: the caller shows progress and keeps what it needs."""
        begun: list[asyncio.Future[bytes]] = []
        rest = iter(sheets)
        try:
            while True:
                while len(begun) < AHEAD and (sheet := next(rest, None)) is not None:
                    begun.append(asyncio.ensure_future(self.render(sheet)))
                if not begun:
                    return
                yield await begun.pop(0)
        finally:
            for waiting in begun:
                waiting.cancel()

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def _made(self, sheet: Making) -> bytes:
        """A compiler keeps the fonts and what it has laid out; each thread has its own."""
        if not hasattr(self._own, "compiler"):
            self._own.compiler = compiler()
        return compiled(self._own.compiler, sheet())


def compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    return typst.Compiler(font_paths=fonts, ignore_system_fonts=True)


def compiled(by: typst.Compiler, sheet: Sheet) -> bytes:
    """PDF/A-2b; only a copy, which holds the pages of another file, is a plain PDF: typst embeds none in PDF/A."""
    with TemporaryDirectory(prefix="kvorum-typst-") as beside:
        for name, body in sheet.files.items():
            (Path(beside) / name).write_bytes(body)
        made = by.compile(
            input=sources(sheet),
            root=beside,
            format="pdf",
            pdf_standards=[] if sheet.template == "copy" else ["a-2b"],
            timestamp=sheet.made_at // 1_000_000,
            pdf_tags=False,
        )
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one file")
    return made


def sources(sheet: Sheet) -> Any:
    """Text files by name: paths of templates and bytes. The stub of typst knows nothing of a mapping, its manual does."""
    given = {"words": {**WORDS, **sheet.words}, "data": drawable(sheet.data), "is_draft": sheet.is_draft}
    return {
        "main.typ": TEMPLATES / f"{sheet.template}.typ",
        "look.typ": TEMPLATES / "look.typ",
        "document.json": msgspec.json.encode(given),
    }


def pages_of(pdf: bytes) -> int:
    """Of a file that we rendered ourselves: its page objects are not compressed."""
    return len(_PAGE.findall(pdf))
