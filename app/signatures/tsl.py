"""Reads the list of accredited authorities that the Ministry of Digital Development publishes (TSL, XML).

Its own signature is not checked: whatever it names must still lead to an anchor that the operator chose, so a forged
list can only leave authorities out or name hosts, which are asked only if the operator allows them.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

ROOT, AUTHORITY, NAME, VERSION = (
    "АккредитованныеУдостоверяющиеЦентры",
    "УдостоверяющийЦентр",
    "Название",
    "Версия",
)
STATUS, IN_FORCE = "СтатусАккредитации/Статус", "Действует"
KEYS = "ПрограммноАппаратныеКомплексы/ПрограммноАппаратныйКомплекс/КлючиУполномоченныхЛиц/Ключ"
CERTIFICATES, CRL_ADDRESSES = "Сертификаты/ДанныеСертификата/Данные", "АдресаСписковОтзыва/Адрес"


class NotTsl(ValueError):
    """The file is not a list of this form."""


@dataclass(frozen=True, slots=True)
class Accredited:
    """An authority whose accreditation is in force; certificates are DER."""

    name: str
    certificates: tuple[bytes, ...]
    crl_urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tsl:
    version: str
    authorities: tuple[Accredited, ...]
    left_out: int
    """Authorities whose accreditation is not in force."""


def read_tsl(xml: bytes) -> Tsl:
    """Entities and declarations of types are refused."""
    try:
        root = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as fault:
        raise NotTsl(type(fault).__name__) from fault
    if root.tag != ROOT:
        raise NotTsl(str(root.tag)[:60])
    every = root.findall(AUTHORITY)
    accredited = tuple(_accredited(each) for each in every if _text(each, STATUS) == IN_FORCE)
    return Tsl(_text(root, VERSION), accredited, len(every) - len(accredited))


def _accredited(authority: Element) -> Accredited:
    keys = authority.findall(KEYS)
    certificates = tuple(der for key in keys for der in _certificates(key))
    urls = (each.text or "" for key in keys for each in key.findall(CRL_ADDRESSES))
    return Accredited(_text(authority, NAME), certificates, tuple(url.strip() for url in urls if url.strip()))


def _certificates(key: Element) -> Iterator[bytes]:
    for each in key.findall(CERTIFICATES):
        try:
            yield b64decode("".join((each.text or "").split()), validate=True)
        except NotBase64:
            raise NotTsl("a certificate that is not base64") from None


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()
