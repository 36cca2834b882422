"""Looking ahead: an authority that ends, one above it, a list that is missing, out of date, or still to be renewed."""

from datetime import timedelta

from app.signatures.outlook import Outlook, outlook
from app.signatures.trust import trust_of
from tests.app.signatures.authorities import DAY, NOW, YEAR, Authority, a_root

ROOT = a_root()
LATER = NOW + 30 * DAY


def looked(authority: Authority, *crls: bytes, root: Authority = ROOT) -> Outlook | None:
    """What is said of «УЦ» a month ahead."""
    return outlook(trust_of((root.der,), (authority.der,), crls), LATER, NOW).get("УЦ")


def test_an_authority_with_lists_that_last_is_not_named() -> None:
    authority = ROOT.authority("УЦ")

    assert looked(authority, ROOT.crl(until=NOW + YEAR), authority.crl(until=NOW + YEAR)) is None


def test_who_ends_before_the_day_is_named_with_the_date() -> None:
    authority = ROOT.authority("УЦ", until=NOW + 10 * DAY)

    found = looked(authority, ROOT.crl(until=NOW + YEAR), authority.crl(until=NOW + YEAR))

    assert found == Outlook("authority_ends_before", NOW + 10 * DAY)


def test_a_list_is_missing_out_of_date_or_to_be_renewed() -> None:
    authority = ROOT.authority("УЦ")
    above = ROOT.crl(until=NOW + YEAR)

    assert looked(authority, above) == Outlook("list_missing", None)
    assert looked(authority, above, authority.crl(until=NOW - timedelta(hours=1))) == Outlook(
        "list_out_of_date", NOW - timedelta(hours=1)
    )
    assert looked(authority, above, authority.crl(until=NOW + DAY)) == Outlook("list_ends_before", NOW + DAY)


def test_what_is_wrong_above_is_wrong_below() -> None:
    authority = ROOT.authority("УЦ")

    assert looked(authority, authority.crl(until=NOW + YEAR)) == Outlook("list_missing", None)


def test_of_two_certificates_of_one_name_a_good_one_is_enough() -> None:
    old, new = ROOT.authority("УЦ", until=NOW + DAY), ROOT.authority("УЦ")
    crls = (ROOT.crl(until=NOW + YEAR), old.crl(until=NOW + YEAR), new.crl(until=NOW + YEAR))
    both = trust_of((ROOT.der,), (old.der, new.der), crls)

    assert "УЦ" not in outlook(both, LATER, NOW)
