"""Whom the servers trust changes in the middle of a burst: new lists of revoked certificates, a folder torn and replaced."""

import asyncio
import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from app.signatures.crl import read_crl
from app.signatures.demo_ca import open_authority
from app.signatures.trust import ANCHORS, load_trust
from app.signatures.trust_folder import put_list
from load.sign import Key, Signer, request_for
from tests.faults.gate import Gate
from tests.faults.gated import TRUSTING
from tests.faults.kinds.repeats import Guest, register, who_left
from tests.faults.stand import SIGNED
from tests.faults.trial import Kind, Scene, watched

LISTS, EVERY_S = 3, 1.1
"""A list is newer than another by whole seconds."""
SEEN_S = 30.0
TORN_S = 1.5
"""Servers look into the folder twice a second."""
LASTS = timedelta(days=1)
UNREADABLE = "trust_unreadable"
TORN = b"-----BEGIN CERTIFICATE-----\nMIIB"


async def renew_lists(scene: Scene) -> None:
    """List after list while people vote. Two certificates are revoked by the last one: one has voted, one has not yet."""
    early, late, calm = await who_left(scene)
    has_voted, is_late = await certified(early), await certified(late)
    await votes(scene, early, has_voted)
    for _ in range(LISTS):
        revoke(scene, trust_of(scene), ())
        await asyncio.sleep(EVERY_S)
    revoke(scene, trust_of(scene), (has_voted, is_late))
    await seen_by_all(scene)
    await is_refused(scene, late, is_late)
    for guest in (late, calm):
        await votes(scene, guest, await certified(guest))
    scene.notes.append(f"{LISTS + 1} lists, read by three workers; a vote by a revoked certificate refused")


async def replace_folder(scene: Scene) -> None:
    """Half a file is in the folder, then there is no folder, then there is another one with a new list."""
    torn, gone, changed = await who_left(scene)
    signers = [await certified(guest) for guest in (torn, gone, changed)]
    folder = trust_of(scene)
    other = folder.with_name("other-trust")
    shutil.copytree(folder, other)
    revoke(scene, other, signers[2:])
    before = complaints(scene)
    (folder / ANCHORS).write_bytes(TORN)
    await asyncio.sleep(TORN_S)
    await votes(scene, torn, signers[0])
    shutil.rmtree(folder)
    await asyncio.sleep(TORN_S)
    await votes(scene, gone, signers[1])
    other.rename(folder)
    await seen_by_all(scene)
    await is_refused(scene, changed, signers[2])
    await votes(scene, changed, await certified(changed))
    felt = complaints(scene) - before
    scene.notes.append(f"{felt} complaints about the folder; a vote by a revoked certificate refused")
    if felt < len(scene.stand.servers):
        scene.wrong.append(f"only {felt} complaints about the folder: there was no fault")


# --- the authority ---


def trust_of(scene: Scene) -> Path:
    return scene.stand.folder / "trust"


def revoke(scene: Scene, folder: Path, signers: Sequence[Signer]) -> None:
    """A new list of the demonstration authority is put into the folder, as renewing does."""
    now = datetime.now(UTC).replace(microsecond=0)
    authority = open_authority(scene.stand.folder / "keys", now)
    list_ = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now)
        .next_update(now + LASTS)
        .add_extension(x509.CRLNumber(int(time.time() * 10)), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False
        )
    )
    for signer in signers:
        one = x509.RevokedCertificateBuilder().serial_number(int(signer.serial, 16)).revocation_date(now)
        list_ = list_.add_revoked_certificate(one.build())
    signed = list_.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.DER)
    if put_list(folder, read_crl(signed)) != "new":
        scene.wrong.append("a list was not newer: there was no fault")


async def seen_by_all(scene: Scene) -> None:
    """Every worker goes by what is in the folder now."""
    wanted, names = load_trust(trust_of(scene)).version, {server.name for server in scene.stand.servers}
    gate = Gate(scene.stand.folder, TRUSTING)

    async def who_goes_by_it() -> set[str]:
        return {worker for worker, version in gate.told().items() if version == wanted}

    seen = await watched(who_goes_by_it, names.__eq__, SEEN_S)
    if seen != names:
        scene.wrong.append(f"only {sorted(seen)} go by the new folder: there was no fault")


def complaints(scene: Scene) -> int:
    return sum(server.log.read_text("utf-8", "replace").count(UNREADABLE) for server in scene.stand.servers)


# --- those who vote ---


async def certified(guest: Guest) -> Signer:
    key = Key()
    return Signer.of(key, await guest.door.certificate(request_for(key)))


async def votes(scene: Scene, guest: Guest, signer: Signer) -> None:
    cast = await guest.signed_cast(signer)
    ok, code, _ = await guest.say(cast.command, "cast", cast.body)
    if ok:
        scene.twins.add(cast.ballot.sha256)
    else:
        scene.wrong.append(f"a good signature was refused: {code}")


async def is_refused(scene: Scene, guest: Guest, signer: Signer) -> None:
    cast = await guest.signed_cast(signer)
    ok, code, _ = await guest.say(cast.command, "cast", cast.body)
    if ok or code != "bad_signature":
        scene.wrong.append(f"a vote by a revoked certificate: {'taken' if ok else code}")


KINDS = (
    Kind(
        "lists-renewed",
        "four new lists of revoked certificates while people vote",
        renew_lists,
        SIGNED,
        prepare=register,
    ),
    Kind(
        "trust-replaced",
        "the trust folder is torn, gone and replaced while people vote",
        replace_folder,
        SIGNED,
        prepare=register,
    ),
)
