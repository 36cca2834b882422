"""The few functions of OpenSSL 3 that an archive needs: of bytes, of keys, of certificates and their chains."""

import calendar
import ctypes
from collections.abc import Callable, Iterable
from ctypes import byref, c_char_p, c_int, c_long, c_size_t, c_uint, c_uint64, c_ulong, c_void_p
from functools import cache

NAMES = ("libcrypto.so.3", "libcrypto.3.dylib", "libcrypto-3-x64.dll", "libcrypto.so.4")
ED25519, X25519 = 1087, 1034
SET_TAG, TAG_BYTES = 0x11, 16
DYNAMIC_ENGINES = 0x400
GOST_METHODS = 0x40 | 0x80 | 0x200 | 0x400
_P = c_void_p
_FUNCTIONS: dict[str, tuple[object, list[object]]] = {
    "OPENSSL_init_crypto": (c_int, [c_uint64, _P]),
    "EVP_PKEY_new_raw_public_key": (_P, [c_int, _P, c_char_p, c_size_t]),
    "EVP_PKEY_new_raw_private_key": (_P, [c_int, _P, c_char_p, c_size_t]),
    "EVP_PKEY_get_raw_public_key": (c_int, [_P, c_char_p, ctypes.POINTER(c_size_t)]),
    "EVP_PKEY_free": (None, [_P]),
    "EVP_PKEY_CTX_new": (_P, [_P, _P]),
    "EVP_PKEY_CTX_free": (None, [_P]),
    "EVP_PKEY_derive_init": (c_int, [_P]),
    "EVP_PKEY_derive_set_peer": (c_int, [_P, _P]),
    "EVP_PKEY_derive": (c_int, [_P, c_char_p, ctypes.POINTER(c_size_t)]),
    "EVP_chacha20_poly1305": (_P, []),
    "EVP_CIPHER_CTX_new": (_P, []),
    "EVP_CIPHER_CTX_free": (None, [_P]),
    "EVP_CIPHER_CTX_ctrl": (c_int, [_P, c_int, c_int, c_char_p]),
    "EVP_DecryptInit_ex": (c_int, [_P, _P, _P, c_char_p, c_char_p]),
    "EVP_DecryptUpdate": (c_int, [_P, c_char_p, ctypes.POINTER(c_int), c_char_p, c_int]),
    "EVP_DecryptFinal_ex": (c_int, [_P, c_char_p, ctypes.POINTER(c_int)]),
    "EVP_MD_CTX_new": (_P, []),
    "EVP_MD_CTX_free": (None, [_P]),
    "EVP_DigestVerifyInit": (c_int, [_P, _P, _P, _P, _P]),
    "EVP_Digest": (c_int, [c_char_p, c_size_t, c_char_p, ctypes.POINTER(c_uint), _P, _P]),
    "EVP_PKEY_get_bits": (c_int, [_P]),
    "EVP_DigestVerify": (c_int, [_P, c_char_p, c_size_t, c_char_p, c_size_t]),
    "BIO_new_mem_buf": (_P, [c_char_p, c_int]),
    "BIO_free": (c_int, [_P]),
    "d2i_CMS_bio": (_P, [_P, _P]),
    "CMS_ContentInfo_free": (None, [_P]),
    "i2d_CMS_ContentInfo": (c_int, [_P, ctypes.POINTER(_P)]),
    "CRYPTO_free": (None, [_P, c_char_p, c_int]),
    "OPENSSL_sk_new_null": (_P, []),
    "OPENSSL_sk_push": (c_int, [_P, _P]),
    "OPENSSL_sk_num": (c_int, [_P]),
    "OPENSSL_sk_value": (_P, [_P, c_int]),
    "OPENSSL_sk_free": (None, [_P]),
    "d2i_X509": (_P, [_P, ctypes.POINTER(c_char_p), c_long]),
    "X509_free": (None, [_P]),
    "d2i_X509_CRL": (_P, [_P, ctypes.POINTER(c_char_p), c_long]),
    "X509_CRL_free": (None, [_P]),
    "X509_STORE_new": (_P, []),
    "X509_STORE_free": (None, [_P]),
    "X509_STORE_add_cert": (c_int, [_P, _P]),
    "X509_STORE_CTX_new": (_P, []),
    "X509_STORE_CTX_init": (c_int, [_P, _P, _P, _P]),
    "X509_STORE_CTX_free": (None, [_P]),
    "X509_STORE_CTX_set_time": (None, [_P, c_ulong, c_long]),
    "X509_STORE_CTX_get0_chain": (_P, [_P]),
    "X509_get0_pubkey": (_P, [_P]),
    "X509_CRL_get0_by_cert": (c_int, [_P, ctypes.POINTER(_P), _P]),
    "X509_CRL_verify": (c_int, [_P, _P]),
    "X509_REVOKED_get0_revocationDate": (_P, [_P]),
    "ASN1_TIME_to_tm": (c_int, [_P, _P]),
    "EVP_get_digestbyname": (_P, [c_char_p]),
    "X509_STORE_CTX_get_error": (c_int, [_P]),
    "X509_STORE_CTX_get_error_depth": (c_int, [_P]),
    "X509_verify_cert": (c_int, [_P]),
    "X509_verify_cert_error_string": (c_char_p, [c_long]),
    "OpenSSL_version": (c_char_p, [c_int]),
    "ERR_clear_error": (None, []),
}


