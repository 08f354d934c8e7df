"""
Keep a message on one line, whatever clients and backends put into it.
"""

from __future__ import annotations

__all__ = ["clean"]

_ESCAPES = {code: f"\\x{code:02x}" for code in [*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029]}
_ESCAPES.update({ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\t"})


def clean(text: str) -> str:
    """Write control characters as escapes; a tab may stay."""
    return text if text.isprintable() else text.translate(_ESCAPES)
