"""Key files are made once, guarded, numbered, and never printed."""

import stat
from pathlib import Path

import pytest

from app.kernel.crypto import Unreadable, is_signed, seal, unseal
from app.kernel.keys import KEY_BYTES, KeysMissing, load_keys, make_missing_keys


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    make_missing_keys(folder)
    return folder


def test_missing_keys_stop_the_start(tmp_path: Path) -> None:
    with pytest.raises(KeysMissing, match="mac-1"):
        load_keys(tmp_path)


def test_keys_are_made_once_and_only_the_owner_reads_them(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    make_missing_keys(folder)

    assert sorted(before) == ["kek-1.key", "mac-1.key", "receipt-1.key"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_key_that_others_may_read_is_refused(folder: Path) -> None:
    (folder / "kek-1.key").chmod(0o644)

    with pytest.raises(KeysMissing, match="0600"):
        load_keys(folder)


def test_a_cut_key_is_refused(folder: Path) -> None:
    (folder / "receipt-1.key").write_bytes(b"short")

    with pytest.raises(KeysMissing, match="32 bytes"):
        load_keys(folder)


def test_after_a_rotation_old_work_is_still_known(folder: Path) -> None:
    old = load_keys(folder)
    for kind in ("mac", "receipt", "kek"):
        path = folder / f"{kind}-2.key"
        path.write_bytes(bytes([2]) * KEY_BYTES)
        path.chmod(0o600)
    new = load_keys(folder)

    mac = old.macs.mac("command", b"body")
    signature = old.receipts.sign(b"receipt")
    wrapped = old.keks.wrap(b"secret", b"place")

    assert new.macs.check("command", b"body", mac)
    assert new.macs.mac("command", b"body")[0] == 2
    assert is_signed(new.receipts.public()["receipt-1"], b"receipt", signature)
    assert new.receipts.current == "receipt-2"
    assert new.keks.unwrap("kek-1", wrapped, b"place") == b"secret"


def test_a_mac_is_good_for_its_purpose_and_message_only(folder: Path) -> None:
    macs = load_keys(folder).macs
    mac = macs.mac("ticket", b"body")

    assert macs.check("ticket", b"body", mac)
    for purpose, message, given in (
        ("token", b"body", mac),
        ("ticket", b"bodx", mac),
        ("ticket", b"body", b""),
    ):
        assert not macs.check(purpose, message, given)
    assert not macs.check("ticket", b"body", bytes([9]) + mac[1:])


def test_sealed_bytes_open_in_their_place_only(folder: Path) -> None:
    key = bytes(32)
    sealed = seal(key, b"text", b"private/1/2/0")

    assert unseal(key, sealed, b"private/1/2/0") == b"text"
    for changed, place in ((sealed, b"private/1/2/1"), (sealed[:-1], b"private/1/2/0"), (b"", b"")):
        with pytest.raises(Unreadable):
            unseal(key, changed, place)
    with pytest.raises(Unreadable):
        load_keys(folder).keks.unwrap("kek-9", sealed, b"")


def test_keys_do_not_print(folder: Path) -> None:
    keys = load_keys(folder)

    assert repr(keys) == "Keys(macs=MacKeys(), receipts=ReceiptKeys(), keks=KeyEncryptionKeys())"
