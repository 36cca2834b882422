"""Who besides our clients has a hand in the meeting: it decides how much a check may demand."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Company:
    """`leads`: our bot leads, so the server shows everything and nothing may be missing. `others` are creditors who may
    vote without us; None where that is not known.
    """

    leads: bool = True
    others: frozenset[str] | None = frozenset()

    def may_vote(self, creditor: str, ours: frozenset[str]) -> bool:
        """Without any of our clients having cast the ballot."""
        return creditor not in ours if self.others is None else creditor in self.others - ours

    def is_alone(self) -> bool:
        return self.others == frozenset()


ALONE = Company()
