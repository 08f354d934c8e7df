"""
The client's second door: an ``IAgent`` on the pool, for treq.

The plain exchange of the hot path calls the pool itself.  What needs redirects, decoding of
contents, cookies or authentication goes through treq, which goes through this.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail
from twisted.web.client import URI
from twisted.web.error import SchemeNotSupported
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer
from zope.interface import implementer

from gatekeeper.wire.agent_response import AgentRequest, AgentResponse
from gatekeeper.wire.client import Answer, HTTPExchanges, Origin
from gatekeeper.wire.produced_body import ProducedBody

__all__ = ["PooledAgent"]


@implementer(IAgent)
class PooledAgent:
    """An ``IAgent`` whose connections are those of a pool."""

    def __init__(self, pool: HTTPExchanges) -> None:
        self._pool = pool

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[AgentResponse]:
        """
        Send a request; fires when the response's head is there.

        Raises (through the Deferred):
            SchemeNotSupported: Neither ``http`` nor ``https``.
            ExchangeError, ValueError: As `HTTPExchanges.request`.
        """
        headers = headers or Headers()
        asked = AgentRequest(method, uri, headers)
        try:
            origin, target = _parse(uri)
        except (SchemeNotSupported, ValueError):
            return fail()
        lines = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in headers.getAllRawHeaders()
            for value in values
        ]
        body = b"" if bodyProducer is None else ProducedBody(bodyProducer)
        answered = self._pool.request(origin, method.decode("latin-1"), target, lines, body)

        def respond(answer: Answer) -> AgentResponse:
            return AgentResponse(asked, answer)

        return answered.addCallback(respond)


def _parse(uri: bytes) -> tuple[Origin, str]:
    """Take an absolute URI apart."""
    parts = URI.fromBytes(uri)
    if parts.scheme not in {b"http", b"https"}:
        raise SchemeNotSupported(f"unsupported protocol scheme {parts.scheme.decode('latin-1')!r}")
    host = parts.host.decode("ascii")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if not host or "@" in host:
        raise ValueError("expected a host, without user and password, in the URI")
    return Origin(parts.scheme.decode("ascii"), host, parts.port), parts.originForm.decode(
        "latin-1"
    )