class LibcryptoMissing(Exception):
    """There is no libcrypto of OpenSSL 3 on this machine."""


@cache
def libcrypto() -> ctypes.CDLL:
    """Loaded once, with the engine for GOST where the machine has it. Raises LibcryptoMissing."""
    for name in NAMES:
        try:
            loaded = ctypes.CDLL(name)
            for function, (result, arguments) in _FUNCTIONS.items():
                getattr(loaded, function).restype = result
                getattr(loaded, function).argtypes = arguments
        except (OSError, AttributeError):
            continue
        loaded.OPENSSL_init_crypto(DYNAMIC_ENGINES, None)
        _load_gost(loaded)
        return loaded
    raise LibcryptoMissing(", ".join(NAMES))


def _load_gost(loaded: ctypes.CDLL) -> None:
    """Without the engine a GOST signature reads as one that does not verify; OpenSSL 4 has no engines."""
    if hasattr(loaded, "ENGINE_by_id"):
        loaded.ENGINE_by_id.restype, loaded.ENGINE_by_id.argtypes = _P, [c_char_p]
        loaded.ENGINE_init.argtypes, loaded.ENGINE_set_default.argtypes = [_P], [_P, ctypes.c_uint]
        engine = loaded.ENGINE_by_id(b"gost")
        if engine and loaded.ENGINE_init(engine):
            loaded.ENGINE_set_default(engine, GOST_METHODS)
    loaded.ERR_clear_error()


def version() -> str:
    return str(libcrypto().OpenSSL_version(0).decode())


def has_gost() -> bool:
    """Does OpenSSL know GOST R 34.11-2012 here?"""
    return bool(libcrypto().EVP_get_digestbyname(b"md_gost12_256"))


def is_ed25519(public_key: bytes, message: bytes, signature: bytes) -> bool:
    c = libcrypto()
    key = c.EVP_PKEY_new_raw_public_key(ED25519, None, public_key, len(public_key))
    context = c.EVP_MD_CTX_new()
    try:
        return bool(
            key
            and c.EVP_DigestVerifyInit(context, None, None, None, key) == 1
            and c.EVP_DigestVerify(context, signature, len(signature), message, len(message)) == 1
        )
    finally:
        c.EVP_MD_CTX_free(context)
        c.EVP_PKEY_free(key)
        c.ERR_clear_error()


def x25519(secret: bytes, peer: bytes) -> tuple[bytes, bytes] | None:
    """The shared secret, and the public half of `secret`; None for keys that are none."""
    c = libcrypto()
    mine = c.EVP_PKEY_new_raw_private_key(X25519, None, secret, len(secret))
    other = c.EVP_PKEY_new_raw_public_key(X25519, None, peer, len(peer))
    context = c.EVP_PKEY_CTX_new(mine, None) if mine else None
    shared, public, length = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32), c_size_t(32)
    try:
        is_shared = (
            context
            and other
            and c.EVP_PKEY_derive_init(context) == 1
            and c.EVP_PKEY_derive_set_peer(context, other) == 1
            and c.EVP_PKEY_derive(context, shared, byref(length)) == 1
            and c.EVP_PKEY_get_raw_public_key(mine, public, byref(length)) == 1
        )
        return (shared.raw, public.raw) if is_shared else None
    finally:
        c.EVP_PKEY_CTX_free(context)
        c.EVP_PKEY_free(mine)
        c.EVP_PKEY_free(other)
        c.ERR_clear_error()


def chacha20_poly1305(key: bytes, nonce: bytes, locked: bytes, place: bytes) -> bytes | None:
    """Decrypted; None when a byte of it, or its place, is not what was locked."""
    c = libcrypto()
    body, tag = locked[:-TAG_BYTES], locked[-TAG_BYTES:]
    out, length = ctypes.create_string_buffer(len(body) + 1), c_int(0)
    context = c.EVP_CIPHER_CTX_new()
    try:
        is_whole = (
            c.EVP_DecryptInit_ex(context, c.EVP_chacha20_poly1305(), None, key, nonce) == 1
            and c.EVP_CIPHER_CTX_ctrl(context, SET_TAG, TAG_BYTES, tag) == 1
            and c.EVP_DecryptUpdate(context, None, byref(length), place, len(place)) == 1
            and c.EVP_DecryptUpdate(context, out, byref(length), body, len(body)) == 1
            and c.EVP_DecryptFinal_ex(context, out, byref(length)) == 1
        )
        return out.raw[: len(body)] if is_whole else None
    finally:
        c.EVP_CIPHER_CTX_free(context)
        c.ERR_clear_error()


# --- certificates ---------------------------------------------------------------------------------------------------


