"""
Warn about components that are written where they do nothing.

A limit for a backend that stands on an endpoint limits nothing, and the original does not say
so.  It starts here, too (kept for compatibility; conformance case ``cors-variants``), with a
warning that says where the component belongs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gatekeeper import pipeline
from gatekeeper.config.model import ServiceConfig, Settings
from gatekeeper.errors import Problems

__all__ = ["warn_misplaced"]

BUILDERS: Mapping[str, Sequence[str]] = {
    "an endpoint": ("gate", "handler", "proxy"),
    "a backend": ("backend", "client"),
    "the root of the file": ("service", "node", "edge", "router"),
}
"""Which builders of a `Component` are asked at each place."""


def warn_misplaced(service: ServiceConfig, problems: Problems) -> None:
    """
    Report each component that nobody asks at its place.

    One warning for a component and a kind of place, at the first of them: who makes this
    mistake makes it on every endpoint.
    """
    components = pipeline.implemented() - pipeline.BUILT_IN
    found: dict[tuple[str, str], list[str]] = {}
    for place, extra_config in _written(service):
        for namespace, settings in extra_config.items():
            if namespace not in components or settings.value is None:
                continue
            if place not in _places(namespace):
                found.setdefault((namespace, place), []).append(settings.pointer)
    for (namespace, _), pointers in found.items():
        more = f"; so it is {len(pointers) - 1} times below" if len(pointers) > 1 else ""
        problems.add(
            pointers[0],
            f'"{namespace}" has no meaning here and is ignored{more}',
            f"it belongs to {' or '.join(_places(namespace))}",
            fatal=False,
        )


def _written(service: ServiceConfig) -> Iterator[tuple[str, Mapping[str, Settings]]]:
    """Give every `extra_config` with the kind of place where it stands."""
    endpoint_place, backend_place, root = BUILDERS
    yield root, service.extra_config
    for endpoint in service.endpoints:
        yield endpoint_place, endpoint.extra_config
        for backend in endpoint.backends:
            yield backend_place, backend.extra_config


def _places(namespace: str) -> Sequence[str]:
    """Say where a component does something."""
    component = pipeline.component(namespace)
    return [
        place
        for place, builders in BUILDERS.items()
        if any(getattr(component, builder) is not None for builder in builders)
    ]
