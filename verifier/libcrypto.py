"""The few functions of OpenSSL 3 that an archive needs; Ed25519, X25519 and ChaCha20-Poly1305 as functions of bytes."""

import ctypes
from ctypes import byref, c_char_p, c_int, c_long, c_size_t, c_uint32, c_uint64, c_ulong, c_void_p
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
    "i2d_X509": (c_int, [_P, _P]),
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
    "X509_get_subject_name": (_P, [_P]),
    "X509_get_key_usage": (c_uint32, [_P]),
    "X509_get0_pubkey": (_P, [_P]),
    "X509_NAME_cmp": (c_int, [_P, _P]),
    "X509_CRL_get_issuer": (_P, [_P]),
    "X509_CRL_get0_nextUpdate": (_P, [_P]),
    "X509_CRL_get0_by_cert": (c_int, [_P, ctypes.POINTER(_P), _P]),
    "X509_CRL_verify": (c_int, [_P, _P]),
    "X509_REVOKED_get0_revocationDate": (_P, [_P]),
    "ASN1_TIME_to_tm": (c_int, [_P, _P]),
    "EVP_get_digestbyname": (_P, [c_char_p]),
    "X509_STORE_CTX_get_error": (c_int, [_P]),
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
