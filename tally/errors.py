"""Errors of the count: wrong data stops it, with a stable code; a spoiled ballot is not an error."""

from typing import Final

CODES: Final[dict[str, str]] = {
    # the amounts and the register
    "not_integer_kopecks": "an amount is not a whole number of kopecks (a bool is not a number here)",
    "negative_amount": "an amount is below zero",
    "secured_exceeds_claim": "the secured part is larger than the claim",
    "repaid_exceeds_claim": "more is repaid than was claimed, in the secured or in the unsecured part",
    "duplicate_creditor": "a creditor has two lines in the register",
    # the journal and the ballots
    "unknown_creditor": "the journal or a ballot names a creditor who is not in the register",
    "creditor_registered_twice": "a creditor stands twice in the registration journal",
    "duplicate_ballot": "a creditor has two ballots on one question",
    # the question and the meeting
    "unknown_rule": "the profile has no such rule, or the rule cannot carry the modifier",
    "unknown_topic": "the profile has no such topic, so no rule can be chosen for it",
    "unknown_procedure": "the profile has no such procedure",
    "unknown_outcome": "the profile has no name for such an outcome",
    "unknown_ground": "the profile has no name for such a ground of invalidity",
    "unknown_form": "the form is not in_person, absentee or mixed",
    "rule_needs_repeated_meeting": "the rule is for a repeated meeting only (art. 15 p. 3)",
    "bad_options": "a choice needs two or more different options, none with a reserved name",
    "bad_seats_or_candidates": "a committee needs one or more seats and different candidates",
    "bad_threshold": "a threshold needs a share above 0 and not above 1, and a base",
    # files
    "malformed": "the JSON does not have the shape of a case",
}


class TallyError(Exception):
    """The count stops: `code` is one of `CODES`, `detail` names the place in the data."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}" if detail else code)
