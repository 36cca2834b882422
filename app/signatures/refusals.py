"""What the edge of signatures refuses beside the kernel's refusals."""

from app.kernel.errors import Refused


class HandoffAnswered(Refused):
    """The signatures of this box were given already."""

    code = "handoff_answered"
