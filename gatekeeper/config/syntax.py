"""Say that a text is not what its format promises."""

from __future__ import annotations

__all__ = ["SyntaxMistake", "line_and_column"]


class SyntaxMistake(Exception):
    """
    A text cannot be parsed.

    Attributes:
        message: What was expected and what was found.
        line, column: From 1; 0 means unknown.
        suggestion: What may help, or "".
    """

    def __init__(self, message: str, line: int = 0, column: int = 0, suggestion: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.suggestion = suggestion


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Count the line and the column of a character, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
