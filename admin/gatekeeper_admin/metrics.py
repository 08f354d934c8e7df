"""
Show a gateway's counts to Prometheus.

The gateway counts in plain slots; they become samples only when somebody asks, summed over all
workers.  Counts of workers that have ended are part of the sum, so none ever goes back.  Updating
prometheus-client's own metrics costs microseconds for each, which a request has better
uses for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from gatekeeper.view import Counts, NodeView, Picture, View, WorkerView

__all__ = ["GatewayCollector", "registry_of"]


class GatewayCollector(Collector):
    """
    What ``/metrics`` shows of one gateway.

    Args:
        view: What runs.
        picture: How it does, taken for this scrape.
    """

    def __init__(self, view: View, picture: Picture) -> None:
        self.view = view
        self.picture = picture

    def collect(self) -> Iterator[Metric]:
        """Make all samples."""
        yield from _gateway(self.view, self.picture.counts)
        yield from _reloads(self.picture.node)
        yield _restarts(self.picture.node)
        yield from _workers(self.picture.workers)
        yield from _boards(self.picture.workers)


def _gateway(view: View, counts: Counts) -> Iterator[Metric]:
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


def _reloads(node: NodeView) -> Iterator[Metric]:
    yield _gauge("gatekeeper_config_generation", "Which configuration runs.", node.generation)
    reloads = CounterMetricFamily(
        "gatekeeper_config_reloads",
        "Attempts to load the configuration again.",
        labels=("result",),
    )
    for result, number in node.reloads.items():
        reloads.add_metric((result,), number)
    yield reloads
    last = node.last
    yield _gauge(
        "gatekeeper_config_last_reload_success",
        "1 unless the last attempt failed.",
        int(last is None or last.ok),
    )
    yield _gauge(
        "gatekeeper_config_last_reload_timestamp_seconds",
        "When the last attempt ended; 0 is never.",
        0 if last is None else last.at,
    )
    renewed = node.certificates
    yield _gauge(
        "gatekeeper_certificates_last_renewal_success",
        "1 unless renewed certificates could not be used.",
        int(renewed is None or renewed.ok),
    )


def _workers(workers: Sequence[WorkerView]) -> Iterator[Metric]:
    labels = ("worker", "generation", "state")
    connections = GaugeMetricFamily(
        "gatekeeper_worker_client_connections", "Open now, by worker.", labels=labels
    )
    in_flight = GaugeMetricFamily(
        "gatekeeper_worker_requests_in_flight", "Being answered now, by worker.", labels=labels
    )
    uptime = GaugeMetricFamily(
        "gatekeeper_worker_uptime_seconds", "How long a worker lives.", labels=labels
    )
    memory = GaugeMetricFamily(
        "gatekeeper_worker_memory_bytes",
        "Memory of a worker: resident (rss), and with what it shares in part (pss).",
        labels=(*labels, "kind"),
    )
    for worker in workers:
        values = (str(worker.slot), str(worker.generation), worker.state)
        connections.add_metric(values, worker.connections or 0)
        in_flight.add_metric(values, worker.in_flight or 0)
        uptime.add_metric(values, worker.uptime_s)
        memory.add_metric((*values, "rss"), worker.rss_bytes)
        memory.add_metric((*values, "pss"), worker.pss_bytes)
    yield from (connections, in_flight, uptime, memory)


def _boards(workers: Sequence[WorkerView]) -> Iterator[Metric]:
    """Show what components tell: numbers as values, words as labels."""
    labels = ("worker", "generation", "component", "place", "fact")
    numbers = GaugeMetricFamily(
        "gatekeeper_component_fact", "What components tell of themselves.", labels=labels
    )
    words = GaugeMetricFamily(
        "gatekeeper_component_word",
        "The same where it is a word; the value is always 1.",
        labels=(*labels, "word"),
    )
    for worker in workers:
        for notice in worker.board:
            for fact, value in notice.facts.items():
                where = (str(worker.slot), str(worker.generation), notice.kind, notice.place, fact)
                if isinstance(value, str):
                    words.add_metric((*where, value), 1)
                elif value is not None:
                    numbers.add_metric(where, float(value))
    yield numbers
    yield words


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _restarts(node: NodeView) -> Metric:
    return CounterMetricFamily(
        "gatekeeper_worker_restarts", "Workers that had to be replaced.", value=node.restarts
    )


def registry_of(view: View, picture: Picture) -> CollectorRegistry:
    """Make a registry for one scrape, so that nothing is global."""
    registry = CollectorRegistry()
    registry.register(GatewayCollector(view, picture))
    ProcessCollector(registry=registry)
    return registry
