"""What accounts refuse beside the kernel's refusals."""

from app.kernel.errors import Forbidden, Refused


class LinkRefused(Refused):
    """No such access link, or it has been revoked: which of the two is not told."""

    code = "link_refused"
    status = 401
    final = False


class TooManyAttempts(Refused):
    """Twenty tokens of this address were wrong within a minute."""

    code = "too_many_attempts"
    status = 429
    final = False


class ForeignOrigin(Forbidden):
    """A request that changes something came from a page of another site, or from no page."""

    code = "foreign_origin"
