"""Redaction under 152-FZ: personal texts go, the chain, the count and the fold stay as they were."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.kernel.log.model import Body
from app.kernel.log.store import Ref


@dataclass(frozen=True, slots=True)
class Redact:
    """A command of the log itself: destroy all texts about `subjects` and the parts `refs`, by the act `act`.

    Who may ask for it, the slice decides before it submits. Keys of the subjects are destroyed everywhere.
    """

    act: str
    subjects: tuple[str, ...] = ()
    refs: tuple[Ref, ...] = ()

    def body(self, erased: Iterable[Ref]) -> Body:
        """Body of the event: which act, which subjects (ids), which places."""
        places = [[pos, part] for pos, part in sorted(set(erased))]
        return {"act": self.act, "subjects": list(self.subjects), "places": places}
