"""Deliberate weakenings of the verifier: each changes its source in one or two places, and a vector must notice.

Source is changed, nothing is patched: a weakening whose line has moved fails loudly.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

PACKAGE = "app.signatures"
MODULES = ("oids", "der", "libcrypto", "cms", "owner", "certificate", "crl", "trust", "chain", "verifier")
"""In the order of their imports: what stands behind the changed one is loaded anew and uses it."""


@dataclass(frozen=True, slots=True)
class Weakening:
    """`changes`: old and new text in `module`; `noticed_by`: a kind of vector whose verdict is then wrong."""

    name: str
    module: str
    changes: Mapping[str, str]
    noticed_by: str


def weakening(name: str, module: str, old: str, new: str, noticed_by: str) -> Weakening:
    return Weakening(name, module, {old: new}, noticed_by)


WEAKENINGS = (
    weakening(
        "the digest of the content is not compared",
        "verifier",
        "if libcrypto().digest(digest, content) != message_digest(signer):",
        "if False:",
        "tampered_content",
    ),
    weakening(
        "the signature is not checked",
        "verifier",
        "if not libcrypto().is_signature(key, digest, signer.signature, signed):",
        "if False:",
        "corrupt_signature_value",
    ),
    weakening(
        "an error of the library counts as a good signature",
        "libcrypto",
        "return found == 1",
        "return found >= -1",
        "foreign_key",
    ),
    weakening(
        "embedded content is ignored", "verifier", "if not cms.is_detached:", "if False:", "attached_content"
    ),
    weakening(
        "of two signers the first counts",
        "verifier",
        "if len(cms.signers) > 1:",
        "if False:",
        "two_signers",
    ),
    weakening(
        "any certificate of the file is the signer's",
        "verifier",
        "if _is_named(each, signer)",
        "if signer",
        "good_ber",
    ),
    weakening(
        "the signer need not say which certificate is meant",
        "verifier",
        "said = certificate_hash(signer)\n",
        "said = certificate_hash(signer)\n    if said is None:\n        return\n",
        "no_signing_certificate_attribute",
    ),
    weakening(
        "which certificate is meant is not compared",
        "verifier",
        "_own_certificate(certificate, signer)\n    _chain",
        "_chain",
        "other_signing_certificate_attribute",
    ),
    weakening(
        "the chain is not built",
        "verifier",
        "_chain(asked, certificate, extra, known)\n    _usage",
        "_usage",
        "expired_certificate",
    ),
    weakening(
        "what comes with the signature is trusted",
        "chain",
        "library.chain(trust.store,",
        "library.chain(library.store(each.handle for each in (*trust.anchors, *extra)),",
        "unknown_ca",
    ),
    weakening(
        "certificates never expire",
        "chain",
        "leaf.handle, untrusted, at)",
        "leaf.handle, untrusted, leaf.not_before)",
        "expired_certificate",
    ),
    weakening("revocation is never looked at", "chain", 'if crl == "off":', "if crl:", "revoked_certificate"),
    weakening(
        "revocation of the signer's certificate only",
        "chain",
        "enumerate(pairwise(chain))",
        "enumerate(pairwise(chain[:2]))",
        "revoked_issuer",
    ),
    weakening(
        "nobody is ever on a list",
        "chain",
        "if revoked_at and revoked_at <= at:",
        "if False:",
        "revoked_issuer",
    ),
    weakening("a list never goes out of date", "chain", "if crl.is_stale(at):", "if False:", "stale_crl"),
    weakening(
        "without a list nobody is revoked",
        "chain",
        'Finding("crl_missing", f"no list',
        'Finding("ok", f"no list',
        "no_crl",
    ),
    weakening("strict is as patient as grace", "chain", 'if crl == "grace" else', "if crl else", "stale_crl"),
    weakening(
        "key usage is not looked at",
        "certificate",
        "if usage is not None and not usage",
        "if usage is None and not usage",
        "wrong_key_usage",
    ),
    weakening(
        "extended key usage is not looked at",
        "certificate",
        "return not named or any(",
        "return bool(named or True) or any(",
        "wrong_extended_key_usage",
    ),
    weakening(
        "the signer's clock is not looked at",
        "verifier",
        "if age is None:",
        "if age is None or age:",
        "signing_time_old",
    ),
    weakening(
        "a signature may be of any age",
        "verifier",
        "-age <= ahead <= asked.policy.max_skew",
        "ahead <= asked.policy.max_skew",
        "signing_time_old",
    ),
    weakening(
        "a signature may be of the future",
        "verifier",
        "-age <= ahead <= asked.policy.max_skew",
        "-age <= ahead",
        "signing_time_future",
    ),
    Weakening(
        "SHA-1 is good enough",
        "oids",
        {
            '"2.16.840.1.101.3.4.2.1": "SHA256",': '"2.16.840.1.101.3.4.2.1": "SHA256", "1.3.14.3.2.26": "SHA1",',
            '"1.3.14.3.2.26",  # SHA-1': "",
            '"1.2.840.10045.4.1",  # ECDSA with SHA-1': "",
            "SIGNATURES: dict[str, tuple[Algorithm, str | None]] = {": (
                'SIGNATURES: dict[str, tuple[Algorithm, str | None]] = {"1.2.840.10045.4.1": ("ecdsa", "SHA1"),'
            ),
        },
        "sha1_digest",
    ),
)


@contextmanager
def weakened(weakness: Weakening | None) -> Iterator[tuple[ModuleType, ModuleType]]:
    """The modules `trust` and `verifier` with the weakness in them; None only loads them anew."""
    names = MODULES[MODULES.index(weakness.module) if weakness else 0 :]
    kept = {name: sys.modules[f"{PACKAGE}.{name}"] for name in names}
    try:
        for name in names:
            changes = weakness.changes if weakness and name == weakness.module else {}
            _load(f"{PACKAGE}.{name}", changes)
        yield sys.modules[f"{PACKAGE}.trust"], sys.modules[f"{PACKAGE}.verifier"]
    finally:
        sys.modules.update({f"{PACKAGE}.{name}": module for name, module in kept.items()})


def _load(name: str, changes: Mapping[str, str]) -> None:
    spec = find_spec(name)
    assert spec
    assert spec.origin
    source = Path(spec.origin).read_text("utf-8")
    for old, new in changes.items():
        assert source.count(old) == 1, f"{name} has no single {old!r}"
        source = source.replace(old, new)
    module = ModuleType(name)
    module.__file__ = spec.origin
    sys.modules[name] = module
    exec(compile(source, spec.origin, "exec"), module.__dict__)
