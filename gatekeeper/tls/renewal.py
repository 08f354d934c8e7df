"""
Take up certificates, keys and authorities that were renewed on disk.

What was read stays in use until what is there now has been read without a fault.  At the
start an authority that cannot be read is only worth a warning; here it is a fault, because
there is something better to go on with.  Connections that are open keep what they began with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, IStreamClientEndpoint
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer

from gatekeeper.errors import ConfigError, Problems
from gatekeeper.tls.client import WrapTLS
from gatekeeper.tls.untyped import untyped

__all__ = ["RenewableServer", "RenewableWrap"]

T = TypeVar("T")


class _Renewable(Generic[T]):
    """
    Something that was read from files.

    Args:
        read: Reads it, and reports what is wrong.
        problems: Gets what is wrong now.

    Raises:
        ConfigError: The files cannot be used.
    """

    def __init__(self, read: Callable[[Problems], T], problems: Problems) -> None:
        self._read = read
        found = Problems()
        self.current: T = read(found)
        self._known = {str(warning) for warning in found.warnings}
        problems.found.extend(found.found)

    def renew(self) -> None:
        """
        Read the files again.

        Raises:
            ConfigError: There is a fault that was not there at the start; nothing has changed.
        """
        problems = Problems()
        renewed = self._read(problems)
        problems.check()
        new = [warning for warning in problems.warnings if str(warning) not in self._known]
        if new:
            raise ConfigError(new)
        self.current = renewed


@implementer(IOpenSSLServerConnectionCreator)
class RenewableServer(_Renewable[Any]):
    """Our side of a TLS port; see `gatekeeper.tls.server.server_context`."""

    def serverConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Called by Twisted when a client has connected."""
        connection: SSL.Connection = self.current.serverConnectionForTLS(tlsProtocol)
        return connection


class RenewableWrap(_Renewable[WrapTLS]):
    """Our side of TLS towards backends; see `gatekeeper.tls.client.client_tls`."""

    def wrap(self, plain: IStreamClientEndpoint, host: str) -> IStreamClientEndpoint:
        """Put TLS on an endpoint."""
        endpoint: IStreamClientEndpoint = untyped(self.current)(plain, host)
        return endpoint
