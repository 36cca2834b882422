"""All kinds of faults, in the order of the record. A new one is an async function of a `Scene` and a line in `KINDS`."""

from tests.faults.kinds import clocks, links, processes, repeats, signed, stores, strangers, trust
from tests.faults.trial import Kind

KINDS: tuple[Kind, ...] = (
    *processes.KINDS,
    *stores.KINDS,
    *links.KINDS,
    *strangers.KINDS,
    *repeats.KINDS,
    *clocks.KINDS,
    *signed.KINDS,
    *trust.KINDS,
)
