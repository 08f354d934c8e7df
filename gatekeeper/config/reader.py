"""
Read the settings of a component: strict about types, patient about mistakes.

A reader gives typed values and reports everything that does not fit to the collected
problems, with its place; then it goes on with the default, or a harmless value of the
type, so that all mistakes of a file are shown at once.  Nothing that was reported is ever
used: the gateway does not start.

``null`` is the same as leaving a key out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from gatekeeper.config.pointer import below
from gatekeeper.config.secrets import sounds_secret
from gatekeeper.config.suggest import close_to, duration_like, is_comment
from gatekeeper.config.weak import found
from gatekeeper.errors import Problems
from gatekeeper.message import JSON
from gatekeeper.units import duration

__all__ = ["REQUIRED", "Reader"]

REQUIRED: Final[Any] = object()
"""Instead of a default: leaving the key out is a mistake."""


class Reader:
    """
    Read one object.

    Args:
        value: The object; anything else is reported, and read as an empty one.
        pointer: Where it stands.
        problems: Where mistakes go.
        any_case: Match keys in any letter case when no exact one exists, as KrakenD does
            for some components.
    """

    def __init__(
        self, value: JSON, pointer: str, problems: Problems, *, any_case: bool = False
    ) -> None:
        self.pointer = pointer
        self.problems = problems
        self._any_case = any_case
        self._members: Mapping[str, JSON] = value if isinstance(value, dict) else {}
        if not isinstance(value, dict):
            problems.add(pointer, f"expected an object, found {found(value)}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def in_any_case(self) -> Reader:
        """Give a reader of the same object that matches keys in any letter case."""
        members = {key: self.value(key) for key in self}
        return Reader(members, self.pointer, self.problems, any_case=True)

    def has(self, key: str) -> bool:
        """Tell whether a key is there and not null."""
        return self.value(key) is not None

    def value(self, key: str) -> JSON:
        """Give the value as it is written; None when there is none."""
        return self._members.get(self._spelled(key))

    def text(self, key: str, default: str = REQUIRED) -> str:
        """Read a text."""
        value = self._typed(key, default, str, "a text")
        return value if isinstance(value, str) else ""

    def choice(self, key: str, options: Collection[str], default: str = REQUIRED) -> str:
        """Read a text that must be one of some words."""
        value = self.text(key, default)
        if self.has(key) and value not in options and isinstance(self.value(key), str):
            words = ", ".join(f'"{option}"' for option in options)
            near = close_to(value, options)
            self.problem(
                key, f"expected one of {words}, found {found(value)}", f'"{near}"' if near else ""
            )
        return value

    def boolean(self, key: str, default: bool = REQUIRED) -> bool:
        """Read true or false."""
        return self._typed(key, default, bool, "true or false") is True

    def integer(
        self,
        key: str,
        default: int = REQUIRED,
        *,
        minimum: int | None = None,
        maximum: int | None = None,
    ) -> int:
        """Read a whole number; ``3.0`` is one."""
        value = self.value(key)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        else:
            value = self._typed(key, default, int, "a whole number")
        if not isinstance(value, int):
            return 0
        return int(self._bounded(key, value, minimum, maximum))

    def number(
        self,
        key: str,
        default: float = REQUIRED,
        *,
        minimum: float | None = None,
        maximum: float | None = None,
    ) -> float:
        """Read a number."""
        value = self._typed(key, default, (int, float), "a number")
        if isinstance(value, (int, float)):
            return float(self._bounded(key, value, minimum, maximum))
        return 0.0

    def duration(self, key: str, default: float = REQUIRED) -> float:
        """Read a duration such as ``"2s"``, in seconds.  The default is in seconds, too."""
        expected = 'a duration such as "2s"'
        value = self._typed(key, default, str, expected)
        if not isinstance(value, str):
            return value if isinstance(value, (int, float)) else 0.0
        try:
            return duration(value)
        except ValueError:
            self.problem(key, f"expected {expected}, found {found(value)}", duration_like(value))
            return 0.0

    def texts(self, key: str, default: Collection[str] = REQUIRED) -> tuple[str, ...]:
        """Read a list of texts."""
        value = self._typed(key, default, list, "a list of texts")
        if not isinstance(value, list):
            return () if value is REQUIRED else tuple(value)
        for number, item in enumerate(value):
            if not isinstance(item, str):
                place = below(self.place(key), number)
                self.problems.add(place, f"expected a text, found {found(item)}")
        return tuple(item for item in value if isinstance(item, str))

    def mapping(self, key: str, default: Mapping[str, JSON] = REQUIRED) -> dict[str, JSON]:
        """Read an object with any values."""
        value = self._typed(key, default, dict, "an object")
        return {} if value is REQUIRED else dict(value)

    def items(self, key: str, default: Collection[JSON] = REQUIRED) -> list[JSON]:
        """Read a list with any values."""
        value = self._typed(key, default, list, "a list")
        return [] if value is REQUIRED else list(value)

    def child(self, key: str) -> Reader | None:
        """Read an object inside of this one; None when there is none."""
        value = self.value(key)
        return None if value is None else self._reader(value, self.place(key))

    def children(self, key: str) -> list[Reader]:
        """Read a list of objects; items that are none are reported and left out."""
        place = self.place(key)
        value = self._typed(key, [], list, "a list of objects")
        readers = [self._reader(item, below(place, n)) for n, item in enumerate(value)]
        return [reader for reader, item in zip(readers, value, strict=True) if type(item) is dict]

    def known(self, *keys: str) -> None:
        """Warn about keys that are nearly one of these."""
        for key in self._members:
            exact = key in keys or (self._any_case and key.lower() in keys)
            near = "" if exact or is_comment(key) else close_to(key, keys)
            if near:
                self.problems.add(
                    below(self.pointer, key),
                    f'unknown key "{key}" is ignored',
                    f'"{near}"',
                    fatal=False,
                )

    def problem(self, key: str, message: str, suggestion: str = "", *, fatal: bool = True) -> None:
        """Report something about a key; "" is the object itself."""
        place = self.place(key) if key else self.pointer
        self.problems.add(place, message, suggestion, fatal=fatal)

    def place(self, key: str) -> str:
        """Point at a key, in the spelling of the file."""
        return below(self.pointer, self._spelled(key))

    def _spelled(self, key: str) -> str:
        if key in self._members or not self._any_case:
            return key
        return next((other for other in self._members if other.lower() == key.lower()), key)

    def _typed(self, key: str, default: Any, kind: type | tuple[type, ...], expected: str) -> Any:
        """Give the value when it is of a type, else the default, which may be `REQUIRED`."""
        value = self.value(key)
        if value is None:
            if default is REQUIRED:
                self.problem("", f'expected {expected} as "{key}", found nothing')
            return default
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
        shown = "something else" if sounds_secret(key) else found(value)
        self.problem(key, f"expected {expected}, found {shown}")
        return default

    def _bounded(self, key: str, value: Any, minimum: float | None, maximum: float | None) -> Any:
        if minimum is not None and value < minimum:
            self.problem(key, f"expected {minimum} or more, found {value}")
            return minimum
        if maximum is not None and value > maximum:
            self.problem(key, f"expected {maximum} or less, found {value}")
            return maximum
        return value

    def _reader(self, value: JSON, pointer: str) -> Reader:
        return Reader(value, pointer, self.problems, any_case=self._any_case)
