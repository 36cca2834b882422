"""The few functions of OpenSSL 3 that an archive needs: Ed25519, X25519, ChaCha20-Poly1305, a detached CMS with its chain."""

import ctypes
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from ctypes import byref, c_char_p, c_int, c_long, c_size_t, c_uint64, c_ulong, c_void_p
from functools import cache

NAMES = ("libcrypto.so.3", "libcrypto.3.dylib", "libcrypto-3-x64.dll", "libcrypto.so.4")
ED25519, X25519 = 1087, 1034
SET_TAG, TAG_BYTES = 0x11, 16
DETACHED, BINARY, NO_SIGNER_CERT_VERIFY = 0x40, 0x80, 0x20
CRL_CHECK, CRL_CHECK_ALL = 0x4, 0x8
DYNAMIC_ENGINES = 0x400
GOST_METHODS = 0x40 | 0x80 | 0x200 | 0x400
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
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
    "EVP_DigestVerify": (c_int, [_P, c_char_p, c_size_t, c_char_p, c_size_t]),
    "BIO_new_mem_buf": (_P, [c_char_p, c_int]),
    "BIO_free": (c_int, [_P]),
    "d2i_CMS_bio": (_P, [_P, _P]),
    "CMS_ContentInfo_free": (None, [_P]),
    "CMS_verify": (c_int, [_P, _P, _P, _P, _P, c_int]),
    "CMS_get0_signers": (_P, [_P]),
    "CMS_get1_certs": (_P, [_P]),
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
    "X509_STORE_add_crl": (c_int, [_P, _P]),
    "X509_STORE_CTX_new": (_P, []),
    "X509_STORE_CTX_init": (c_int, [_P, _P, _P, _P]),
    "X509_STORE_CTX_free": (None, [_P]),
    "X509_STORE_CTX_set_time": (None, [_P, c_ulong, c_long]),
    "X509_STORE_CTX_set_flags": (None, [_P, c_ulong]),
    "X509_STORE_CTX_get_error": (c_int, [_P]),
    "X509_verify_cert": (c_int, [_P]),
    "X509_verify_cert_error_string": (c_char_p, [c_long]),
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


class Trust:
    """Roots, authorities between, lists of revoked certificates; freed with the object."""

    def __init__(self, anchors: bytes, intermediates: bytes, crls: bytes) -> None:
        """From PEM; raises ValueError for what is none."""
        c = libcrypto()
        self._store = c.X509_STORE_new()
        self._untrusted: list[int] = []
        self._anchors: list[int] = []
        self._crls: list[int] = []
        self._untrusted += _read_all(c.d2i_X509, intermediates)
        self._anchors += _read_all(c.d2i_X509, anchors)
        self._crls += _read_all(c.d2i_X509_CRL, crls)
        for anchor in self._anchors:
            c.X509_STORE_add_cert(self._store, anchor)
        for crl in self._crls:
            c.X509_STORE_add_crl(self._store, crl)

    def why_not(self, content: bytes, signature: bytes, at_s: int) -> str | None:
        """None for a good detached signature of one signer whose chain is good at the moment; else OpenSSL's reason."""
        c = libcrypto()
        bio, data = c.BIO_new_mem_buf(signature, len(signature)), c.BIO_new_mem_buf(content, len(content))
        cms = c.d2i_CMS_bio(bio, None)
        try:
            if not cms:
                return "not a CMS"
            if c.CMS_verify(cms, None, None, data, None, BINARY | DETACHED | NO_SIGNER_CERT_VERIFY) != 1:
                return "the signature does not match the bytes"
            return self._why_no_chain(cms, at_s)
        finally:
            c.CMS_ContentInfo_free(cms)
            c.BIO_free(bio)
            c.BIO_free(data)
            c.ERR_clear_error()

    def _why_no_chain(self, cms: int, at_s: int) -> str | None:
        c = libcrypto()
        signers, inside = c.CMS_get0_signers(cms), c.CMS_get1_certs(cms)
        untrusted = c.OPENSSL_sk_new_null()
        own = [c.OPENSSL_sk_value(inside, index) for index in range(max(0, c.OPENSSL_sk_num(inside)))]
        for certificate in (*self._untrusted, *own):
            c.OPENSSL_sk_push(untrusted, certificate)
        try:
            if c.OPENSSL_sk_num(signers) != 1:
                return "not one signer"
            return self._why_not_trusted(c.OPENSSL_sk_value(signers, 0), untrusted, at_s)
        finally:
            c.OPENSSL_sk_free(untrusted)
            c.OPENSSL_sk_free(signers)
            for certificate in own:
                c.X509_free(certificate)
            c.OPENSSL_sk_free(inside)

    def _why_not_trusted(self, leaf: int, untrusted: int, at_s: int) -> str | None:
        c = libcrypto()
        context = c.X509_STORE_CTX_new()
        try:
            c.X509_STORE_CTX_init(context, self._store, leaf, untrusted)
            c.X509_STORE_CTX_set_time(context, 0, at_s)
            c.X509_STORE_CTX_set_flags(context, CRL_CHECK | CRL_CHECK_ALL)
            if c.X509_verify_cert(context) == 1:
                return None
            error = c.X509_STORE_CTX_get_error(context)
            return str(c.X509_verify_cert_error_string(error).decode())
        finally:
            c.X509_STORE_CTX_free(context)

    def __del__(self) -> None:
        c = libcrypto()
        c.X509_STORE_free(self._store)
        for certificate in (*self._anchors, *self._untrusted):
            c.X509_free(certificate)
        for crl in self._crls:
            c.X509_CRL_free(crl)


def pem(text: bytes) -> Iterable[bytes]:
    """DER of every block."""
    return [b64decode(body) for _, body in _PEM.findall(text)]


def _read_all(function: "ctypes._NamedFuncPointer", text: bytes) -> Iterator[int]:
    for der in pem(text):
        found: int | None = function(None, byref(c_char_p(der)), len(der))
        if not found:
            raise ValueError("a certificate or a list cannot be read")
        yield found
