"""
Listen and connect.

On an asyncio reactor connections are asyncio's own (with uvloop: C), adapted by
`gatekeeper.transport.native`; on any other reactor these are Twisted's stock endpoints.
Protocols cannot tell the difference but by the time that they take.
"""

from __future__ import annotations

import socket
from typing import Any, cast

from twisted.internet.endpoints import (
    AdoptedStreamServerEndpoint,
    HostnameEndpoint,
    TCP4ClientEndpoint,
    TCP4ServerEndpoint,
    TCP6ClientEndpoint,
    TCP6ServerEndpoint,
)
from twisted.internet.interfaces import IStreamClientEndpoint, IStreamServerEndpoint

from gatekeeper.transport.connecting import NativeClientEndpoint
from gatekeeper.transport.listening import (
    NativeServerEndpoint,
    any_interface,
    bound_socket,
    bound_sockets,
    is_literal,
)
from gatekeeper.transport.reactor import event_loop

__all__ = [
    "adopted_endpoint",
    "bound_socket",
    "bound_sockets",
    "client_endpoint",
    "server_endpoint",
]

_CONNECT_S = 30.0


def server_endpoint(
    reactor: Any, interface: str, port: int, backlog: int = 1024
) -> IStreamServerEndpoint:
    """
    Give the endpoint that listens on an address.

    Args:
        interface: An address or a name; "" is all interfaces, of both versions of IP
            where the machine has both.
        port: 0 takes a free one.
    """
    loop = event_loop(reactor)
    if loop is not None:
        return cast(
            IStreamServerEndpoint,
            NativeServerEndpoint(loop, lambda: bound_socket(interface, port, backlog), backlog),
        )
    interface = interface or any_interface()
    stock = TCP6ServerEndpoint if ":" in interface else TCP4ServerEndpoint
    return cast(IStreamServerEndpoint, stock(reactor, port, backlog, interface))


def adopted_endpoint(
    reactor: Any, listener: socket.socket, backlog: int = 1024
) -> IStreamServerEndpoint:
    """
    Give the endpoint that accepts from a socket that listens already.

    The socket given stays open and is the caller's; closing the port ends only our own
    duplicate of it, so that others who have it go on accepting.
    """
    loop = event_loop(reactor)
    if loop is not None:
        return cast(IStreamServerEndpoint, NativeServerEndpoint(loop, listener.dup, backlog))
    own = listener.dup().detach()  # the stock endpoint closes what it is given
    return cast(IStreamServerEndpoint, AdoptedStreamServerEndpoint(reactor, own, listener.family))


def client_endpoint(
    reactor: Any, host: str, port: int, timeout_s: float | None = None
) -> IStreamClientEndpoint:
    """
    Give the endpoint that connects to a host.

    Args:
        host: A name or an address, IPv6 without brackets.
        timeout_s: For resolving and connecting together; None is 30 seconds.
    """
    seconds = _CONNECT_S if timeout_s is None else timeout_s
    loop = event_loop(reactor)
    if loop is not None:
        return cast(IStreamClientEndpoint, NativeClientEndpoint(loop, host, port, seconds))
    if not is_literal(host):
        return cast(IStreamClientEndpoint, HostnameEndpoint(reactor, host, port, seconds))
    stock = TCP6ClientEndpoint if ":" in host else TCP4ClientEndpoint
    return cast(IStreamClientEndpoint, stock(reactor, host, port, seconds))
