"""
Tell whether a token was revoked, from its claims.

The validator asks this after it has verified a token and before it looks at roles.

Source: specification of authentication, section 3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from gatekeeper.config.model import ServiceConfig
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems
from gatekeeper.message import JSON
from gatekeeper.nodewide.interface import NodeState
from gatekeeper.revocation.filters import SlidingFilter
from gatekeeper.revocation.settings import NAMESPACE, Revocation

__all__ = ["IsRevoked", "element", "rejecter"]

IsRevoked: TypeAlias = Callable[[Mapping[str, JSON]], bool]
"""Takes the claims of a valid token; True refuses it."""


class _HasNode(Protocol):
    """What of a `Runtime` is needed here."""

    @property
    def node(self) -> NodeState: ...


def rejecter(service: ServiceConfig, runtime: _HasNode, problems: Problems) -> IsRevoked | None:
    """
    Make the function that knows revoked tokens, or give None when none can be revoked.

    Args:
        service: Where ``auth/revoker`` stands.
        runtime: Lends the memory of the node.
        problems: Gets what is wrong with the settings; then every token counts as revoked.
    """
    found = service.extra_config.get(NAMESPACE)
    if found is None:
        return None
    mistakes = Problems()
    settings = Revocation.read(Reader(found.value, found.pointer, mistakes))
    for one in mistakes.found:
        problems.add(one.pointer, one.message, one.suggestion, fatal=one.fatal)
    if mistakes.fatal:
        return lambda _: True
    revoked = SlidingFilter(settings, runtime.node)
    keys = tuple(dict.fromkeys(settings.token_keys))

    def is_revoked(claims: Mapping[str, JSON]) -> bool:
        for key in keys:
            value = claims.get(key)
            if type(value) is str and element(key, value) in revoked:  # a Number is no text
                return True
        return False

    return is_revoked


def element(key: str, value: str) -> bytes:
    """Give what stands for a claim in the filter, e.g. ``jti-5f2c``."""
    return f"{key}-{value}".encode("utf-8", "replace")
