"""The door of tables: bytes of an XLSX or CSV file to sheets."""

from app.meetings.importing import archive, delimited, limits, workbook
from app.meetings.importing.report import FileRefused
from app.meetings.importing.sheet import Sheet


def read(data: bytes) -> tuple[Sheet, ...]:
    """Sheets with text, at least one; the kind is told by the bytes, not by the name. Raises `FileRefused`."""
    if len(data) > limits.TABLE_BYTES:
        raise FileRefused("file_too_large", mebibytes=limits.TABLE_BYTES // limits.MIB)
    archive.refuse_old_office(data)
    sheets = workbook.read(data) if archive.is_archive(data) else delimited.read(data)
    if not sheets:
        raise FileRefused("empty_file")
    return sheets
