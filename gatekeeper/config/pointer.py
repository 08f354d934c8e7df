"""Point at a value in a configuration: RFC 6901 pointers, and the paths that people read."""

from __future__ import annotations

import re

__all__ = ["below", "path", "steps"]

_PLAIN = re.compile(r"[A-Za-z_@$#][A-Za-z0-9_@$#-]*")


def below(pointer: str, key: str | int) -> str:
    """Point at a member of what `pointer` points at."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"


def steps(pointer: str) -> list[str]:
    """Give the keys and indexes that a pointer goes through."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def path(pointer: str) -> str:
    """
    Write a pointer as KrakenD's messages do: ``endpoints[0].backend[1].host``.

    Keys that are no plain words are quoted: ``extra_config["auth/validator"].alg``.
    """
    written = ""
    for step in steps(pointer):
        if step.isdigit():
            written += f"[{step}]"
        elif _PLAIN.fullmatch(step):
            written += f".{step}" if written else step
        else:
            written += f'["{step}"]'
    return written
