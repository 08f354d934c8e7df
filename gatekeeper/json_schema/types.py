"""Name the types of JSON values."""

from __future__ import annotations

from gatekeeper.message import JSON

__all__ = ["type_of"]


def type_of(value: JSON) -> str:
    """Name the type of a value; all numbers are ``number``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "number"
