"""Is a signature good, and was its certificate trusted at a moment? Roots, authorities, lists of revoked certificates."""

import calendar
import ctypes
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from ctypes import byref, c_char_p, c_int, c_void_p
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from verifier.certificate import Certificate, read_certificate
from verifier.libcrypto import has_gost, libcrypto

DETACHED, BINARY, NO_SIGNER_CERT_VERIFY = 0x40, 0x80, 0x20
DIGITAL_SIGNATURE, NON_REPUDIATION, CRL_SIGN = 0x80, 0x40, 0x02
GOST = bytes.fromhex("2a8503070101")
"""How every object identifier of GOST R 34.10-2012 and 34.11-2012 begins."""
Revocation = Literal["checked", "missing", "stale", "revoked"]
WORST: tuple[Revocation, ...] = ("revoked", "missing", "stale", "checked")


@dataclass(frozen=True, slots=True)
class Signature:
    """What became of one. `why` is OpenSSL's reason against it, "" if there is none; `details` tells of the lists.

    `is_beyond`: it needs GOST, and this machine has none; nothing is known then.
    """

    certificate: Certificate | None = None
    why: str = ""
    revocation: Revocation = "missing"
    details: str = ""
    is_beyond: bool = False


class Trust:
    """Freed with the object."""

    def __init__(self, anchors: bytes, intermediates: bytes, crls: bytes) -> None:
        """From PEM; raises ValueError for what is none."""
        c = libcrypto()
        self._store = c.X509_STORE_new()
        self._anchors: list[int] = []
        self._untrusted: list[int] = []
        self._crls: list[int] = []
        self._genuine: dict[tuple[int, bytes], bool] = {}
        self._anchors += _read_all(c.d2i_X509, anchors)
        self._untrusted += _read_all(c.d2i_X509, intermediates)
        self._crls += _read_all(c.d2i_X509_CRL, crls)
        for anchor in self._anchors:
            c.X509_STORE_add_cert(self._store, anchor)

    def examine(self, content: bytes, signature: bytes, at_s: int) -> Signature:
        """A detached signature of one signer, its chain at the moment, the lists by their dates of revocation."""
        c = libcrypto()
        der = unwrapped(signature)
        bio, data = c.BIO_new_mem_buf(der, len(der)), c.BIO_new_mem_buf(content, len(content))
        cms = c.d2i_CMS_bio(bio, None)
        try:
            if not cms:
                return Signature(why="not a CMS")
            if c.CMS_verify(cms, None, None, data, None, BINARY | DETACHED | NO_SIGNER_CERT_VERIFY) != 1:
                found = Signature(why="the signature does not match the bytes")
            else:
                found = self._of_signer(cms, at_s)
        finally:
            c.CMS_ContentInfo_free(cms)
            c.BIO_free(bio)
            c.BIO_free(data)
            c.ERR_clear_error()
        is_beyond = bool(found.why) and GOST in der and not has_gost()
        return Signature(found.certificate, is_beyond=True) if is_beyond else found

    def _of_signer(self, cms: int, at_s: int) -> Signature:
        c = libcrypto()
        signers, inside = c.CMS_get0_signers(cms), c.CMS_get1_certs(cms)
        untrusted = c.OPENSSL_sk_new_null()
        own = list(_each(inside))
        for certificate in (*self._untrusted, *own):
            c.OPENSSL_sk_push(untrusted, certificate)
        try:
            if c.OPENSSL_sk_num(signers) != 1:
                return Signature(why="not one signer")
            return self._of_chain(c.OPENSSL_sk_value(signers, 0), untrusted, at_s)
        finally:
            c.OPENSSL_sk_free(untrusted)
            c.OPENSSL_sk_free(signers)
            for certificate in own:
                c.X509_free(certificate)
            c.OPENSSL_sk_free(inside)

    def _of_chain(self, leaf: int, untrusted: int, at_s: int) -> Signature:
        c = libcrypto()
        context = c.X509_STORE_CTX_new()
        try:
            certificate = read_certificate(_der(leaf))
            if not c.X509_get_key_usage(leaf) & (DIGITAL_SIGNATURE | NON_REPUDIATION):
                return Signature(certificate, "the certificate is not for signing")
            c.X509_STORE_CTX_init(context, self._store, leaf, untrusted)
            c.X509_STORE_CTX_set_time(context, 0, at_s)
            if c.X509_verify_cert(context) != 1:
                error = c.X509_STORE_CTX_get_error(context)
                return Signature(certificate, str(c.X509_verify_cert_error_string(error).decode()))
            return self._of_lists(certificate, list(_each(c.X509_STORE_CTX_get0_chain(context))), at_s)
        except ValueError as error:
            return Signature(why=f"its certificate: {error}")
        finally:
            c.X509_STORE_CTX_free(context)

    def _of_lists(self, certificate: Certificate, chain: list[int], at_s: int) -> Signature:
        """The worst of what lists say of every certificate but the root."""
        said = [self._revocation(each, by, at_s) for each, by in pairwise(chain)]
        worst, details = min(said, key=lambda one: WORST.index(one[0]), default=("checked", ""))
        if worst == "revoked":
            return Signature(certificate, f"certificate revoked at {details}", worst, details)
        return Signature(certificate, "", worst, details)

    def _revocation(self, certificate: int, issuer: int, at_s: int) -> tuple[Revocation, str]:
        """A list may be newer than the moment: whoever was revoked later had been good at it."""
        c = libcrypto()
        mine = [crl for crl in self._crls if self._is_of(crl, issuer)]
        for crl in mine:
            revoked_s = _revoked_at(crl, certificate)
            if revoked_s is not None and revoked_s <= at_s:
                return "revoked", f"{revoked_s} s"
        if not mine:
            return "missing", read_certificate(_der(issuer)).owner.get("common_name", "")
        until = [_seconds(c.X509_CRL_get0_nextUpdate(crl)) for crl in mine]
        is_fresh = any(moment is not None and moment >= at_s for moment in until)
        return (
            ("checked", "")
            if is_fresh
            else ("stale", read_certificate(_der(issuer)).owner.get("common_name", ""))
        )

    def _is_of(self, crl: int, issuer: int) -> bool:
        """Named and signed by it; found out once, for lists can be large."""
        c = libcrypto()
        if c.X509_NAME_cmp(c.X509_CRL_get_issuer(crl), c.X509_get_subject_name(issuer)) != 0:
            return False
        key = (crl, _der(issuer))
        if key not in self._genuine:
            public = c.X509_get0_pubkey(issuer)  # none if its algorithm is not known here
            may = bool(public) and c.X509_get_key_usage(issuer) & CRL_SIGN
            self._genuine[key] = bool(may) and c.X509_CRL_verify(crl, public) == 1
        return self._genuine[key]

    def __del__(self) -> None:
        c = libcrypto()
        c.X509_STORE_free(self._store)
        for certificate in (*self._anchors, *self._untrusted):
            c.X509_free(certificate)
        for crl in self._crls:
            c.X509_CRL_free(crl)


