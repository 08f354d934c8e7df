"""
The sockets that listen for the node.

The supervisor owns them and workers borrow them, so a queue of connections that nobody has
accepted yet survives its worker and every reload.  There is one for each worker, all on the same
port, because the kernel then deals connections out evenly (decision 0011).
"""

from __future__ import annotations

import socket
from collections.abc import Sequence

from attrs import frozen
from twisted.internet.error import CannotListenError

from gatekeeper.config.model import Server
from gatekeeper.transport.endpoints import bound_sockets

__all__ = ["BACKLOG", "Listening"]

BACKLOG = 1024


@frozen(eq=False)
class Listening:
    """
    Open sockets.

    Attributes:
        sockets: They listen after `begin`.
        is_given: A service manager has made them, so that the configuration has no say.
    """

    sockets: Sequence[socket.socket]
    interface: str = ""
    asked_port: int = 0
    is_given: bool = False

    @classmethod
    def open(cls, server: Server, count: int) -> Listening:
        """
        Take the place that a configuration wants, with so many sockets.

        Raises:
            CannotListenError: The port is in use, or the address is not ours.
        """
        made = bound_sockets(server.listen_ip, server.port, count, BACKLOG, listen=False)
        return cls(made, server.listen_ip, server.port)

    def begin(self) -> None:
        """
        Listen; sockets that do so already go on.

        Raises:
            CannotListenError: Somebody else has begun on the same port in the meantime.
        """
        for each in () if self.is_given else self.sockets:
            try:
                each.listen(BACKLOG)
            except OSError as error:
                raise CannotListenError(self.interface, self.asked_port, error) from error

    @property
    def port(self) -> int:
        """The number of the port, for people."""
        name = self.sockets[0].getsockname()
        return int(name[1]) if isinstance(name, tuple) else 0

    def serves(self, server: Server) -> bool:
        """Tell whether these are the sockets that a configuration wants."""
        wanted = (server.listen_ip, server.port)
        return self.is_given or wanted == (self.interface, self.asked_port)

    def close(self) -> None:
        """Stop listening, as far as this process goes."""
        for each in self.sockets:
            each.close()
