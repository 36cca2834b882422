"""What a user can cause, as facts with stable codes.

    Refused                         code, HTTP status; `final` says whether the log has decided it for ever
    ├── NotFound                    not_found            no such thing for this viewer
    ├── Forbidden                   forbidden            the role may not do this
    ├── SignInAgain                 sign_in_again        no session, or it has ended
    ├── Malformed                   malformed            the body does not have the shape asked for
    ├── TooLarge                    too_large            over a documented limit
    ├── Conflict                    conflict             same command id with another body, or an edit of an old version
    ├── Retry                       retry                nothing was decided (`final` is false), send the same id again
    │   ├── Draining                draining             a closing waits for ballots on their way
    │   ├── Overloaded              overloaded           too much is queued
    │   ├── DatabaseAway            database_away        the database does not answer
    │   ├── ClockAway               clock_away           no trusted time yet, so no stamp
    │   └── Elsewhere               elsewhere            this worker cannot serve the topic, another can
    ├── Archived                    archived             the topic is read-only for ever
    ├── SubjectDestroyed            subject_destroyed    texts about this subject were destroyed for good
    └── (slices add their own, e.g. app/meetings/refusals.py)

What only we can cause is an ordinary exception: logged once with an incident id, shown as `internal`.
Two mappers turn these into answers: `kernel/http.py` (problem+json) and `kernel/live.py` (ack).
"""

from collections.abc import Mapping


class Refused(Exception):
    """A refusal with a stable `code` (snake_case), optional article of law and facts for the text."""

    code = "refused"
    status = 409
    final = True

    def __init__(
        self,
        code: str | None = None,
        *,
        article: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        self.code = code or type(self).code
        self.article = article
        self.details = dict(details or {})
        super().__init__(self.code)


class NotFound(Refused):
    """There is no such thing for this viewer."""

    code = "not_found"
    status = 404


class Forbidden(Refused):
    """The role may not do this."""

    code = "forbidden"
    status = 403


class SignInAgain(Refused):
    """There is no session, or it has ended."""

    code = "sign_in_again"
    status = 401
    final = False


class Malformed(Refused):
    """The body does not have the shape asked for."""

    code = "malformed"
    status = 422
    final = False


class TooLarge(Refused):
    """Over a documented limit."""

    code = "too_large"
    status = 413
    final = False


class Conflict(Refused):
    """The same command id with another body, or an edit of an old version."""

    code = "conflict"
    status = 409


class Retry(Refused):
    """Nothing was decided: the same command id may be sent again."""

    code = "retry"
    status = 503
    final = False


class Draining(Retry):
    """A closing waits until the ballots on their way are answered."""

    code = "draining"


class Overloaded(Retry):
    """Too many commands are queued."""

    code = "overloaded"


class DatabaseAway(Retry):
    """The database does not answer, or not in time."""

    code = "database_away"


class ClockAway(Retry):
    """The time of the database is not known well enough to stamp anything."""

    code = "clock_away"


class Elsewhere(Retry):
    """This worker cannot read the topic (newer events, format or rules); another one can."""

    code = "elsewhere"


class Archived(Refused):
    """The topic is read-only for ever."""

    code = "archived"


class SubjectDestroyed(Refused):
    """The personal texts of this subject were destroyed, nothing can be written about it any more."""

    code = "subject_destroyed"
