"""
Regular expressions of configuration files: RE2, as the original has them.

RE2 looks at each byte of a text once, so no client can make a match expensive.  What it
cannot do (look-around, back-references) is a mistake of the configuration.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import re2

__all__ = ["Finds", "finder"]

Finds: TypeAlias = Callable[[bytes], bool]
"""Tells whether a pattern matches anywhere in a text, which is UTF-8 or nearly so."""

_QUIET = re2.Options()
_QUIET.log_errors = False


def finder(pattern: str) -> Finds:
    """
    Compile a pattern.

    Raises:
        ValueError: It is none; the text says why, for people.
    """
    try:
        search = re2.compile(pattern.encode(), _QUIET).search
    except re2.error as error:
        reason = error.args[0] if error.args else error
        shown = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(shown) from error
    return lambda text: search(text) is not None
