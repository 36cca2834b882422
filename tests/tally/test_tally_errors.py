"""Error codes are a closed list."""

import re
from pathlib import Path

import tally
from tally.errors import CODES, TallyError

OF_THE_LAW_NOTES = {
    "not_integer_kopecks",
    "negative_amount",
    "secured_exceeds_claim",
    "repaid_exceeds_claim",
    "duplicate_creditor",
    "unknown_creditor",
    "creditor_registered_twice",
    "duplicate_ballot",
    "unknown_rule",
    "unknown_procedure",
    "rule_needs_repeated_meeting",
    "bad_options",
    "bad_seats_or_candidates",
}


def test_every_code_that_the_count_raises_is_listed_and_every_listed_one_is_raised() -> None:
    sources = "".join(path.read_text("utf-8") for path in Path(tally.__file__).parent.glob("*.py"))
    raised = set(re.findall(r'TallyError\(\s*"(\w+)"', sources)) | set(
        re.findall(r', "(unknown_\w+)"\)', sources)
    )

    assert raised == set(CODES)
    assert raised >= OF_THE_LAW_NOTES


def test_an_error_reads_as_its_code_and_the_place() -> None:
    assert str(TallyError("unknown_rule", "two_thirds")) == "unknown_rule: two_thirds"
    assert str(TallyError("unknown_rule")) == "unknown_rule"
    assert TallyError("unknown_rule").detail == ""
