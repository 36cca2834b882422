"""Which algorithms this machine can verify, why others are missing, and the demand that some be there."""

from collections.abc import Iterable, Mapping
from typing import get_args

from app.signatures import texts
from app.signatures.libcrypto import LibcryptoMissing, libcrypto
from app.signatures.model import Algorithm


class AlgorithmsMissing(Exception):
    """KVORUM_SIGNATURE_REQUIRE names what this machine cannot verify; the text is for the operator."""


def verified_algorithms() -> tuple[Algorithm, ...]:
    try:
        return tuple(sorted(libcrypto().algorithms))
    except LibcryptoMissing:
        return ()


def why_missing() -> Mapping[Algorithm, str]:
    """A sentence with the remedy by algorithm."""
    try:
        library = libcrypto()
    except LibcryptoMissing as fault:
        return dict.fromkeys(get_args(Algorithm), texts.LIBCRYPTO_MISSING.format(reason=fault))
    absent = sorted(set(get_args(Algorithm)) - library.algorithms)
    return {each: texts.remedy(each, library.missing) for each in absent}


def require_algorithms(names: Iterable[Algorithm]) -> None:
    """`AlgorithmsMissing` unless all of them can be verified here."""
    missing = why_missing()
    for name in names:
        if name in missing:
            raise AlgorithmsMissing(texts.REQUIRED.format(algorithm=name, remedy=missing[name]))
