"""All kinds of faults, in the order of the record."""

from tests.faults.kinds import processes, stores
from tests.faults.trial import Kind

KINDS: tuple[Kind, ...] = (*processes.KINDS, *stores.KINDS)
