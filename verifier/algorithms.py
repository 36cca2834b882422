"""The algorithms that count, by the object identifiers that name them; what is not here is weak or unknown."""

DIGESTS = {
    "2.16.840.1.101.3.4.2.1": "SHA256",
    "2.16.840.1.101.3.4.2.2": "SHA384",
    "2.16.840.1.101.3.4.2.3": "SHA512",
    "1.2.643.7.1.1.2.2": "md_gost12_256",
    "1.2.643.7.1.1.2.3": "md_gost12_512",
}
"""By the names of OpenSSL; the last two are ГОСТ Р 34.11-2012."""
RSA, ECDSA, GOST_256, GOST_512 = "RSA", "ECDSA", "ГОСТ Р 34.10-2012, 256", "ГОСТ Р 34.10-2012, 512"
KEYS = {
    "1.2.840.113549.1.1.1": RSA,
    "1.2.840.10045.2.1": ECDSA,
    "1.2.643.7.1.1.1.1": GOST_256,
    "1.2.643.7.1.1.1.2": GOST_512,
}
SIGNATURES: dict[str, tuple[str, str | None]] = {
    "1.2.840.113549.1.1.1": (RSA, None),
    "1.2.840.113549.1.1.11": (RSA, "SHA256"),
    "1.2.840.113549.1.1.12": (RSA, "SHA384"),
    "1.2.840.113549.1.1.13": (RSA, "SHA512"),
    "1.2.840.10045.2.1": (ECDSA, None),
    "1.2.840.10045.4.3.2": (ECDSA, "SHA256"),
    "1.2.840.10045.4.3.3": (ECDSA, "SHA384"),
    "1.2.840.10045.4.3.4": (ECDSA, "SHA512"),
    "1.2.643.7.1.1.3.2": (GOST_256, "md_gost12_256"),
    "1.2.643.7.1.1.3.3": (GOST_512, "md_gost12_512"),
    "1.2.643.7.1.1.1.1": (GOST_256, "md_gost12_256"),
    "1.2.643.7.1.1.1.2": (GOST_512, "md_gost12_512"),
}
"""Key and the digest that it implies: a signature names the pair (OpenSSL) or only the key (CryptoPro)."""
WEAK = frozenset(
    {
        "1.2.840.113549.2.2",  # MD2
        "1.2.840.113549.2.5",  # MD5
        "1.3.14.3.2.26",  # SHA-1
        "1.3.14.3.2.29",  # SHA-1 with RSA, the old name
        "1.2.840.113549.1.1.2",  # MD2 with RSA
        "1.2.840.113549.1.1.4",  # MD5 with RSA
        "1.2.840.113549.1.1.5",  # SHA-1 with RSA
        "1.2.840.10045.4.1",  # SHA-1 with ECDSA
        "1.2.840.10040.4.3",  # SHA-1 with DSA
        "1.2.643.2.2.9",  # ГОСТ Р 34.11-94
        "1.2.643.2.2.3",  # ГОСТ Р 34.10-2001 with 34.11-94
        "1.2.643.2.2.4",  # ГОСТ Р 34.10-94 with 34.11-94
        "1.2.643.2.2.19",  # ГОСТ Р 34.10-2001
        "1.2.643.2.2.20",  # ГОСТ Р 34.10-94
    }
)
LEAST_BITS = {RSA: 2048, ECDSA: 256}
GOST = bytes.fromhex("2a8503070101")
"""How every object identifier of ГОСТ Р 34.10-2012 and 34.11-2012 begins."""


def is_gost(key: str) -> bool:
    return key in (GOST_256, GOST_512)
