"""What signatures refuse beside the kernel's refusals."""

from app.kernel.errors import Refused


class HandoffAnswered(Refused):
    """The signatures of this box were given already."""

    code = "handoff_answered"


class BadRequestForCertificate(Refused):
    """No certification request of a P-256 key whose sender has proved that he holds it."""

    code = "bad_certificate_request"
    status = 422
    final = False


class TooManyCertificates(Refused):
    """The demonstration authority has issued enough to this person for now."""

    code = "too_many_certificates"
    status = 429
    final = False
