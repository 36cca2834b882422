"""The algorithms that count, by the object identifiers that name them; what is not here is weak or unknown."""

from app.signatures.model import Algorithm

DIGESTS = {
    "2.16.840.1.101.3.4.2.1": "SHA256",
    "2.16.840.1.101.3.4.2.2": "SHA384",
    "2.16.840.1.101.3.4.2.3": "SHA512",
    "1.2.643.7.1.1.2.2": "md_gost12_256",
    "1.2.643.7.1.1.2.3": "md_gost12_512",
}
"""By libcrypto's names; the last two are GOST R 34.11-2012."""

KEYS: dict[str, Algorithm] = {
    "1.2.840.113549.1.1.1": "rsa",
    "1.2.840.10045.2.1": "ecdsa",
    "1.2.643.7.1.1.1.1": "gost2012_256",
    "1.2.643.7.1.1.1.2": "gost2012_512",
}

SIGNATURES: dict[str, tuple[Algorithm, str | None]] = {
    "1.2.840.113549.1.1.1": ("rsa", None),
    "1.2.840.113549.1.1.11": ("rsa", "SHA256"),
    "1.2.840.113549.1.1.12": ("rsa", "SHA384"),
    "1.2.840.113549.1.1.13": ("rsa", "SHA512"),
    "1.2.840.10045.2.1": ("ecdsa", None),
    "1.2.840.10045.4.3.2": ("ecdsa", "SHA256"),
    "1.2.840.10045.4.3.3": ("ecdsa", "SHA384"),
    "1.2.840.10045.4.3.4": ("ecdsa", "SHA512"),
    "1.2.643.7.1.1.3.2": ("gost2012_256", "md_gost12_256"),
    "1.2.643.7.1.1.3.3": ("gost2012_512", "md_gost12_512"),
    "1.2.643.7.1.1.1.1": ("gost2012_256", "md_gost12_256"),
    "1.2.643.7.1.1.1.2": ("gost2012_512", "md_gost12_512"),
}
"""Algorithm and the digest that it implies. A SignerInfo names the signature (OpenSSL) or only the key (CryptoPro)."""

WEAK = frozenset(
    {
        "1.2.840.113549.2.2",  # MD2
        "1.2.840.113549.2.5",  # MD5
        "1.3.14.3.2.26",  # SHA-1
        "1.3.14.3.2.29",  # SHA-1 with RSA, the old name
        "1.2.840.113549.1.1.2",  # MD2 with RSA
        "1.2.840.113549.1.1.4",  # MD5 with RSA
        "1.2.840.113549.1.1.5",  # SHA-1 with RSA
        "1.2.840.10045.4.1",  # ECDSA with SHA-1
        "1.2.840.10040.4.3",  # DSA with SHA-1
        "1.2.643.2.2.9",  # GOST R 34.11-94
        "1.2.643.2.2.3",  # GOST R 34.10-2001 with 34.11-94
        "1.2.643.2.2.4",  # GOST R 34.10-94 with 34.11-94
        "1.2.643.2.2.19",  # GOST R 34.10-2001
        "1.2.643.2.2.20",  # GOST R 34.10-94
    }
)
"""Broken or withdrawn. GOST R 34.10-2001 may not sign since 2020 (from memory)."""

LEAST_BITS: dict[Algorithm, int] = {"rsa": 2048, "ecdsa": 256}
