"""
How a node behaves.

Namespace ``gatekeeper/node``, at service level, a key of our own:
``{"pre_stop_delay": "5s", "reload_grace": "5s"}``.
"""

from __future__ import annotations

from attrs import frozen

from gatekeeper.config.model import ServiceConfig
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems

__all__ = ["NAMESPACE", "NodeSettings"]

NAMESPACE = "gatekeeper/node"


@frozen
class NodeSettings:
    """
    The settings of a node.

    Attributes:
        pre_stop_delay_s: How long to go on serving after SIGTERM, not ready any more, so that
            balancers notice; 0 is not at all.
        reload_grace_s: How long a connection without a request may still send one to the
            configuration that was replaced.
    """

    pre_stop_delay_s: float = 0.0
    reload_grace_s: float = 5.0

    @classmethod
    def of(cls, service: ServiceConfig, problems: Problems) -> NodeSettings:
        """Read what a configuration says, or give the defaults."""
        found = service.extra_config.get(NAMESPACE)
        if found is None:
            return cls()
        return cls.read(Reader(found.value, found.pointer, problems))

    @classmethod
    def read(cls, json: Reader) -> NodeSettings:
        """Read the settings; mistakes are reported to the reader."""
        return cls(
            pre_stop_delay_s=_not_negative(json, "pre_stop_delay", cls().pre_stop_delay_s),
            reload_grace_s=_not_negative(json, "reload_grace", cls().reload_grace_s),
        )


def _not_negative(json: Reader, key: str, default: float) -> float:
    seconds = json.duration(key, default=default)
    if seconds < 0:
        json.problem(key, "expected a duration that is not negative")
        return default
    return seconds
