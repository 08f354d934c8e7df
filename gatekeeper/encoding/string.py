"""
Pass text through as the value of one key.

Bytes that are no UTF-8 must leave as they came, but be ``\\ufffd`` in JSON.  So they are
kept as lone surrogates (``surrogateescape``), which no other decoder lets in.

Source: KrakenD's behaviour, conformance case ``encodings-string``.
"""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.message import JSON, Number

__all__ = ["dumps", "loads"]


def loads(body: bytes) -> dict[str, JSON]:
    """Put a whole body under ``content``; this never fails."""
    return {"content": body.decode("utf-8", "surrogateescape")}


def dumps(data: Mapping[str, JSON] | None) -> bytes:
    """Give the text under ``content``, or nothing when there is none."""
    content = data.get("content") if data else None
    if not isinstance(content, str) or isinstance(content, Number):
        return b""
    return content.encode("utf-8", "surrogateescape")
