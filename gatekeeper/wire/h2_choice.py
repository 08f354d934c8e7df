"""
Find out which version of HTTP a connection speaks.

With TLS the handshake has agreed on it.  Without TLS, and only where that is wanted, the
first bytes tell: HTTP/2's preface, or an HTTP/1.1 request that asks for the change.  The
change is made for the first request of a connection, if it has no body; as RFC 7540,
section 3.2, has it, the request is answered as HTTP/1.1 otherwise.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Any, cast

from attrs import frozen
from twisted.internet.interfaces import IHalfCloseableProtocol, ISSLTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from gatekeeper.wire.h1_channel import HTTPChannel
from gatekeeper.wire.h1_request import read_head
from gatekeeper.wire.h2_channel import H2Channel
from gatekeeper.wire.h2_engine import HTTP2, EngineFailed
from gatekeeper.wire.h2_guard import PREFACE
from gatekeeper.wire.h2_request import H2Head
from gatekeeper.wire.limits import Limits
from gatekeeper.wire.strict import Refusal

if TYPE_CHECKING:
    from gatekeeper.wire.channel import HTTPFactory

__all__ = ["Choice", "Upgrade", "read_upgrade"]


@frozen
class Upgrade:
    """
    A request that asks for HTTP/2.

    Attributes:
        settings: Of the client.
        after: Where its bytes end.
    """

    head: H2Head
    settings: bytes
    after: int


def read_upgrade(data: bytes, limits: Limits) -> Upgrade | None:
    """Look whether this is a whole request that may be answered as HTTP/2."""
    end = data.find(b"\r\n\r\n")
    if end < 0 or b"h2c" not in data[:end].lower():
        return None
    lines = _lines(data[:end])
    asked = _tokens(lines.get("upgrade", ()))
    offered = lines.get("http2-settings", [])
    nominated = _tokens(lines.get("connection", ()))
    if "h2c" not in asked or len(offered) != 1 or not nominated >= {"upgrade", "http2-settings"}:
        return None
    try:
        settings = urlsafe_b64decode(offered[0] + "=" * (-len(offered[0]) % 4))
        head = read_head(data[:end], limits)
    except (Refusal, binascii.Error, ValueError):
        return None
    if head.version != "HTTP/1.1" or head.length or head.target[0] != "/":
        return None
    headers = {name: values for name, values in head.headers.items() if name != "Connection"}
    fields = H2Head(head.method, head.target, head.host, headers, None, False)
    return Upgrade(fields, settings, end + 4)


def _lines(head: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        found.setdefault(name.lower(), []).append(value.strip(" \t"))
    return found


def _tokens(values: object) -> set[str]:
    joined = ",".join(cast(Any, values))
    return {token.strip(" \t").lower() for token in joined.split(",")}


@implementer(IHalfCloseableProtocol)
class Choice(Protocol):
    """
    A connection of either version.

    It begins as HTTP/1.1, so that the time for a first request runs from the start.
    """

    def __init__(self, factory: HTTPFactory, http2: HTTP2) -> None:
        self._factory = factory
        self._http2 = http2
        self._channel: HTTPChannel | H2Channel = HTTPChannel(factory)
        self._chosen = False
        self._held = b""

    def connectionMade(self) -> None:
        """Begin."""
        self._channel.makeConnection(cast(Any, self.transport))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Pass it on."""
        self._chosen = True
        self._channel.connectionLost(reason)

    def readConnectionLost(self) -> None:
        """Pass it on."""
        if not self._chosen:
            self._speak_http1()
        self._channel.readConnectionLost()

    def writeConnectionLost(self) -> None:
        """Pass it on."""
        self._channel.writeConnectionLost()

    def dataReceived(self, data: bytes) -> None:
        """Choose, or pass it on."""
        if self._chosen:
            self._channel.dataReceived(data)
            return
        self._held += data
        transport: Any = self.transport
        if getattr(transport, "disconnecting", False):
            self._speak_http1()
        elif getattr(transport, "negotiatedProtocol", None) == b"h2":
            self._speak_http2()
        elif self._http2.clear and not ISSLTransport.providedBy(transport):
            self._choose()
        else:
            self._speak_http1()

    def _choose(self) -> None:
        held = self._held
        if held.startswith(PREFACE):
            self._speak_http2()
        elif not PREFACE.startswith(held):
            upgrade = read_upgrade(held, self._factory.limits)
            if upgrade is None or not self._upgraded(upgrade):
                self._speak_http1()

    def _speak_http1(self) -> None:
        self._chosen = True
        held, self._held = self._held, b""
        if held:
            self._channel.dataReceived(held)

    def _speak_http2(self) -> None:
        channel = H2Channel(self._factory, self._http2)
        self._replace(channel)
        channel.makeConnection(cast(Any, self.transport))
        self._pass_on(self._held)

    def _upgraded(self, upgrade: Upgrade) -> bool:
        channel, before = H2Channel(self._factory, self._http2), self._channel
        self._replace(channel)
        try:
            channel.upgrade(self.transport, upgrade.head, upgrade.settings)
        except EngineFailed:
            self._factory.replaced(channel, before)
            self._channel = before
            cast(Any, self.transport).registerProducer(before, True)
            return False
        self._pass_on(self._held[upgrade.after :])
        return True

    def _replace(self, channel: H2Channel) -> None:
        cast(Any, self.transport).unregisterProducer()
        self._factory.replaced(self._channel, channel)
        self._channel = channel

    def _pass_on(self, data: bytes) -> None:
        self._chosen = True
        self._held = b""
        if data:
            self._channel.dataReceived(data)
