"""Uploaded files, cut off at a limit while they stream in: nothing larger reaches memory, disk or a parser."""

from collections.abc import AsyncGenerator
from typing import TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from app.kernel.errors import Malformed, TooLarge
from app.kernel.writing import hidden
from app.meetings.importing import limits
from app.meetings.importing.mapping import Mapping
from app.meetings.new_meeting import RegisterFiles, Signing

T = TypeVar("T")

_FORM_BYTES = 2 * limits.TABLE_BYTES + limits.AGENDA_BYTES + limits.MIB
_FIELD_BYTES = 4_096
_MAPPING = TypeAdapter(Mapping)
_SIGNING = TypeAdapter(Signing)


class Upload:
    """The parts of one multipart request. Use as `async with Upload(request) as upload`.

    Files of up to a mebibyte stay in memory, larger ones wait in a nameless temporary file.
    """

    def __init__(self, request: Request, limit_bytes: int = _FORM_BYTES) -> None:
        self._request = request
        self._limit_bytes = limit_bytes
        self._form = FormData()

    async def __aenter__(self) -> "Upload":
        """Raises TooLarge or Malformed."""
        if not self._request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise Malformed
        parser = MultiPartParser(
            self._request.headers,
            _limited(self._request, self._limit_bytes),
            max_files=3,
            max_fields=2,
            max_part_size=_FIELD_BYTES,
        )
        try:
            self._form = await parser.parse()
        except (MultiPartException, KeyError, UnicodeDecodeError) as broken:
            raise Malformed from broken
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._form.close()

    async def file(self, name: str) -> bytes:
        """Raises Malformed if the part is missing or is no file."""
        found = await self.file_if_any(name)
        if found is None:
            raise Malformed(details={"missing": name})
        return found

    async def file_if_any(self, name: str) -> bytes | None:
        part = self._form.get(name)
        if isinstance(part, str):
            raise Malformed(details={"not_a_file": name})
        return await part.read() if isinstance(part, UploadFile) else None

    async def register(self) -> RegisterFiles:
        return RegisterFiles(await self.file("register"), await self.file_if_any("contacts"), self._mapping())

    def signing(self) -> Signing:
        """Raises Malformed for a document with a character nobody sees."""
        signing = self._typed("signing", _SIGNING) or Signing()
        if signing.basis and (sign := hidden(signing.basis.document)):
            raise Malformed("hidden_character", details={"field": "document", "sign": sign})
        return signing

    def _mapping(self) -> Mapping | None:
        return self._typed("mapping", _MAPPING)

    def _typed(self, name: str, kind: TypeAdapter[T]) -> T | None:
        """A field of JSON; None where it was left out. Raises RequestValidationError."""
        typed = self._form.get(name)
        if typed in (None, ""):
            return None
        try:
            return kind.validate_json(str(typed))
        except ValidationError as wrong:
            raise RequestValidationError(wrong.errors(include_url=False, include_input=False)) from wrong


async def _limited(request: Request, limit_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body, or TooLarge as soon as it is over the limit."""
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > limit_bytes:
            raise TooLarge(details={"limit_bytes": limit_bytes})
        yield chunk
