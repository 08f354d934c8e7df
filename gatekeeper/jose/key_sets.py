"""
What the endpoints of one gateway share: key sets, their clients, verified tokens.

A key set is shared by those who name the same URL *and* trust its server in the same way, so
that an endpoint that checks certificates never takes keys from one that does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred

from gatekeeper.jose.client import Document, Trust, fetch, key_client
from gatekeeper.jose.download import KeySetDownload
from gatekeeper.jose.edges import Edges
from gatekeeper.jose.rings import RemoteKeys
from gatekeeper.jose.verified import VerifiedTokens
from gatekeeper.wire.client import HTTPExchanges

__all__ = ["KeySets"]


class KeySets:
    """
    Made once for a gateway, by whoever needs it first.

    Attributes:
        verified: Tokens whose signature was verified before.
    """

    def __init__(self) -> None:
        self.verified = VerifiedTokens()
        self._clients: dict[Trust, HTTPExchanges] = {}
        self._downloads: dict[Any, KeySetDownload] = {}
        self._prefetched: set[KeySetDownload] = set()

    @classmethod
    def of(cls, shared: dict[str, Any]) -> KeySets:
        """Give the one of a gateway, out of what its components share."""
        found: KeySets = shared.setdefault("jose", cls())
        return found

    def download(
        self, kind: str, url: str, trust: Trust, edges: Edges, types: Sequence[str]
    ) -> KeySetDownload:
        """
        Give the key set of a URL.

        Args:
            kind: The namespace that asks, for the board.
            types: Beginnings of accepted content types.

        Raises:
            ConfigError: The server cannot be reached with these settings.
        """
        name = (url, trust, tuple(types))
        if name not in self._downloads:
            client = self._client(trust, edges)

            def get(place: str) -> Deferred[Document]:
                return Deferred.fromCoroutine(fetch(place, client))

            made = KeySetDownload(f"key set {name}", url, get, edges, types)
            edges.board.add(kind, made.url, made.facts)
            self._downloads[name] = made
        return self._downloads[name]

    def prefetch(self, source: KeySetDownload, keys: RemoteKeys, edges: Edges) -> None:
        """Download a key set as soon as the gateway runs, for the first who asks."""
        if source not in self._prefetched:
            self._prefetched.add(source)
            edges.clock.callLater(0, keys.prefetch)

    def _client(self, trust: Trust, edges: Edges) -> HTTPExchanges:
        if trust not in self._clients:
            self._clients[trust] = key_client(trust, edges)
        return self._clients[trust]
