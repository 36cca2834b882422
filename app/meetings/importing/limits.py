"""How large a file may be; every number is printed in docs/howto/import-a-register.md."""

MIB = 1024 * 1024

TABLE_BYTES = 5 * MIB
AGENDA_BYTES = 256 * 1024
INSTRUCTIONS_BYTES = MIB
"""The whole upload of a representative: so it never leaves memory."""

CREDITORS = 5_000
ROWS_WITH_TEXT = CREDITORS + 500
"""Headings, sections and totals beside the creditors."""
ROWS_LOOKED_AT = 20_000
"""A formatted but empty tail is common; one that reaches further down is refused, for something may stand in it."""
COLUMNS = 64
CELL_CHARS = 2_000
SHEETS = 20

ARCHIVE_FILES = 300
ARCHIVE_BYTES = 48 * MIB
ARCHIVE_RATIO = 100
"""Unpacked to packed size of one part; an honest sheet of equal rows reaches about 40."""
ARCHIVE_RATIO_FROM = MIB
"""Parts that unpack to less than this may be packed as tightly as they like."""

MAX_KOPECKS = 10**17
"""A quadrillion roubles: far over any claim, far under 2^63."""

FAULTS_SHOWN = 500

AGENDA_NODES = 5_000
AGENDA_DEPTH = 24
QUESTIONS = 100
NESTING = 4
OPTIONS = 50
OBSERVERS = 50
