"""
Translate placeholders: ``/users/{id}`` to the router's ``/users/:id``, and
``/u?id={id}`` of a backend to tokens that are replaced per request, ``/u?id={{.Id}}``.

The rules are narrower than they look (a placeholder must follow a slash, for example), and
files rely on what does *not* match: it stays literal text.

Source: conformance cases ``routing-params``, ``url-pattern`` and ``refuse-endpoints``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

__all__ = ["ParameterMismatch", "capitalised", "clean_path", "endpoint_path", "url_pattern"]

_AFTER_SLASH = re.compile(r"/\{([a-zA-Z0-9_-]+)\}")
_ANYWHERE = re.compile(r"\{([a-zA-Z0-9_.:/-]+)\}")
_SPECIAL = re.compile(r"resp[0-9]+_.+|JWT\.[a-zA-Z0-9_.:/-]+")


class ParameterMismatch(Exception):
    """
    A backend wants a parameter that its endpoint does not have.

    Attributes:
        kind: The beginning of KrakenD's message.
        outputs: All names in the pattern, sorted.
    """

    def __init__(self, kind: str, outputs: Sequence[str]) -> None:
        super().__init__(kind)
        self.kind = kind
        self.outputs = outputs

    def message(self, method: str, path: str, backend: int, inputs: Sequence[str]) -> str:
        """Write KrakenD's sentence about it."""
        return (
            f"{self.kind} endpoint: {method} {path}, backend: {backend}. "
            f"input: [{' '.join(inputs)}], output: [{' '.join(self.outputs)}]"
        )


def clean_path(path: str) -> str:
    """Give exactly one leading slash; a second one is part of the path."""
    return path if path[:1] == "/" else "/" + path


def endpoint_path(path: str, relaxed: bool) -> tuple[str, tuple[str, ...]]:
    """
    Rewrite an endpoint's path for the router.

    Args:
        relaxed: ``disable_rest``: placeholders may stand anywhere.

    Returns:
        The path in router syntax, and the names, sorted.
    """
    if "{" not in path:
        return path, ()
    names = sorted(set((_ANYWHERE if relaxed else _AFTER_SLASH).findall(path)))
    head, mark, query = path.partition("?")
    for name in names:
        head = head.replace(f"{{{name}}}", f":{name}")
    return head + mark + query, tuple(names)


def url_pattern(pattern: str, inputs: Collection[str]) -> str:
    """
    Rewrite a backend's pattern.

    Args:
        pattern: With a leading slash.
        inputs: Names that the endpoint's path has.

    Raises:
        ParameterMismatch: A name is neither one of them nor special: ``resp0_...`` of a
            sequence, ``JWT....`` of a token.
    """
    if "{" not in pattern:
        return pattern
    outputs = sorted(set(_ANYWHERE.findall(pattern)))
    plain = [name for name in outputs if not _SPECIAL.fullmatch(name)]
    # Kept for compatibility: the alphabetically last name is not counted.
    if sum(name != outputs[-1] for name in plain) > len(inputs):
        raise ParameterMismatch("input and output params do not match.", outputs)
    for name in plain:
        if name not in inputs:
            raise ParameterMismatch(f"undefined output param '{name}'!", outputs)
    return _ANYWHERE.sub(lambda match: f"{{{{.{capitalised(match[1])}}}}}", pattern)


def capitalised(name: str) -> str:
    """Spell a parameter as requests carry it: ``id`` is ``Id``, ``my-id`` is ``My-id``."""
    return name[:1].upper() + name[1:]
