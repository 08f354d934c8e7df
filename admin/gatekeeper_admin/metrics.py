"""
Show a gateway's counts to Prometheus.

The gateway counts in plain slots; they become samples only when somebody asks.  Updating
prometheus-client's own metrics costs microseconds for each, which a request has better
uses for.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from gatekeeper.view import View

__all__ = ["GatewayCollector", "registry_of"]


class GatewayCollector(Collector):
    """
    What ``/metrics`` shows of one gateway.

    Args:
        view: Read anew for every scrape.
    """

    def __init__(self, view: View) -> None:
        self.view = view

    def collect(self) -> Iterator[Metric]:
        """Make all samples."""
        view, counts = self.view, self.view.counts()
        yield InfoMetricFamily(
            "gatekeeper",
            "Which configuration runs here, and on what.",
            value={
                "name": view.name,
                "version": view.version,
                "compatible_with": view.compatible_with,
                "config_version": str(view.config_version),
                "file": view.file,
            },
        )
        yield _gauge("gatekeeper_ready", "1 while new requests are welcome.", int(view.ready()))
        yield _gauge("gatekeeper_uptime_seconds", "Time since the start.", view.uptime_s)
        yield _gauge("gatekeeper_endpoints", "Configured endpoints.", len(view.endpoints))
        yield _gauge("gatekeeper_requests_in_flight", "Being answered now.", counts.in_flight)
        yield _gauge("gatekeeper_client_connections", "Open now.", counts.connections)
        yield _gauge(
            "gatekeeper_backend_connections_idle",
            "Kept for the next request.",
            counts.idle_backend_connections,
        )
        answers = CounterMetricFamily(
            "gatekeeper_answers",
            "Answers by endpoint and class of status; no endpoint is an empty path.",
            labels=("method", "endpoint", "status"),
        )
        for (method, path), by_class in counts.answers.items():
            for status, number in by_class.items():
                answers.add_metric((method, path, status), number)
        yield answers


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def registry_of(view: View) -> CollectorRegistry:
    """Make a registry of its own, so that nothing is global."""
    registry = CollectorRegistry()
    registry.register(GatewayCollector(view))
    ProcessCollector(registry=registry)
    return registry
