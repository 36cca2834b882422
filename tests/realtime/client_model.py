"""The map logic of a client (rules R1 and R2), as any client has to write it; each planted fault is one flag."""

from dataclasses import dataclass, field
from typing import Any

from realtime.codec import unpack
from realtime.envelope import Have, Sync


@dataclass(slots=True)
class Part:
    """The map of `view` or of `me`, and the position it stands at."""

    at: int = 0
    mark: bytes = bytes(8)
    view: str = ""
    epoch: bytes = b""
    map: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ClientModel:
    """Feed it every `sync`; True as the answer means: send `hello` with `have` on the same socket."""

    only_next: bool = False
    """Planted fault: a patch counts only when `since` is exactly my position; any other is dropped."""
    view: Part = field(default_factory=Part)
    me: Part = field(default_factory=Part)

    def receive(self, sync: Sync) -> bool:
        part = self.view if sync.part == "view" else self.me
        if sync.full:
            part.map = unpack(sync.set) if sync.packed else dict(sync.set)
        elif sync.epoch != part.epoch or sync.view != part.view:
            return True
        elif sync.at <= part.at or (self.only_next and sync.since != part.at):
            return False
        elif sync.since > part.at:
            return True
        else:
            part.map = {key: value for key, value in part.map.items() if key not in sync.del_} | sync.set
        part.at, part.mark, part.view, part.epoch = sync.at, sync.mark, sync.view, sync.epoch
        return False

    @property
    def have(self) -> Have | None:
        if not self.view.epoch or not self.me.epoch or self.view.epoch != self.me.epoch:
            return None
        view, me = self.view, self.me
        return Have(view.view, view.epoch, view.at, view.mark, me.at, me.mark)
