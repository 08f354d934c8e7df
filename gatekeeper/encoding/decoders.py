"""
Choose how a backend's body becomes data.

Source: KrakenD documentation, "Supported backend encodings".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gatekeeper.encoding import json, rss, safejson, string, xml
from gatekeeper.errors import DecodeError
from gatekeeper.message import JSON, Number

__all__ = ["Decoder", "decoder"]

Decoder: TypeAlias = Callable[[bytes], dict[str, JSON] | None]
"""From a whole body to data; None only for a body that was ``null``.  Raises `DecodeError`."""


def decoder(encoding: str, is_collection: bool, version: int = 3) -> Decoder:
    """
    Give the decoder of a backend.

    Args:
        encoding: In any letter case; unknown names mean JSON.
        is_collection: Whether the body is a list (for XML: wrap it all the same).
        version: Of the configuration file.
    """
    match encoding.lower():
        case "safejson":
            return safejson.loader("result" if version == 2 else "content")
        case "string":
            return string.loads
        case "xml":
            return _collected_xml if is_collection else xml.loads
        case "rss":
            return rss.loads
        case "no-op":
            return _nothing
    return _json_list if is_collection else _json_object


def _json_object(body: bytes) -> dict[str, JSON] | None:
    value = json.loads(body)
    if value is None or type(value) is dict:
        return value
    raise _wrong_kind(value, "map[string]interface {}")


def _json_list(body: bytes) -> dict[str, JSON]:
    value = json.loads(body)
    if value is None or type(value) is list:
        return {"collection": value}
    raise _wrong_kind(value, "[]interface {}")


def _wrong_kind(value: JSON, wanted: str) -> DecodeError:
    return DecodeError(f"json: cannot unmarshal {_kind(value)} into Go value of type {wanted}")


def _kind(value: JSON) -> str:
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "array"
    if isinstance(value, bool):
        return "bool"
    return "string" if isinstance(value, str) and not isinstance(value, Number) else "number"


def _collected_xml(body: bytes) -> dict[str, JSON]:
    return {"collection": xml.loads(body)}


def _nothing(_: bytes) -> dict[str, JSON]:
    """Decode nothing: with `no-op` the body is not data."""
    return {}
