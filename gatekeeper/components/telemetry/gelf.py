"""
Send the logs to Graylog.

Namespace ``telemetry/gelf``, allowed at service level.  `gatekeeper.journal` opens the log
before anything else is built, so there is nothing left to do when the pipe is built.

Source: KrakenD documentation, "Graylog"; conformance case ``logging/gelf``.
"""

from __future__ import annotations

from attrs import frozen

from gatekeeper.component import Component
from gatekeeper.config.reader import Reader

__all__ = ["GELF", "NAMESPACE", "component"]

NAMESPACE = "telemetry/gelf"


@frozen
class GELF:
    """
    Where Graylog is.

    Attributes:
        address: ``host:port``; "" when it is missing, which is only worth a line in the log.
        enable_tcp: TCP instead of UDP.
    """

    address: str
    enable_tcp: bool

    @classmethod
    def read(cls, json: Reader) -> GELF:
        """Read the settings; wrong types are problems."""
        return cls(
            address=json.text("address", default=""),
            enable_tcp=json.boolean("enable_tcp", default=False),
        )


component = Component(namespace=NAMESPACE, settings=GELF.read)
