"""Deliberate weakenings of the standalone check: each changes its source in one place, and a vector must notice."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from tests.app.signatures.cases import CASES

MODULES = ("algorithms", "der", "libcrypto", "cms", "certificate", "lists", "trust", "signature")
"""In the order of their imports: what stands behind the changed one is loaded anew and uses it."""
QUICK = tuple(name for name, case in CASES.items() if case["algorithm"] in ("p256", "rsa"))


class Weakening(NamedTuple):
    """`old` becomes `new` in `module`; `noticed_by`: a kind of vector whose verdict is then wrong."""

    name: str
    module: str
    old: str
    new: str
    noticed_by: str


WEAKENINGS = (
    Weakening(
        "the digest of the content is not compared",
        "signature",
        "if digest_of(digest, content) != message_digest(signer):",
        "if False:",
        "tampered_content",
    ),
    Weakening(
        "the signature is not checked",
        "signature",
        "if not is_signature(key, digest, signer.signature, signed):",
        "if False:",
        "corrupt_signature_value",
    ),
    Weakening(
        "an error of the library counts as a good signature",
        "libcrypto",
        "EVP_DigestVerify(context, signature, len(signature), signed, len(signed)) == 1",
        "EVP_DigestVerify(context, signature, len(signature), signed, len(signed)) > -2",
        "foreign_key",
    ),
    Weakening(
        "embedded content is ignored", "signature", "if not cms.is_detached:", "if False:", "attached_content"
    ),
    Weakening(
        "of two signers the first counts", "signature", "if len(cms.signers) > 1:", "if False:", "two_signers"
    ),
    Weakening(
        "any certificate is the signer's", "signature", "if _is_named(each, signer)", "if signer", "good_ber"
    ),
    Weakening(
        "the signer need not say which certificate is his",
        "signature",
        "    said = meant(signer)\n",
        "    said = meant(signer)\n    if said is None:\n        return\n",
        "no_signing_certificate_attribute",
    ),
    Weakening(
        "which certificate is his is not compared",
        "signature",
        "_must_be_meant(certificate, signer)\n    _must_be_trusted",
        "_must_be_trusted",
        "other_signing_certificate_attribute",
    ),
    Weakening(
        "the chain is not built", "signature", 'if chain.verdict != "ok":', "if False:", "expired_certificate"
    ),
    Weakening(
        "what comes with the signature is trusted",
        "trust",
        "self._store.chain(",
        "Store(each.handle for each in (*self.anchors, *extra)).chain(",
        "unknown_ca",
    ),
    Weakening(
        "certificates never expire",
        "trust",
        "at_us // 1_000_000\n",
        "leaf.since_s\n",
        "expired_certificate",
    ),
    Weakening(
        "revocation of the signer's certificate only",
        "trust",
        "enumerate(pairwise(chain))",
        "enumerate(pairwise(chain[:2]))",
        "revoked_issuer",
    ),
    Weakening(
        "nobody is ever on a list",
        "trust",
        "if revoked_s is not None and revoked_s * 1_000_000 <= at_us:",
        "if False:",
        "revoked_certificate",
    ),
    Weakening(
        "a list never goes out of date", "trust", "if newest.is_stale(at_us):", "if False:", "stale_crl"
    ),
    Weakening(
        "without a list nobody is revoked",
        "trust",
        "if not mine:",
        'if not mine:\n            return Finding("")\n        if False:',
        "no_crl",
    ),
    Weakening(
        "key usage is not looked at",
        "certificate",
        "if usage is not None and not usage & (DIGITAL_SIGNATURE",
        "if False and not usage & (DIGITAL_SIGNATURE",
        "wrong_key_usage",
    ),
    Weakening(
        "extended key usage is not looked at",
        "certificate",
        "return not uses or any(",
        "return bool(uses or True) or any(",
        "wrong_extended_key_usage",
    ),
    Weakening(
        "the signer's clock is not looked at",
        "signature",
        "if asked.by_clock:",
        "if False:",
        "signing_time_old",
    ),
    Weakening(
        "a signature may be of the future",
        "signature",
        "- asked.at_us <= MAX_SKEW",
        "- asked.at_us <= MAX_SKEW**2",
        "signing_time_future",
    ),
)


@contextmanager
def weakened(weakness: Weakening | None) -> Iterator[tuple[ModuleType, ModuleType]]:
    """The modules `trust` and `signature` with the weakness in them; None only loads them anew."""
    names = MODULES[MODULES.index(weakness.module) if weakness else 0 :]
    kept = {name: sys.modules[f"verifier.{name}"] for name in names}
    try:
        for name in names:
            _load(f"verifier.{name}", weakness if weakness and name == weakness.module else None)
        yield sys.modules["verifier.trust"], sys.modules["verifier.signature"]
    finally:
        sys.modules.update({f"verifier.{name}": module for name, module in kept.items()})


def _load(name: str, weakness: Weakening | None) -> None:
    spec = find_spec(name)
    assert spec
    assert spec.origin
    source = Path(spec.origin).read_text("utf-8")
    if weakness:
        assert source.count(weakness.old) == 1, f"{name} has no single {weakness.old!r}"
        source = source.replace(weakness.old, weakness.new)
    module = ModuleType(name)
    module.__file__ = spec.origin
    sys.modules[name] = module
    exec(compile(source, spec.origin, "exec"), module.__dict__)
