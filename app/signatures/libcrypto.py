"""The few functions of OpenSSL 3 that a verification needs, through ctypes; GOST comes from the engine `gost`.

ctypes lets the other threads run during a call. The engine is loaded before the first certificate is read: a GOST key
that was decoded without it stays undecoded in that object for ever.
"""

import ctypes
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_uint, c_uint64, c_ulong, c_void_p
from datetime import UTC, datetime
from functools import cache
from typing import Literal

from app.signatures.model import Algorithm

NAMES = ("libcrypto.so.3", "libcrypto.3.dylib", "libcrypto-3-x64.dll", "libcrypto.so.4")
OLDEST = 0x30000000
INIT_DYNAMIC_ENGINES = 0x400
GOST_METHODS = 0x40 | 0x80 | 0x200 | 0x400
"""Ciphers, digests, key methods and their ASN.1: not everything, Python's own TLS lives in the same library."""
GOST: tuple[Algorithm, ...] = ("gost2012_256", "gost2012_512")
BUILT_IN: frozenset[Algorithm] = frozenset({"rsa", "ecdsa"})
GREATEST_DIGEST = 64

Missing = Literal["engine_api_removed", "engine_not_installed"]

_P = c_void_p
_Der = POINTER(c_char_p)
_FUNCTIONS: Mapping[str, tuple[object, list[object]]] = {
    "OPENSSL_init_crypto": (c_int, [c_uint64, _P]),
    "OpenSSL_version_num": (c_ulong, []),
    "ERR_clear_error": (None, []),
    "OPENSSL_sk_new_null": (_P, []),
    "OPENSSL_sk_dup": (_P, [_P]),
    "OPENSSL_sk_push": (c_int, [_P, _P]),
    "OPENSSL_sk_num": (c_int, [_P]),
    "OPENSSL_sk_value": (_P, [_P, c_int]),
    "OPENSSL_sk_free": (None, [_P]),
    "EVP_get_digestbyname": (_P, [c_char_p]),
    "EVP_Digest": (c_int, [c_char_p, c_size_t, c_char_p, POINTER(c_uint), _P, _P]),
    "EVP_MD_CTX_new": (_P, []),
    "EVP_MD_CTX_free": (None, [_P]),
    "EVP_DigestVerifyInit": (c_int, [_P, _P, _P, _P, _P]),
    "EVP_DigestVerify": (c_int, [_P, c_char_p, c_size_t, c_char_p, c_size_t]),
    "EVP_PKEY_get_bits": (c_int, [_P]),
    "d2i_CMS_bio": (_P, [_P, _P]),
    "i2d_CMS_ContentInfo": (c_int, [_P, POINTER(c_void_p)]),
    "CMS_ContentInfo_free": (None, [_P]),
    "BIO_new_mem_buf": (_P, [c_char_p, c_int]),
    "BIO_free": (c_int, [_P]),
    "CRYPTO_free": (None, [_P, c_char_p, c_int]),
    "d2i_X509": (_P, [_P, _Der, c_long]),
    "X509_free": (None, [_P]),
    "X509_get0_pubkey": (_P, [_P]),
    "d2i_X509_CRL": (_P, [_P, _Der, c_long]),
    "X509_CRL_free": (None, [_P]),
    "X509_CRL_verify": (c_int, [_P, _P]),
    "X509_CRL_get0_by_cert": (c_int, [_P, POINTER(c_void_p), _P]),
    "X509_REVOKED_get0_revocationDate": (_P, [_P]),
    "ASN1_TIME_to_tm": (c_int, [_P, POINTER(c_int)]),
    "X509_STORE_new": (_P, []),
    "X509_STORE_free": (None, [_P]),
    "X509_STORE_add_cert": (c_int, [_P, _P]),
    "X509_STORE_CTX_new": (_P, []),
    "X509_STORE_CTX_init": (c_int, [_P, _P, _P, _P]),
    "X509_STORE_CTX_free": (None, [_P]),
    "X509_STORE_CTX_get0_param": (_P, [_P]),
    "X509_STORE_CTX_get_error": (c_int, [_P]),
    "X509_STORE_CTX_get_error_depth": (c_int, [_P]),
    "X509_STORE_CTX_get0_chain": (_P, [_P]),
    "X509_VERIFY_PARAM_set_time": (None, [_P, c_long]),
    "X509_verify_cert": (c_int, [_P]),
    "X509_verify_cert_error_string": (c_char_p, [c_long]),
}
_ENGINE_FUNCTIONS: Mapping[str, tuple[object, list[object]]] = {
    "ENGINE_by_id": (_P, [c_char_p]),
    "ENGINE_init": (c_int, [_P]),
    "ENGINE_set_default": (c_int, [_P, c_uint]),
    "ENGINE_free": (c_int, [_P]),
}


