"""What key sources need of the world, handed in: time, network, log, board, the node."""

from __future__ import annotations

from attrs import frozen

from gatekeeper.board import Board
from gatekeeper.log import Log
from gatekeeper.nodewide.interface import NodeState
from gatekeeper.wire.client import HTTPExchanges
from gatekeeper.wire.deadlines import Deadlines, Timers

__all__ = ["Edges"]


@frozen(eq=False)
class Edges:
    """
    The edges of the gateway.

    Attributes:
        clock: The same time in all workers of the node.
        http: Carries requests to key servers whose URL is ``http``; those of ``https``
            get a pool of their own, since their TLS has settings of its own.
    """

    clock: Timers
    deadlines: Deadlines
    http: HTTPExchanges
    log: Log
    board: Board
    node: NodeState
