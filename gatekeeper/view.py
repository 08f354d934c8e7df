"""
A read-only picture of the running gateway, for whoever shows it: admin site, metrics.

It says what the gateway is and how it does, never how to change it.  What a
configuration keeps secret does not get in here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import field, frozen

from gatekeeper import COMPATIBLE_WITH, __version__
from gatekeeper.config.model import Endpoint, ServiceConfig

__all__ = ["Counts", "EndpointView", "View", "by_class"]


@frozen
class Counts:
    """
    What was counted since the start.

    Attributes:
        answers: By endpoint, as ``(method, path)``, answers by status class
            (``"2xx"``); requests that reached no endpoint have the path "".
        in_flight: Requests that are being answered now.
        connections: Open connections of clients.
        idle_backend_connections: Kept for the next request.
    """

    answers: Mapping[tuple[str, str], Mapping[str, int]] = field(factory=dict)
    in_flight: int = 0
    connections: int = 0
    idle_backend_connections: int = 0


def by_class(digits: Sequence[int]) -> dict[str, int]:
    """
    Name classes of status.

    Args:
        digits: How many answers began with which digit; 0 counts clients that left.

    Returns:
        ``{"2xx": 5, "gone": 1}``, without those that never happened.
    """
    named = {("gone" if digit == 0 else f"{digit}xx"): n for digit, n in enumerate(digits)}
    return {name: number for name, number in named.items() if number}


@frozen
class EndpointView:
    """One endpoint, as an operator wants to see it."""

    method: str
    path: str
    timeout_s: float
    output_encoding: str
    backends: Sequence[str]
    components: Sequence[str]

    @classmethod
    def of(cls, endpoint: Endpoint) -> EndpointView:
        """Describe one endpoint of a configuration."""
        names = {*endpoint.extra_config}
        for backend in endpoint.backends:
            names.update(backend.extra_config)
        return cls(
            method=endpoint.method,
            path=endpoint.endpoint,
            timeout_s=endpoint.timeout_s,
            output_encoding=endpoint.output_encoding,
            backends=tuple(
                f"{backend.method} {_without_credentials(host)}{backend.url_pattern}"
                for backend in endpoint.backends
                for host in backend.hosts or ("(no host)",)
            ),
            components=tuple(sorted(names)),
        )


def _without_credentials(host: str) -> str:
    """Hosts that are taken verbatim may carry ``user:password@``."""
    scheme, separator, rest = host.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


@frozen
class View:
    """
    The gateway as a whole.

    Attributes:
        name: What the configuration calls itself; it says which version runs.
        config_version: 2 or 3.
        file: The configuration that was read, as given.
        started_at: Seconds since the epoch.
        now: Tells how long that is ago.
        counts: Counts, made when asked.
        ready: Whether new requests should come here; false while draining.
    """

    name: str
    config_version: int
    file: str
    started_at: float
    now: Callable[[], float]
    endpoints: Sequence[EndpointView]
    warnings: Sequence[str]
    counts: Callable[[], Counts]
    ready: Callable[[], bool]
    version: str = __version__
    compatible_with: str = COMPATIBLE_WITH

    @classmethod
    def of(
        cls,
        service: ServiceConfig,
        now: Callable[[], float],
        counts: Callable[[], Counts],
        ready: Callable[[], bool],
    ) -> View:
        """Look at a gateway that starts now."""
        return cls(
            name=service.name,
            config_version=service.version,
            file=service.file,
            started_at=now(),
            now=now,
            endpoints=tuple(map(EndpointView.of, service.endpoints)),
            warnings=service.warnings,
            counts=counts,
            ready=ready,
        )

    @property
    def uptime_s(self) -> float:
        """How long the gateway runs."""
        return self.now() - self.started_at
