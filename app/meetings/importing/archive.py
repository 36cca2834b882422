"""Looks into an XLSX before anything is unpacked: kind of file, number of parts, unpacked size, ratio (zip bombs)."""

import io
import zipfile

from app.meetings.importing import limits
from app.meetings.importing.report import FileRefused

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = 0x1
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What office programs write; a reader of other packings is one more thing to attack."""


def is_archive(data: bytes) -> bool:
    return data.startswith(b"PK")


def check(data: bytes) -> None:
    """Raises `FileRefused`. Sizes are the declared ones: `zipfile` never unpacks more than a part declares."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as broken:
        raise FileRefused("broken_workbook") from broken
    _check_sizes(parts)
    if all(part.filename != "xl/workbook.xml" for part in parts):
        raise FileRefused("not_a_workbook")


def refuse_old_office(data: bytes) -> None:
    """XLS and password-protected XLSX share this signature."""
    if data.startswith(_OLD_OFFICE):
        raise FileRefused("old_or_protected_workbook")


def _check_sizes(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > limits.ARCHIVE_FILES:
        raise FileRefused("archive_parts", parts=len(parts))
    unpacked = sum(part.file_size for part in parts)
    if unpacked > limits.ARCHIVE_BYTES:
        raise FileRefused("archive_unpacked", mebibytes=unpacked // limits.MIB)
    for part in parts:
        if part.flag_bits & _ENCRYPTED:
            raise FileRefused("old_or_protected_workbook")
        if part.compress_type not in _PACKINGS:
            raise FileRefused("broken_workbook")
        if part.file_size > limits.ARCHIVE_RATIO_FROM:
            ratio = part.file_size // max(part.compress_size, 1)
            if ratio > limits.ARCHIVE_RATIO:
                raise FileRefused("archive_ratio", times=ratio)