class Handle:
    """A certificate or list of OpenSSL, freed with its last reference."""

    __slots__ = ("_free", "pointer")

    def __init__(self, pointer: int, free: Callable[[int], object]) -> None:
        self.pointer, self._free = pointer, free

    def __del__(self) -> None:
        self._free(self.pointer)


def certificate_handle(der: bytes) -> Handle | None:
    return _handle(libcrypto().d2i_X509, libcrypto().X509_free, der)


def list_handle(der: bytes) -> Handle | None:
    return _handle(libcrypto().d2i_X509_CRL, libcrypto().X509_CRL_free, der)


def _handle(read: Callable[..., int | None], free: Callable[[int], object], der: bytes) -> Handle | None:
    pointer = read(None, byref(c_char_p(der)), len(der))
    return Handle(pointer, free) if pointer else None


def public_key(certificate: Handle) -> int | None:
    """Belongs to the certificate; None if its algorithm is not known here."""
    key: int | None = libcrypto().X509_get0_pubkey(certificate.pointer)
    return key


def key_bits(key: int) -> int:
    return int(libcrypto().EVP_PKEY_get_bits(key))


def is_list_of(listed: Handle, issuer: Handle) -> bool:
    """Is the list signed by the key of this certificate?"""
    key = public_key(issuer)
    return key is not None and libcrypto().X509_CRL_verify(listed.pointer, key) == 1


def revoked_at(listed: Handle, certificate: Handle) -> int | None:
    """Seconds since 1970; None if it is not on the list, the beginning of time if the date is unreadable."""
    c = libcrypto()
    entry = c_void_p(None)
    if c.X509_CRL_get0_by_cert(listed.pointer, byref(entry), certificate.pointer) != 1:
        return None
    parts = (c_int * 32)()
    if c.ASN1_TIME_to_tm(c.X509_REVOKED_get0_revocationDate(entry), parts) != 1:
        return 0
    second, minute, hour, day, month, year = parts[:6]
    return calendar.timegm((year + 1900, month + 1, day, hour, minute, second))


class Store:
    """The roots that a chain must end at."""

    def __init__(self, anchors: Iterable[Handle]) -> None:
        self._pointer = libcrypto().X509_STORE_new()
        for each in anchors:
            libcrypto().X509_STORE_add_cert(self._pointer, each.pointer)

    def __del__(self) -> None:
        libcrypto().X509_STORE_free(self._pointer)

    def chain(
        self, leaf: Handle, untrusted: Iterable[Handle], at_s: int
    ) -> tuple[int, int, str, tuple[int, ...]]:
        """Error (0 is none), its depth, its words, and the pointers of the chain from the leaf to the root."""
        c = libcrypto()
        stack, context = c.OPENSSL_sk_new_null(), c.X509_STORE_CTX_new()
        for each in untrusted:
            c.OPENSSL_sk_push(stack, each.pointer)
        try:
            c.X509_STORE_CTX_init(context, self._pointer, leaf.pointer, stack)
            c.X509_STORE_CTX_set_time(context, 0, at_s)
            if c.X509_verify_cert(context) == 1:
                built = c.X509_STORE_CTX_get0_chain(context)
                return 0, 0, "", tuple(c.OPENSSL_sk_value(built, n) for n in range(c.OPENSSL_sk_num(built)))
            error = c.X509_STORE_CTX_get_error(context)
            words = c.X509_verify_cert_error_string(error).decode()
            return error or 1, c.X509_STORE_CTX_get_error_depth(context), words, ()
        finally:
            c.X509_STORE_CTX_free(context)
            c.OPENSSL_sk_free(stack)


# --- signatures -----------------------------------------------------------------------------------------------------


def forget_errors() -> None:
    libcrypto().ERR_clear_error()


def digest_of(name: str, data: bytes) -> bytes | None:
    """None where OpenSSL does not know the algorithm."""
    c = libcrypto()
    kind, out, length = c.EVP_get_digestbyname(name.encode()), ctypes.create_string_buffer(64), c_uint(0)
    if not kind or c.EVP_Digest(data, len(data), out, byref(length), kind, None) != 1:
        return None
    return out.raw[: length.value]


def is_signature(key: int, digest: str, signature: bytes, signed: bytes) -> bool:
    c = libcrypto()
    kind, context = c.EVP_get_digestbyname(digest.encode()), c.EVP_MD_CTX_new()
    try:
        return bool(
            kind
            and c.EVP_DigestVerifyInit(context, None, kind, None, key) == 1
            and c.EVP_DigestVerify(context, signature, len(signature), signed, len(signed)) == 1
        )
    finally:
        c.EVP_MD_CTX_free(context)


def as_der(cms: bytes) -> bytes | None:
    """The same CMS with definite lengths."""
    c = libcrypto()
    bio = c.BIO_new_mem_buf(cms, len(cms))
    read = c.d2i_CMS_bio(bio, None)
    c.BIO_free(bio)
    if not read:
        return None
    out = c_void_p(None)
    length = c.i2d_CMS_ContentInfo(read, byref(out))
    c.CMS_ContentInfo_free(read)
    if length <= 0:
        return None
    found = ctypes.string_at(out.value or 0, length)
    c.CRYPTO_free(out, None, 0)
    return found
