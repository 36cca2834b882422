"""Reads the subject or issuer of a certificate into the fields that Russian certificates carry (FSB order № 795)."""

from app.signatures.der import OID, SEQUENCE, SET, STRINGS, NotDer, Reader, dotted, single, text
from app.signatures.model import Owner

FIELDS = {
    "2.5.4.3": "common_name",
    "2.5.4.4": "surname",
    "2.5.4.42": "given_name",
    "1.2.643.100.3": "snils",
    "1.2.643.3.131.1.1": "inn",
    "1.2.643.100.4": "inn_le",
    "1.2.643.100.1": "ogrn",
    "1.2.643.100.5": "ogrnip",
    "2.5.4.10": "organization",
    "2.5.4.12": "title",
}


def read_owner(name: bytes) -> Owner:
    """From the DER of a Name. Of a field that is repeated the first value counts."""
    found: dict[str, str] = {}
    for relative in single(name, SEQUENCE).each(SET):
        for pair in relative.each(SEQUENCE):
            _take_pair(pair, found)
    return Owner(**found)


def _take_pair(pair: Reader, found: dict[str, str]) -> None:
    field = FIELDS.get(dotted(pair.take(OID)))
    tag = pair.peek()
    if tag is None:
        raise NotDer("an attribute of a name without a value")
    contents = pair.take(tag)
    pair.done()
    if field and tag in STRINGS:
        found.setdefault(field, text(tag, contents).strip())


def authority_name(issuer: Owner) -> str:
    """What people call an authority."""
    return issuer.common_name or issuer.organization
