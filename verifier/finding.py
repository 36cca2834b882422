"""What a check found: a fault with its place, or something that a reader must know."""

from dataclasses import dataclass, field

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is a key of `texts.FINDINGS`; `place` is a file, a position or a voting, in words for the reader."""

    code: str
    place: str
    details: str = ""
    is_fault: bool = True
    is_beyond: bool = False
    """Neither good nor bad: this machine cannot tell."""


@dataclass(slots=True)
class Findings:
    """Collected while the checks run; `counts` are figures for the report."""

    found: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    untold: int = 0
    _codes: set[str] = field(default_factory=set)

    def fault(self, code: str, place: str, details: str = "") -> None:
        self._take(Finding(code, place, details))

    def note(self, code: str, place: str, details: str = "") -> None:
        self._take(Finding(code, place, details, is_fault=False))

    def beyond(self, code: str, place: str, details: str = "") -> None:
        self._take(Finding(code, place, details, is_fault=False, is_beyond=True))

    def _take(self, finding: Finding) -> None:
        """What is beyond MOST is counted only, but for the first of each code: they decide what the verdict says."""
        is_first = finding.code not in self._codes
        self._codes.add(finding.code)
        if len(self.found) < MOST or is_first:
            self.found.append(finding)
        else:
            self.untold += 1

    def add(self, name: str, number: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + number

    @property
    def faults(self) -> list[Finding]:
        return [one for one in self.found if one.is_fault]

    @property
    def notes(self) -> list[Finding]:
        return [one for one in self.found if not one.is_fault]
