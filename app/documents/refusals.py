"""What a user can cause with a document."""

from app.kernel.errors import Refused


class SignatureNotAccepted(Refused):
    """The detached signature is not good over these bytes; `details.verdict` says why."""

    code = "signature_not_accepted"
    status = 422


class StampMismatch(Refused):
    """The stamp drawn in the document shows another certificate than the one that signed it."""

    code = "stamp_mismatch"


class SignedWithoutStamp(Refused):
    """The file without a stamp is signed already: whoever signs next signs that one too."""

    code = "signed_without_stamp"


class AlreadySigned(Refused):
    """This certificate has signed the document before."""

    code = "already_signed"


class TooManySignatures(Refused):
    """A document takes a documented number of signatures."""

    code = "too_many_signatures"
