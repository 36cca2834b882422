"""What a user can cause, as facts with stable codes.

    Refused                         code, HTTP status; `final` says whether the log has decided it for ever
    ├── NotFound                    not_found            no such thing for this viewer
    ├── Forbidden                   forbidden            the role may not do this
    ├── SignInAgain                 sign_in_again        no session, or it has ended
    ├── Malformed                   malformed            the body does not have the shape asked for
    ├── TooLarge                    too_large            over a documented limit
    ├── Conflict                    conflict             same command id with another body, or an edit of an old version
    ├── Retry                       retry, draining, overloaded, database_away: `final` is false, nothing was decided
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
    code = "not_found"
    status = 404


class Forbidden(Refused):
    code = "forbidden"
    status = 403


class SignInAgain(Refused):
    code = "sign_in_again"
    status = 401
    final = False


class Malformed(Refused):
    code = "malformed"
    status = 422
    final = False


class TooLarge(Refused):
    code = "too_large"
    status = 413
    final = False


class Conflict(Refused):
    code = "conflict"
    status = 409


class Retry(Refused):
    """Nothing was decided: the same command id may be sent again."""

    code = "retry"
    status = 503
    final = False
