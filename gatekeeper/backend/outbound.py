"""
Carry requests that are the gateway's own, such as those for tokens.

The HTTP client with two additions: it goes through the proxy that the environment names,
and it unpacks what came as gzip, within the limits of `gatekeeper.backend.compression`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen
from twisted.internet.defer import Deferred

from gatekeeper.backend.compression import content_encoding, unpacked_body
from gatekeeper.backend.exchange import Send, sending
from gatekeeper.backend.proxies import route
from gatekeeper.message import Body
from gatekeeper.wire.client import Answer, HTTPExchanges, Origin

__all__ = ["Outbound", "outbound"]

_GONE = frozenset({"content-encoding", "content-length"})


@frozen
class Outbound:
    """An `HTTPExchanges` for treq."""

    send: Send

    def request(
        self,
        origin: Origin,
        method: str,
        target: str,
        headers: Sequence[tuple[str, str]],
        body: Body = b"",
    ) -> Deferred[Answer]:
        """
        Send one request.

        Raises (through the Deferred):
            TransportError: What claims to be gzip is not, or there is no way there.
            ExchangeError, ValueError: See `HTTPExchanges.request`.
        """
        return Deferred.fromCoroutine(self._exchange(origin, method, target, headers, body))

    async def _exchange(
        self,
        origin: Origin,
        method: str,
        target: str,
        headers: Sequence[tuple[str, str]],
        body: Body,
    ) -> Answer:
        answer = await self.send(origin, method, target, headers, body)
        if answer.body == b"" or content_encoding(answer.headers).lower() != "gzip":
            return answer
        kept = [line for line in answer.headers if line[0].lower() not in _GONE]
        body = unpacked_body(answer.body)
        return answer._replace(headers=kept, body=body, length=None, encoded=False)


def outbound(http: HTTPExchanges, environ: Mapping[str, str]) -> Outbound:
    """
    Make one.

    Raises:
        ConfigError: A variable of the environment names no usable proxy.
    """
    return Outbound(sending(http, route(environ)))
