"""People with keys: certificates of the demonstration authority, in a fake plug-in or in files of the `openssl` program."""

import hashlib
import json
import subprocess
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import APIRequestContext, Locator, Page, expect

from app.accounts.model import Contact
from app.signatures.demo_api import owner_of
from app.signatures.demo_ca import open_authority
from tests.architecture.web_tools import BIN, WEB, need_web_tools, run_with_node
from tests.browser.acts import button

BUNDLE = WEB / "node_modules/.fake/cadesplugin.js"


@dataclass(frozen=True, slots=True)
class Holder:
    """A person's key and what the demonstration authority gave for it, DER, his own certificate first."""

    key: ec.EllipticCurvePrivateKey
    certificates: tuple[bytes, ...]

    @property
    def container(self) -> str:
        """On a token of his own."""
        return f"SCARD\\rutoken_lt_{hashlib.sha256(self.certificates[0]).hexdigest()[:8]}\\0A00\\28A9"

    def installed(self, name: str, *, days: int = 30, container: str | None = None) -> dict[str, Any]:
        """As the plug-in lists it; `days` may lie in the past."""
        to = datetime.now(UTC) + timedelta(days=days)
        return {
            "key": text(self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
            "certificates": [text(each) for each in self.certificates],
            "subject": f"CN={quoted(name)}, O={quoted(name)}",
            "issuer": "CN=Учебный УЦ",
            "from": (to - timedelta(days=365)).isoformat(),
            "to": to.isoformat(),
            "container": container or self.container,
        }

    def sign(self, file: Path) -> Path:
        """`openssl cms -sign`: a detached CAdES-BES beside the file."""
        key, own, chain = (file.with_suffix(suffix) for suffix in (".key", ".crt", ".chain"))
        key.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        own.write_text(pem(self.certificates[:1]))
        chain.write_text(pem(self.certificates[1:]))
        signature = file.with_name(file.name + ".sig")
        given = ["-in", str(file), "-signer", str(own), "-inkey", str(key), "-certfile", str(chain)]
        command = ["openssl", "cms", "-sign", "-binary", "-cades", "-md", "sha256", "-outform", "DER"]
        subprocess.run([*command, *given, "-out", str(signature)], check=True, capture_output=True)
        return signature


def holder(office: APIRequestContext, link: str) -> Holder:
    """A key of whoever has this access link, with a certificate in the name that the server knows."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    person = office.post("/api/session", data={"token": link.partition("#")[2]}).json()["person"]
    asked = {"csr": text(request.public_bytes(Encoding.DER))}
    answer = office.post(f"/api/demo/certificates?p={person}", data=asked)
    assert answer.ok, answer.text()
    issued = answer.json()
    return Holder(key, tuple(b64decode(each) for each in (issued["certificate"], *issued["chain"])))


def expired(keys: Path, name: str) -> Holder:
    """A key with a certificate that the server's own authority gave two years ago, for a while."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    then = datetime.now(UTC) - timedelta(days=730)
    issued = open_authority(keys, datetime.now(UTC)).issue(
        request.public_bytes(Encoding.DER), owner_of(Contact(name)), then
    )
    return Holder(key, (issued.certificate, *issued.chain))


def plugin(*holders: dict[str, Any], **manners: Any) -> str:
    """A script that runs before the page's own: the plug-in with these certificates and manners."""
    given = json.dumps({"holders": holders, **manners})
    return f"window.fakePlugin = {given};\n{BUNDLE.read_text()}"


def build_plugin() -> None:
    need_web_tools()
    done = run_with_node(str(BIN / "npm"), "run", "--silent", "fake", folder=WEB)
    assert done.returncode == 0, done.stderr


def choose(room: Page, answer: str) -> Locator:
    """Mark the answer and go on to the signing step, which is returned."""
    return choose_by(room, answer, "Подпись бюллетеня")


def choose_by(room: Page, answer: str, name: str) -> Locator:
    room.get_by_label(answer, exact=True).check()
    button(room, "Проголосовать").click()
    button(room.get_by_role("dialog"), "К подписи").click()
    step = room.get_by_role("dialog", name=name)
    expect(step).to_be_visible()
    return step


def take_way(step: Locator, name: str) -> None:
    step.get_by_label(name).check()
    button(step, "Дальше").click()


def take_way_if_asked(step: Locator, name: str) -> None:
    """Who has signed here before is asked no more."""
    asked = step.get_by_label(name)
    expect(asked.or_(button(step, "Подписать и отправить")).first).to_be_visible()
    if asked.is_visible():
        take_way(step, name)


def text(body: bytes) -> str:
    return b64encode(body).decode()


def pem(certificates: tuple[bytes, ...]) -> str:
    loaded = map(x509.load_der_x509_certificate, certificates)
    return "".join(each.public_bytes(Encoding.PEM).decode() for each in loaded)


def quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
