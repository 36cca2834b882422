"""Personal data as a type that does not print: a log line or a traceback shows *** instead of a name."""

from typing import Generic, TypeVar

T = TypeVar("T")


class Personal(Generic[T]):
    """Holds a value about a person; `reveal` where it is shown to somebody who may see it."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Personal) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "***"
