"""Checks a meeting's archive without us: `tally`, the standard library and libcrypto of OpenSSL, nothing of the server."""
