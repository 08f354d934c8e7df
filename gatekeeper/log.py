"""
The application log, as components see it.

Levels are KrakenD's: DEBUG, INFO, NOTICE, WARNING, ERROR, CRITICAL.  A level that is
switched off is a function that does nothing, so a call costs next to nothing; ask
`debugs` before preparing an expensive message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

__all__ = ["LEVELS", "Log", "Write"]

LEVELS = ("DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL")

Write: TypeAlias = Callable[[str, str], None]
"""Takes a level and a text of one line."""


def _nothing(*parts: object) -> None:
    pass


def _text(part: object) -> str:
    if isinstance(part, bool):
        return "true" if part else "false"
    return str(part)


class Log:
    """
    Six ways to say something.

    Args:
        write: Where lines go; must not raise.
        level: The lowest level that is written.
    """

    def __init__(self, write: Write, level: str = "DEBUG") -> None:
        lowest = LEVELS.index(level)
        self.debugs = lowest == 0

        def method(name: str) -> Callable[..., None]:
            if LEVELS.index(name) < lowest:
                return _nothing

            def say(*parts: object) -> None:
                write(name, " ".join(map(_text, parts)))

            return say

        self.debug = method("DEBUG")
        self.info = method("INFO")
        self.notice = method("NOTICE")
        self.warning = method("WARNING")
        self.error = method("ERROR")
        self.critical = method("CRITICAL")

    def say(self, level: str, text: str) -> None:
        """Say something at a level that was decided elsewhere."""
        getattr(self, level.lower())(text)
