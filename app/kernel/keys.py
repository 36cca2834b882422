"""Key files in a folder outside the database: `mac-1.key`, `receipt-1.key`, `kek-1.key`, each 32 raw bytes, mode 0600.

To rotate a key, put the next number beside it; the old ones stay for checking.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.kernel.crypto import KeyEncryptionKeys, MacKeys, ReceiptKeys

KINDS = ("mac", "receipt", "kek")
KEY_BYTES = 32


class KeysMissing(Exception):
    """A server without its keys must not start: old receipts and texts would be lost silently."""


@dataclass(frozen=True, slots=True)
class Keys:
    macs: MacKeys
    receipts: ReceiptKeys
    keks: KeyEncryptionKeys


def load_keys(folder: Path) -> Keys:
    """Raises KeysMissing when a kind has no file, a file has a wrong size or others may read it."""
    macs, receipts, keks = (_numbered(folder, kind) for kind in KINDS)
    signers = {number: Ed25519PrivateKey.from_private_bytes(key) for number, key in receipts.items()}
    return Keys(MacKeys(macs), ReceiptKeys(signers), KeyEncryptionKeys(keks))


def make_missing_keys(folder: Path) -> None:
    """Number 1 of each kind that has none yet; existing files are never touched."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for kind in KINDS:
        if not any(folder.glob(f"{kind}-*.key")):
            _write_new(folder / f"{kind}-1.key", secrets.token_bytes(KEY_BYTES))


def _numbered(folder: Path, kind: str) -> dict[int, bytes]:
    found = {int(path.stem.removeprefix(f"{kind}-")): _read(path) for path in folder.glob(f"{kind}-*.key")}
    if not found or not all(1 <= number <= 255 for number in found):
        raise KeysMissing(f"{folder} has no key file {kind}-1.key … {kind}-255.key")
    return found


def _read(path: Path) -> bytes:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise KeysMissing(f"{path} may be read by others: set mode 0600")
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise KeysMissing(f"{path} must hold {KEY_BYTES} bytes, it holds {len(key)}")
    return key


def _write_new(path: Path, key: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
