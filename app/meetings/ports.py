"""What the HTTP edge asks of the running meetings, and these of signatures; filled in `app.bootstrap`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from app.documents.model import Document, Signature
from app.kernel.clock import Micros
from app.meetings.archive import Edition
from app.meetings.draft import DraftMeeting
from app.meetings.examined import SignatureFacts
from app.meetings.founding import Admission
from app.meetings.importing.instructions import Principals
from app.meetings.view_types import LeakView, MeetingView, MyBallot, TableView, TrustOutlook, UncheckedView
from app.signatures.codes import Bound, CodeFacts
from app.signatures.outlook import Outlook


class Meetings(Protocol):
    """Callers have checked that the person has a seat in the meeting; what his class may see is decided here."""

    async def found(
        self, meeting: str, draft: DraftMeeting, people: tuple[Admission, ...], organizer: str
    ) -> None:
        """A new meeting enters the log, by the organizer's hand. Raises Refused, and then there is no meeting."""
        ...

    async def meeting_for(self, meeting: str, person: str) -> MeetingView | None: ...

    async def table_for(self, meeting: str, person: str, voting: int) -> TableView | None:
        """The table by name of a counted voting, if the person's class may see it."""
        ...

    async def leak_for(self, meeting: str, question: str) -> LeakView | None:
        """What exact sums of the question would tell, if it were put to the vote now; None: no such question."""
        ...

    async def unchecked_for(self, meeting: str) -> UncheckedView:
        """What the minutes would leave unchecked now, and what it could change, and what revoked certificates did; for the organizer."""
        ...

    async def trust_for(self, meeting: str) -> TrustOutlook:
        """Whose authorities cannot be relied on until the meeting is over; for the organizer."""
        ...

    async def recount_for(self, meeting: str, person: str, voting: int) -> Mapping[str, Any] | None:
        """The input of its count, for whom the table by name is too."""
        ...

    async def creditors_of(self, meeting: str) -> Mapping[str, int]:
        """How many creditors each participant speaks for, by person; for the organizer."""
        ...

    async def phones_of(self, meeting: str) -> Mapping[str, str | None]:
        """Where the codes of each participant go, masked, by person; for the organizer."""
        ...

    async def receipts_for(self, meeting: str, person: str) -> tuple[MyBallot, ...]: ...

    async def principals_for(self, meeting: str, person: str) -> Principals | None:
        """For whom the person votes and on what; None if he is nobody here."""
        ...

    async def archive_for(self, meeting: str, person: str, edition: Edition, out: Path) -> bool:
        """Writes the zip; False if it is not for the person, or not over yet."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """Who should have signed: a person of the meeting, with what is known to compare a certificate with; "" is unknown."""

    person: str
    name: str
    snils: str = ""
    inn: str = ""

    def __repr__(self) -> str:
        return f"Signer({self.person}, ***)"


class Papers(Protocol):
    """Documents that were made once and are kept; `app.documents.service.Documents`."""

    async def find(self, subject: str, kind: str) -> Document | None: ...

    async def signatures(self, document: Document) -> tuple[Signature, ...]: ...


class Signatures(Protocol):
    async def examine(
        self, content: bytes, signature: bytes, *, at: Micros, signer: Signer, carrier: str | None = None
    ) -> SignatureFacts:
        """What a detached signature over `content` is worth at the moment `at`; a bad one is a verdict, no error.

        `carrier` is the name of the key's container, where the person's computer told it: it is bound to the owner of
        the certificate. Raises Overloaded, DatabaseAway.
        """
        ...

    async def trust_files(self, versions: Iterable[str]) -> Mapping[str, bytes]:
        """By file name: what signatures were judged by under these versions, as far as it was kept; for the archive."""
        ...

    def outlook(self, at: Micros, now: Micros) -> Mapping[str, Outlook]:
        """Authorities by name that will not do at the moment `at`, as things stand now; in a thread."""
        ...

    def trust_version(self) -> str:
        """While it stays the same, the same signatures get the same verdicts."""
        ...


class SigningCodes(Protocol):
    async def check(self, bound: Bound, code: str, command: bytes, received_at: Micros) -> CodeFacts:
        """What a code from an SMS is worth; the same command hears the same again. Raises DatabaseAway."""
        ...
