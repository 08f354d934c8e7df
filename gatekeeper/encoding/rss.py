"""
Read feeds as data: RSS, Atom and JSON Feed, whichever a body turns out to be.

Source: KrakenD documentation, "Supported backend encodings"; conformance case
``encodings-rss``.
"""

from __future__ import annotations

from typing import Final

from gatekeeper.encoding import json
from gatekeeper.encoding.feeds import atom, rss
from gatekeeper.encoding.feeds import json as json_feed
from gatekeeper.encoding.feeds.tree import parse
from gatekeeper.errors import DecodeError
from gatekeeper.message import JSON

__all__ = ["loads"]

_IN_FRONT: Final = b" \r\n\t\xfe\xff\x00\xef\xbb\xbf"  # white space and byte-order marks


def loads(body: bytes) -> dict[str, JSON]:
    """
    Decode a feed.

    Items, persons and the like are `Ordered`: they keep their order of keys, and no
    filter looks into them.

    Raises:
        DecodeError: It is no feed, or a broken one.
    """
    body = body.lstrip(_IN_FRONT)
    if body[:1] == b"{":
        return json_feed.read(_whole_object(body))
    if body[:1] == b"<":
        root = parse(body)
        if root.key in {"rss", "rdf"}:
            return rss.read(root)
        if root.key == "feed":
            return atom.read(root)
    raise _unknown()


def _whole_object(body: bytes) -> dict[str, JSON]:
    """Decode a body that must be one object and nothing behind it."""
    try:
        value = json.loads(body)
        rest = json.first_value(body.rstrip()[:-1])
    except DecodeError:
        raise _unknown() from None
    if rest or not isinstance(value, dict):
        raise _unknown()
    return value


def _unknown() -> DecodeError:
    return DecodeError("Failed to detect feed type")
