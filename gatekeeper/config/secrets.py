"""Keep passwords out of messages and dumps."""

from __future__ import annotations

import re

from gatekeeper.message import JSON

__all__ = ["masked", "sounds_secret", "without_secrets"]

MASK = "***"

_WORDS = r"(?:password|passwd|secret|token|api_?key|credential)"
_NAME = re.compile(_WORDS, re.IGNORECASE)
_USER = re.compile(r"//[^/@\s\"']*@")
_MEMBER = re.compile(
    rf"""([\w-]{{0,40}}{_WORDS}\w{{0,40}}["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,{{}}\[\]]+)""",
    re.IGNORECASE,
)


def without_secrets(text: str) -> str:
    """Mask users in URLs, and values of keys that sound secret, in a line of text."""
    return _MEMBER.sub(rf'\1"{MASK}"', _USER.sub(f"//{MASK}@", text))


def sounds_secret(key: str) -> bool:
    """Tell whether the value of a key is nobody's business."""
    return _NAME.search(key) is not None


def masked(value: JSON) -> JSON:
    """Copy a value; texts and numbers under keys that sound secret become ``***``."""
    if isinstance(value, dict):
        return {
            key: MASK if sounds_secret(key) and not _is_harmless(item) else masked(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [masked(item) for item in value]
    return _USER.sub(f"//{MASK}@", value) if isinstance(value, str) else value


def _is_harmless(value: JSON) -> bool:
    return value is None or isinstance(value, (bool, dict))
