"""
Read a JSON Web Key Set.

All or nothing: one key that cannot be read makes the whole set unusable, as in the original,
so that nobody has to guess which keys are in force.

Source: RFC 7517, section 5; conformance case ``key-sets``.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from gatekeeper.errors import GatekeeperError
from gatekeeper.jose.keys import Key, UnusableKey, read_key

__all__ = ["UnusableKeySet", "read_key_set"]


class UnusableKeySet(GatekeeperError):
    """A document is no key set, or one of its keys cannot be read."""


def read_key_set(document: bytes) -> Sequence[Key]:
    """
    Read the keys of a document, in its order; there may be none.

    Raises:
        UnusableKeySet: With the reason, which never shows a part of a key.
    """
    try:
        value = orjson.loads(document)
    except ValueError as error:
        raise UnusableKeySet("the key set is no JSON") from error
    keys = value.get("keys") if isinstance(value, dict) else None
    if keys is None and isinstance(value, dict):
        return ()
    if not isinstance(keys, list):
        raise UnusableKeySet('expected an object with a list "keys"')
    read = []
    for number, key in enumerate(keys):
        try:
            read.append(read_key(key))
        except UnusableKey as error:
            raise UnusableKeySet(f"key #{number} of the set: {error}") from error
    return tuple(read)
