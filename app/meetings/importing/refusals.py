"""What importing refuses beside the kernel's refusals; faults of files are no refusals but lines of a report."""

from app.kernel.errors import Refused


class ImportRefused(Refused):
    """A meeting cannot be founded on files with faults: the details hold both reports, nothing was imported."""

    code = "import_refused"
    status = 422
    final = False
