"""`python -m app.kernel.sealed_speed COUNT [--plain]`: seal and open ballots and print what it cost as JSON, for load/bench.

The baseline is what is usual where a public key locks a file: RSA-OAEP over a key of AES-GCM, not bound to a place and
of the length that the ballot has.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from app.kernel.sealed import new_pair, open_ballot, seal_ballot

CONTENT, CMS = os.urandom(900), os.urandom(2400)
"""As long as a ballot and a detached signature with its chain."""
SIZE = 1200
RSA_BITS = 3072
"""As strong as X25519."""
_OAEP = padding.OAEP(padding.MGF1(SHA256()), SHA256(), None)
NONCE = bytes(12)

Seal = Callable[[int], bytes]
Open = Callable[[int, bytes], bytes]


def ours() -> tuple[Seal, Open]:
    secret, public = new_pair()
    return (
        lambda number: seal_ballot(public, "m_1", 1, f"c_{number}", CONTENT, CMS, SIZE),
        lambda number, sealed: open_ballot(secret, "m_1", 1, f"c_{number}", sealed)[0],
    )


def plain() -> tuple[Seal, Open]:
    secret = rsa.generate_private_key(65537, RSA_BITS)
    public = secret.public_key()

    def seal(_: int) -> bytes:
        key = AESGCM.generate_key(256)
        return public.encrypt(key, _OAEP) + AESGCM(key).encrypt(NONCE, CONTENT + CMS, None)

    def opened(_: int, sealed: bytes) -> bytes:
        key = secret.decrypt(sealed[: RSA_BITS // 8], _OAEP)
        return AESGCM(key).decrypt(NONCE, sealed[RSA_BITS // 8 :], None)[: len(CONTENT)]

    return seal, opened


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m app.kernel.sealed_speed", description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--plain", action="store_true")
    asked = parser.parse_args()
    seal, opened = plain() if asked.plain else ours()
    began = time.process_time()
    sealed = [seal(number) for number in range(asked.count)]
    middle = time.process_time()
    contents = [opened(number, one) for number, one in enumerate(sealed)]
    ended = time.process_time()
    if set(contents) != {CONTENT}:
        raise SystemExit("a ballot did not open")
    said = {"seal_s": middle - began, "open_s": ended - middle, "bytes": sum(map(len, sealed))}
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