class LibcryptoMissing(Exception):
    """There is no libcrypto of OpenSSL 3 on this machine."""


class Handle:
    """A native object that is freed with its last reference."""

    __slots__ = ("_free", "pointer")

    def __init__(self, pointer: int, free: Callable[[int], object]) -> None:
        self.pointer = pointer
        self._free = free

    def __del__(self) -> None:
        self._free(self.pointer)


class Libcrypto:
    """Thread safe; errors of the library are values here: None or False."""

    def __init__(self, loaded: ctypes.CDLL) -> None:
        self._c = loaded
        _declare(loaded, _FUNCTIONS)
        loaded.OPENSSL_init_crypto(INIT_DYNAMIC_ENGINES, None)
        self.missing: Missing | None = self._load_gost()
        self._digests: dict[str, int | None] = {}

    @property
    def algorithms(self) -> frozenset[Algorithm]:
        return BUILT_IN if self.missing else BUILT_IN | frozenset(GOST)

    def _load_gost(self) -> Missing | None:
        """OpenSSL 4 has no engines any more; there, and without the engine's file, GOST is missing."""
        if not hasattr(self._c, "ENGINE_by_id"):
            return "engine_api_removed"
        _declare(self._c, _ENGINE_FUNCTIONS)
        engine = self._c.ENGINE_by_id(b"gost")
        is_loaded = (
            engine and self._c.ENGINE_init(engine) and self._c.ENGINE_set_default(engine, GOST_METHODS)
        )
        self.forget_errors()
        return None if is_loaded else "engine_not_installed"

    def forget_errors(self) -> None:
        """Of this thread: Python's TLS would read them as its own."""
        self._c.ERR_clear_error()

    def _digest(self, name: str) -> int | None:
        if name not in self._digests:
            self._digests[name] = self._c.EVP_get_digestbyname(name.encode())
        return self._digests[name]

    def digest(self, name: str, data: bytes) -> bytes | None:
        """None where the library does not know the algorithm."""
        kind = self._digest(name)
        out, length = ctypes.create_string_buffer(GREATEST_DIGEST), c_uint(0)
        if kind is None or self._c.EVP_Digest(data, len(data), out, byref(length), kind, None) != 1:
            return None
        return out.raw[: length.value]

    def is_signature(self, key: int, digest: str, signature: bytes, signed: bytes) -> bool:
        kind, context = self._digest(digest), self._c.EVP_MD_CTX_new()
        try:
            if kind is None or self._c.EVP_DigestVerifyInit(context, None, kind, None, key) != 1:
                return False
            found: int = self._c.EVP_DigestVerify(context, signature, len(signature), signed, len(signed))
            return found == 1
        finally:
            self._c.EVP_MD_CTX_free(context)

    def as_der(self, cms: bytes) -> bytes | None:
        """The same CMS with definite lengths."""
        bio = self._c.BIO_new_mem_buf(cms, len(cms))
        read = self._c.d2i_CMS_bio(bio, None)
        self._c.BIO_free(bio)
        if not read:
            return None
        out = c_void_p(None)
        length = self._c.i2d_CMS_ContentInfo(read, byref(out))
        self._c.CMS_ContentInfo_free(read)
        if length <= 0:
            return None
        found = ctypes.string_at(out.value or 0, length)
        self._c.CRYPTO_free(out, None, 0)
        return found

    def certificate(self, der: bytes) -> Handle | None:
        return self._read(self._c.d2i_X509, self._c.X509_free, der)

    def crl(self, der: bytes) -> Handle | None:
        return self._read(self._c.d2i_X509_CRL, self._c.X509_CRL_free, der)

    def _read(
        self, read: Callable[..., int | None], free: Callable[[int], object], der: bytes
    ) -> Handle | None:
        pointer = read(None, byref(c_char_p(der)), len(der))
        return Handle(pointer, free) if pointer else None

    def public_key(self, certificate: Handle) -> int | None:
        """Belongs to the certificate; None if its algorithm is not known here."""
        key: int | None = self._c.X509_get0_pubkey(certificate.pointer)
        return key

    def key_bits(self, key: int) -> int:
        bits: int = self._c.EVP_PKEY_get_bits(key)
        return bits

    def is_crl_of(self, crl: Handle, issuer: Handle) -> bool:
        """Is the list signed by the key of this certificate?"""
        key = self.public_key(issuer)
        return key is not None and self._c.X509_CRL_verify(crl.pointer, key) == 1

    def revoked_at(self, crl: Handle, certificate: Handle) -> datetime | None:
        """When the certificate was revoked, None if it is not on the list; long ago if the date is unreadable."""
        entry = c_void_p(None)
        if self._c.X509_CRL_get0_by_cert(crl.pointer, byref(entry), certificate.pointer) != 1:
            return None
        parts = (c_int * 32)()
        if self._c.ASN1_TIME_to_tm(self._c.X509_REVOKED_get0_revocationDate(entry), parts) != 1:
            return datetime.min.replace(tzinfo=UTC)
        second, minute, hour, day, month, year = parts[:6]
        return datetime(year + 1900, month + 1, day, hour, minute, second, tzinfo=UTC)

    def stack(self, certificates: Iterable[Handle]) -> Handle:
        pointer = self._c.OPENSSL_sk_new_null()
        for each in certificates:
            self._c.OPENSSL_sk_push(pointer, each.pointer)
        return Handle(pointer, self._c.OPENSSL_sk_free)

    def longer_stack(self, stack: Handle, certificates: Iterable[Handle]) -> Handle:
        pointer = self._c.OPENSSL_sk_dup(stack.pointer)
        for each in certificates:
            self._c.OPENSSL_sk_push(pointer, each.pointer)
        return Handle(pointer, self._c.OPENSSL_sk_free)

    def store(self, anchors: Iterable[Handle]) -> Handle:
        """Threads may share it."""
        pointer = self._c.X509_STORE_new()
        for each in anchors:
            self._c.X509_STORE_add_cert(pointer, each.pointer)
        return Handle(pointer, self._c.X509_STORE_free)

    def chain(
        self, store: Handle, leaf: Handle, untrusted: Handle, at: datetime
    ) -> "tuple[int, int, str, tuple[int, ...]]":
        """Error (0 is none), its depth, its words, and the pointers of the chain from the leaf to the anchor."""
        with self._chain_context(store, leaf, untrusted) as context:
            parameters = self._c.X509_STORE_CTX_get0_param(context)
            self._c.X509_VERIFY_PARAM_set_time(parameters, int(at.timestamp()))
            is_good = self._c.X509_verify_cert(context) == 1
            error: int = self._c.X509_STORE_CTX_get_error(context)
            depth: int = self._c.X509_STORE_CTX_get_error_depth(context)
            if not is_good:
                return error or 1, depth, self._c.X509_verify_cert_error_string(error).decode(), ()
            return 0, 0, "", tuple(self._each(self._c.X509_STORE_CTX_get0_chain(context)))

    @contextmanager
    def _chain_context(self, store: Handle, leaf: Handle, untrusted: Handle) -> Iterator[int]:
        context = self._c.X509_STORE_CTX_new()
        try:
            if not self._c.X509_STORE_CTX_init(context, store.pointer, leaf.pointer, untrusted.pointer):
                raise MemoryError("libcrypto could not begin a chain")
            yield context
        finally:
            self._c.X509_STORE_CTX_free(context)

    def _each(self, stack: int) -> Iterator[int]:
        for index in range(self._c.OPENSSL_sk_num(stack)):
            yield self._c.OPENSSL_sk_value(stack, index)


def _declare(loaded: ctypes.CDLL, functions: Mapping[str, tuple[object, list[object]]]) -> None:
    for name, (result, arguments) in functions.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments


@cache
def libcrypto() -> Libcrypto:
    """The library of this process, loaded by the first call; `LibcryptoMissing` if there is none."""
    for name in NAMES:
        try:
            loaded = ctypes.CDLL(name)
        except OSError:
            continue
        loaded.OpenSSL_version_num.restype = c_ulong
        if loaded.OpenSSL_version_num() >= OLDEST:
            return Libcrypto(loaded)
    raise LibcryptoMissing(f"none of {', '.join(NAMES)}")