def unwrapped(signature: bytes) -> bytes:
    """The binary form of what may be PEM or base64, as the server takes it; unchanged if it is neither."""
    lines = [line.strip() for line in signature.strip().splitlines()]
    if lines and lines[0].startswith(b"-----BEGIN ") and lines[-1].startswith(b"-----END "):
        lines = lines[1:-1]
    try:
        return signature if signature[:1] == b"0" else b64decode(b"".join(lines), validate=True)
    except NotBase64:
        return signature


def pem(text: bytes) -> Iterator[bytes]:
    """DER of every block. Raises ValueError."""
    begin = text.find(b"-----BEGIN ")
    while begin >= 0:
        start, end = text.find(b"-----\n", begin + 11), text.find(b"-----END ", begin + 11)
        if not begin < start < end:
            raise ValueError("a block of PEM does not end")
        yield b64decode(text[start + 6 : end])
        begin = text.find(b"-----BEGIN ", end)


def _read_all(function: "ctypes._NamedFuncPointer", text: bytes) -> Iterator[int]:
    for der in pem(text.replace(b"\r", b"")):
        found: int | None = function(None, byref(c_char_p(der)), len(der))
        if not found:
            raise ValueError("a certificate or a list cannot be read")
        yield found


def _each(stack: int) -> Iterator[int]:
    c = libcrypto()
    return (c.OPENSSL_sk_value(stack, index) for index in range(max(0, c.OPENSSL_sk_num(stack))))


def _der(certificate: int) -> bytes:
    c = libcrypto()
    out = ctypes.create_string_buffer(max(0, c.i2d_X509(certificate, None)))
    c.i2d_X509(certificate, byref(c_void_p(ctypes.addressof(out))))
    return out.raw


def _revoked_at(crl: int, certificate: int) -> int | None:
    """Seconds; None if it is not on the list, the beginning of time if the date is unreadable."""
    c = libcrypto()
    entry = c_void_p(None)
    if c.X509_CRL_get0_by_cert(crl, byref(entry), certificate) != 1:
        return None
    return _seconds(c.X509_REVOKED_get0_revocationDate(entry)) or 0


def _seconds(moment: int | None) -> int | None:
    parts = (c_int * 32)()
    if not moment or libcrypto().ASN1_TIME_to_tm(moment, parts) != 1:
        return None
    second, minute, hour, day, month, year = parts[:6]
    return calendar.timegm((year + 1900, month + 1, day, hour, minute, second))
