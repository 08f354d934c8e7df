"""Answer 404, 405 and other requests that no endpoint gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from gatekeeper.encoding.json import dumps
from gatekeeper.message import JSON, Double, Lines
from gatekeeper.web.options import RouterOptions
from gatekeeper.wire.h1_write import PreparedLines

__all__ = ["BAD_REQUEST", "Plain", "not_allowed", "not_found", "refused_parameters"]

_TEXT = ("Content-Type", "text/plain; charset=utf-8")
_PLAIN = ("Content-Type", "text/plain")
_JSON = ("Content-Type", "application/json; charset=utf-8")
_INCOMPLETE = ("X-Krakend-Completed", "false")
_USUAL = {404: b"404 page not found", 405: b"405 method not allowed"}


@frozen
class Plain:
    """An answer that is ready to be written."""

    status: int
    headers: Lines
    body: bytes


BAD_REQUEST = Plain(400, (_TEXT,), b"400 Bad Request")


def not_found(options: RouterOptions, version: int, product: str) -> Plain:
    """
    Make the answer to a path that is not served.

    Args:
        version: Of the configuration; 1.x did not name itself here.
        product: The value of ``X-Krakend``.
    """
    named = () if version == 2 else (("X-Krakend", product),)
    return _answer(404, options.error_body, (*named, _INCOMPLETE))


def not_allowed(
    options: RouterOptions, version: int, product: str, methods: Sequence[str]
) -> Plain:
    """Make the answer to a path that is served for other methods."""
    named = () if version == 2 else (("X-Krakend", product), _INCOMPLETE)
    return _answer(405, options.error_body, (*named, ("Allow", ", ".join(methods))))


def refused_parameters(reason: str) -> Plain:
    """Make the answer to parameters that must not reach a backend."""
    return Plain(400, (_TEXT,), reason.encode("utf-8", "surrogateescape"))


def _answer(status: int, bodies: Mapping[int, JSON], headers: Lines) -> Plain:
    if status in bodies:
        lines = PreparedLines((*headers, _JSON))
        return Plain(status, lines, dumps(_doubles(bodies[status])))
    return Plain(status, PreparedLines((*headers, _PLAIN)), _USUAL[status])


def _doubles(value: JSON) -> JSON:
    """Read every number as a double, as the original does with these bodies."""
    if isinstance(value, dict):
        return {key: _doubles(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_doubles(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Double(value)
    return value
