"""The list of accredited authorities: those in force are read, tricks of XML are refused."""

from base64 import b64encode

import pytest

from app.signatures.tsl import NotTsl, read_tsl

AUTHORITY = """<УдостоверяющийЦентр><Название>{name}</Название>
<СтатусАккредитации><Статус>{status}</Статус></СтатусАккредитации>
<ПрограммноАппаратныеКомплексы><ПрограммноАппаратныйКомплекс><КлючиУполномоченныхЛиц><Ключ>
<АдресаСписковОтзыва>{urls}</АдресаСписковОтзыва>
<Сертификаты>{certificates}</Сертификаты>
</Ключ></КлючиУполномоченныхЛиц></ПрограммноАппаратныйКомплекс></ПрограммноАппаратныеКомплексы></УдостоверяющийЦентр>"""


def authority(name: str, *ders: bytes, status: str = "Действует", urls: tuple[str, ...] = ()) -> str:
    return AUTHORITY.format(
        name=name,
        status=status,
        urls="".join(f"<Адрес>{url}</Адрес>" for url in urls),
        certificates="".join(
            f"<ДанныеСертификата><Данные>{b64encode(der).decode()}</Данные></ДанныеСертификата>"
            for der in ders
        ),
    )


def tsl(*authorities: str) -> bytes:
    whole = "АккредитованныеУдостоверяющиеЦентры"
    return f"<?xml version='1.0' encoding='utf-8'?><{whole}><Версия>17</Версия>{''.join(authorities)}</{whole}>".encode()


def test_authorities_in_force_are_read_with_certificates_and_addresses() -> None:
    found = read_tsl(
        tsl(
            authority("УЦ 1", b"one", b"two", urls=("http://a.example/1.crl", " http://b.example/1.crl ")),
            authority("УЦ 2", b"three", status="Прекращена"),
        )
    )

    assert (found.version, found.left_out) == ("17", 1)
    (one,) = found.authorities
    assert (one.name, one.certificates) == ("УЦ 1", (b"one", b"two"))
    assert one.crl_urls == ("http://a.example/1.crl", "http://b.example/1.crl")


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<html/>",
        b"<a><b></a>",
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
        b'<!DOCTYPE a [<!ENTITY e "x"><!ENTITY f "&e;&e;">]><a>&f;</a>',
        b"\xff\xfe\x00",
        tsl(authority("УЦ", b"one")).replace(b64encode(b"one"), b"!!!!"),
    ],
    ids=lambda xml: str(len(xml)),
)
def test_another_file_is_refused(xml: bytes) -> None:
    with pytest.raises(NotTsl):
        read_tsl(xml)
