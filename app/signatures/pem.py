"""PEM, piece by piece: a list of revoked certificates may have megabytes, and no other thread runs during one call on it."""

from base64 import b64decode, encodebytes
from collections.abc import Iterator

BEGIN, END, DASHES = b"-----BEGIN ", b"-----END ", b"-----"
KINDS = (b"CERTIFICATE", b"X509 CRL")
LONGEST_KIND = 64
SPACE = b" \t\r\n"
PIECE = 64 * 1024


def pem_bodies(whole: bytes) -> Iterator[bytes]:
    """The base64 of each certificate and list; other kinds and what lies between are left out."""
    at = 0
    while (begin := whole.find(BEGIN, at)) >= 0:
        at = begin + len(BEGIN)
        kind = whole[at : max(at, whole.find(DASHES, at, at + LONGEST_KIND))]
        start = at + len(kind) + len(DASHES)
        end = whole.find(END + kind + DASHES, start) if kind in KINDS else -1
        if end >= 0:
            yield whole[start:end]
            at = end


def begun(whole: bytes) -> int:
    """How many certificates and lists begin there: of a file that is half written fewer end."""
    return sum(whole.count(BEGIN + kind + DASHES) for kind in KINDS)


def decoded(body: bytes) -> bytes:
    """Raises binascii.Error for what is no base64."""
    clean = b"".join(piece.translate(None, SPACE) for piece in _pieces(body))
    return b"".join(b64decode(piece, validate=True) for piece in _pieces(clean))


def pem(kind: str, der: bytes) -> bytes:
    return f"-----BEGIN {kind}-----\n{encodebytes(der).decode()}-----END {kind}-----\n".encode()


def _pieces(whole: bytes) -> Iterator[bytes]:
    return (whole[at : at + PIECE] for at in range(0, len(whole), PIECE))
