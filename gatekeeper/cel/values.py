"""
Give expressions what they may look at: plain values of requests, responses and tokens.

Numbers that a backend wrote are texts, as the backend spelled them; numbers of our own, such
as those of static data, are doubles, and so are all numbers of a token.  Bytes that are no
UTF-8 become U+FFFD, which an expression can hold.

Source: KrakenD documentation, "Common Expression Language"; conformance cases
``cel-requests``, ``cel-responses`` and ``cel-tokens``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import orjson

from gatekeeper.message import JSON, Decoded, Double, Headers, Number, Request, Response, canonical

__all__ = ["Values", "of_request", "of_response", "of_token", "stamp"]

Values: TypeAlias = dict[str, Any]
"""Names of variables to plain values."""


def of_request(names: Collection[str]) -> Callable[[Request, Values], None]:
    """Make a function that adds these variables of a request."""
    wanted = [(name, _REQUEST[name]) for name in _REQUEST if name in names]

    def add(request: Request, values: Values) -> None:
        for name, value in wanted:
            values[name] = value(request)

    return add


def of_response(names: Collection[str]) -> Callable[[Response, Values], None]:
    """Make a function that adds these variables of a response."""
    wanted = [(name, _RESPONSE[name]) for name in _RESPONSE if name in names]

    def add(response: Response, values: Values) -> None:
        for name, value in wanted:
            values[name] = value(response)

    return add


def of_token(claims: Mapping[str, JSON]) -> Values:
    """Give the variable of a token."""
    return {"JWT": {_text(name): _claim(value) for name, value in claims.items()}}


def stamp(seconds: float) -> str:
    """
    Write a time in the server's zone, in milliseconds, without zeros at their end.

    Args:
        seconds: Since the epoch.
    """
    time = datetime.fromtimestamp(seconds).astimezone()
    milliseconds = f".{time.microsecond // 1000:03d}".rstrip("0").rstrip(".")
    zone = f"{time:%z}"
    zone = "Z" if zone.strip("+-0") == "" else f"{zone[:3]}:{zone[3:5]}"
    return f"{time:%Y-%m-%dT%H:%M:%S}{milliseconds}{zone}"


def _text(text: str) -> str:
    """Give text that an expression can hold."""
    if text.isascii():
        return str(text)
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _wire_text(text: str) -> str:
    """Read bytes of the wire, one character for each, as UTF-8."""
    return str(text) if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")


def _headers(headers: Headers) -> dict[str, list[str]]:
    return {
        _wire_text(name): [_wire_text(value) for value in values]
        for name, values in headers.items()
    }


def _query(query: Headers) -> dict[str, list[str]]:
    return {_text(name): [_text(value) for value in values] for name, values in query.items()}


def _params(params: Mapping[str, str]) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in params.items()}


def _completed(response: Response) -> bool:
    return response.complete if isinstance(response, Decoded) else True


def _status(response: Response) -> int:
    return 0 if isinstance(response, Decoded) else response.status


def _lines(response: Response) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if not isinstance(response, Decoded):
        for name, value in response.headers:
            found.setdefault(canonical(name), []).append(_wire_text(value))
    return found


def _data(response: Response) -> dict[str, Any]:
    if not isinstance(response, Decoded) or response.data is None:
        return {}
    return {_text(name): _plain(value) for name, value in response.data.items()}


def _plain(value: JSON) -> Any:
    """Copy data; numbers of backends become texts."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_text(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Double):
        return float(value)
    return orjson.dumps(value).decode() if isinstance(value, float) else str(value)


def _claim(value: JSON) -> Any:
    """Copy a claim; numbers become doubles."""
    if isinstance(value, Number) or (
        isinstance(value, int | float) and value.__class__ is not bool
    ):
        return float(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {_text(name): _claim(item) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [_claim(item) for item in value]
    return value


_REQUEST: Mapping[str, Callable[[Request], object]] = {
    "req_method": lambda request: _text(request.method),
    "req_path": lambda request: _text(request.path),
    "req_params": lambda request: _params(request.params),
    "req_headers": lambda request: _headers(request.headers),
    "req_querystring": lambda request: _query(request.query),
}

_RESPONSE: Mapping[str, Callable[[Response], object]] = {
    "resp_completed": _completed,
    "resp_metadata_status": _status,
    "resp_metadata_headers": _lines,
    "resp_data": _data,
}
