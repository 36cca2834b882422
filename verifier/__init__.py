"""Checks a meeting's archive without us: `tally`, the standard library and libcrypto of OpenSSL, nothing of the server."""

VERSION = "2"
"""Raised when it checks more or otherwise than before."""
