"""
Decode JSON of any kind: what is no object is put under a key.

Source: KrakenD documentation, "Supported backend encodings", ``safejson``.
"""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.encoding import json
from gatekeeper.message import JSON

__all__ = ["loader"]


def loader(scalar_key: str) -> Callable[[bytes], dict[str, JSON]]:
    """
    Build a decoder.

    Args:
        scalar_key: Where scalars and null are put: ``content``, in version 2 ``result``.
            Lists are always put under ``collection``.
    """

    def loads(body: bytes) -> dict[str, JSON]:
        value = json.loads(body)
        if isinstance(value, dict):
            return value
        return {"collection" if isinstance(value, list) else scalar_key: value}

    return loads
