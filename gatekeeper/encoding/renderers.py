"""
Choose how data becomes a client's body.

Source: KrakenD documentation, "Content types returned to the end-user"; conformance
cases ``output-fallback`` and ``output-negotiate``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from gatekeeper.config.model import Backend
from gatekeeper.encoding import json, string, xml, yaml
from gatekeeper.encoding.negotiate import choose
from gatekeeper.message import Decoded

__all__ = ["Renderer", "renderer"]

Renderer: TypeAlias = Callable[[Decoded, str], tuple[str, bytes]]
"""From a response and the client's ``Accept`` to content type and body."""

_JSON: Final = "application/json; charset=utf-8"
_TEXT: Final = "text/plain; charset=utf-8"
_XML: Final = "application/xml"
_YAML: Final = "application/yaml; charset=utf-8"


def renderer(output_encoding: str, backends: Sequence[Backend]) -> Renderer:
    """
    Give the renderer of an endpoint; names count with their letter case.

    Args:
        output_encoding: An unknown name means the encoding of the only backend when
            that names a renderer, and JSON otherwise.
        backends: All of the endpoint's, shadow backends too.
    """
    known = _RENDERERS.get(output_encoding)
    if known is None and len(backends) == 1:
        known = _RENDERERS.get(backends[0].encoding)
    return known or _as_json


def _as_json(response: Decoded, _: str) -> tuple[str, bytes]:
    return _JSON, json.dumps(response.data)


def _as_collection(response: Decoded, _: str) -> tuple[str, bytes]:
    return _JSON, json.dumps((response.data or {}).get("collection", []))


def _as_string(response: Decoded, _: str) -> tuple[str, bytes]:
    return _TEXT, string.dumps(response.data)


def _as_xml(response: Decoded, _: str) -> tuple[str, bytes]:
    return _XML, xml.dumps(response.data)


def _as_yaml(response: Decoded, _: str) -> tuple[str, bytes]:
    return _YAML, yaml.dumps(response.data)


def _negotiated(response: Decoded, accept: str) -> tuple[str, bytes]:
    return _OFFERED[choose(accept)](response, accept)


def _nothing(_: Decoded, __: str) -> tuple[str, bytes]:
    """Data has no bytes of its own that could pass through."""
    return "", b""


_OFFERED: Final[dict[str, Renderer]] = {
    "application/json": _as_json,
    "text/plain": _as_yaml,
    "application/xml": _as_xml,
    "application/x-yaml": _as_yaml,
}

_RENDERERS: Final[dict[str, Renderer]] = {
    "json": _as_json,
    "json-collection": _as_collection,
    "string": _as_string,
    "xml": _as_xml,
    "yaml": _as_yaml,
    "negotiate": _negotiated,
    "no-op": _nothing,
}
