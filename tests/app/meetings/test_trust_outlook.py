"""The readiness card looks ahead: whose authority will not do on the day, of those who have tried."""

from datetime import UTC, datetime

from app.meetings.trust_outlook import trust_outlook
from app.meetings.view_types import AuthorityRow
from app.signatures.outlook import Outlook
from tests.app.meetings.test_readiness import a_convened_meeting, tried

ENDS = datetime(2026, 11, 21, tzinfo=UTC)


def test_authorities_are_told_with_whom_they_concern() -> None:
    log = a_convened_meeting()
    tried(log, "B", issuer="УЦ «Ромашка»")
    tried(log, "A", issuer="УЦ «Ромашка»")
    tried(log, "C", issuer="Надёжный УЦ")
    found = {
        "УЦ «Ромашка»": Outlook("authority_ends_before", ENDS),
        "Ничей УЦ": Outlook("list_missing", None),
    }

    told = trust_outlook(log.state, log.texts, found)

    names = ["ООО «A»", "ООО «B»"]
    until_ms = int(ENDS.timestamp() * 1000)
    assert told.rows == [AuthorityRow("УЦ «Ромашка»", "authority_ends_before", until_ms, names)]


def test_a_trial_of_an_earlier_release_names_no_authority() -> None:
    log = a_convened_meeting()
    tried(log, "A")

    assert trust_outlook(log.state, log.texts, {"": Outlook("list_missing", None)}).rows == []
