"""Fragments of views kept from one building to the next, each as long as the frozen parts it was made of are the same objects."""

from collections.abc import Callable
from operator import is_
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Same(Generic[T]):
    """A value as a key: the same only as itself, so that a cache need not look into a large frozen mapping."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value


class Memory:
    """A new one knows nothing: what is built with it is built in full, and must equal what an old one gives."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[tuple[object, ...], object]] = {}
        self.kept: dict[str, Any] = {}
        """What a builder keeps for its next time, by its own name for it."""

    def fragment(self, name: str, parts: tuple[object, ...], make: Callable[[], T]) -> T:
        """What `make` gives, or gave when it was last called for `name` with these very `parts`.

        `parts` hold everything that `make` looks at, and objects that are replaced when they change.
        """
        known = self._made.get(name)
        if known is not None and len(known[0]) == len(parts) and all(map(is_, known[0], parts)):
            return known[1]  # type: ignore[return-value]  # a name is made by one function
        made = make()
        self._made[name] = (parts, made)
        return made
