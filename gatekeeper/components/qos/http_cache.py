"""
Keep answers of a backend, and serve them again while they are good.

Namespace ``qos/http-cache``, allowed on a backend.  The cache sits directly around the HTTP
exchange: it keeps answers as the backend gave them.  What is wrapped around it, such as
limits, rules and filters, sees every request, whether it is answered from the cache or not.

Unlike in the original, a backend that is sent credentials has an entry for each value of
them, and answers that are ``private`` never get into a shared store.  The namespace
``gatekeeper/http-cache`` (on the backend, its endpoint or the service; the nearest one
counts) gives the original's behaviour back.

Version 2 of the configuration has no settings: all backends share one store, and a backend
with ``auth/client-credentials`` has no cache.

Entries are there for all workers of the node.  Several misses at once make several calls.

Source: KrakenD documentation, "Caching backend responses"; conformance cases ``caching/*``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from attrs import frozen

from gatekeeper.board import Facts
from gatekeeper.component import Component, Placement, Runtime
from gatekeeper.config.model import Endpoint, Settings
from gatekeeper.config.reader import Reader
from gatekeeper.httpcache.cache import Cache
from gatekeeper.httpcache.keys import CREDENTIALS, by_credentials, by_url
from gatekeeper.httpcache.layout import LARGEST, TooLarge
from gatekeeper.httpcache.stores import MAX_MEMORY, Store, Stores
from gatekeeper.message import canonical
from gatekeeper.proxy import Middleware

__all__ = ["NAMESPACE", "OWN", "HTTPCache", "component", "http_cache"]

NAMESPACE = "qos/http-cache"
OWN = "gatekeeper/http-cache"

_MIB = 1024 * 1024


@frozen
class HTTPCache:
    """
    Where answers are kept.

    Attributes:
        shared: Whether other backends find them, too.
        max_size: Bytes that the store may hold; 0 is no bound.
        max_items: Answers that it may hold; 0 is no bound.  Only both together bound it.
    """

    shared: bool = False
    max_size: int = 0
    max_items: int = 0

    @classmethod
    def read(cls, json: Reader) -> HTTPCache:
        """Read the settings."""
        json.known("shared", "max_size", "max_items")
        return cls(
            shared=json.boolean("shared", default=False),
            max_size=json.integer("max_size", default=0, minimum=0),
            max_items=json.integer("max_items", default=0, minimum=0),
        )


def http_cache(
    settings: HTTPCache,
    placement: Placement,
    runtime: Runtime,
    now: Callable[[], float] = time.time,
) -> Middleware:
    """
    Answer from a store where that is allowed.

    Args:
        now: Seconds since the epoch; answers carry their dates.
    """
    backend, endpoint, version = placement.backend, placement.endpoint, placement.service.version
    assert backend is not None
    assert endpoint is not None
    if version == 2:
        if "auth/client-credentials" in backend.extra_config:
            return lambda inner: inner
        settings = HTTPCache(shared=True)
    ignores = _ignores_credentials(placement)
    if ignores:
        _warn(endpoint, placement)
    try:
        store = _store(settings, _stores(placement, runtime), placement.pointer)
    except (TooLarge, OSError) as error:
        placement.problems.add(
            placement.pointer, f"this node has no memory for a store of that size: {error}"
        )
        return lambda inner: inner
    cache = Cache(
        store,
        by_url if ignores else by_credentials(_claim_headers(endpoint)),
        now,
        keep_private=ignores or not settings.shared,
        mark=version == 2,
    )
    place = f"{endpoint.method} {endpoint.endpoint}, backend {placement.index}"
    runtime.board.add(NAMESPACE, place, lambda: _facts(cache))
    return cache.around


def _store(settings: HTTPCache, stores: Stores, name: str) -> Store:
    size, items = settings.max_size, settings.max_items
    if size and items:
        if settings.shared:
            return stores.shared_bounded(size, items)
        return stores.own_bounded(name, size, items)
    return stores.shared() if settings.shared else stores.own(name)


def _stores(placement: Placement, runtime: Runtime) -> Stores:
    """Give the stores as this process knows them; the first backend with a cache makes them."""
    known: Stores | None = runtime.shared.get(NAMESPACE)
    if known is not None:
        return known
    service = placement.service.extra_config.get(OWN)
    max_memory = MAX_MEMORY
    if service is not None:
        json = _own(service, placement)
        max_memory = json.integer("max_memory", default=MAX_MEMORY, minimum=_MIB, maximum=LARGEST)

    def at_limit() -> None:
        runtime.log.warning(
            f"[CACHE] caches without max_size and max_items have reached {max_memory} bytes:"
            " the answers that were not used for longest are dropped"
        )

    stores = runtime.shared[NAMESPACE] = Stores(runtime.node, max_memory, at_limit)
    common = stores.common
    runtime.board.add(
        NAMESPACE,
        "all caches without bounds",
        lambda: {"items": len(common), "bytes": common.used_bytes, "max_bytes": max_memory},
    )
    return stores


def _ignores_credentials(placement: Placement) -> bool:
    for settings in _own_settings(placement):
        json = _own(settings, placement)
        if json.has("ignore_credentials"):
            return json.boolean("ignore_credentials")
    return False


def _own_settings(placement: Placement) -> Iterator[Settings]:
    """Give our own settings, the nearest first."""
    for place in (placement.backend, placement.endpoint, placement.service):
        settings = place.extra_config.get(OWN) if place is not None else None
        if settings is not None:
            yield settings


def _own(settings: Settings, placement: Placement) -> Reader:
    json = Reader(settings.value, settings.pointer, placement.problems)
    json.known("ignore_credentials", "max_memory")
    return json


def _claim_headers(endpoint: Endpoint) -> list[str]:
    """Name the headers in which an endpoint tells its backends who asks."""
    validator = endpoint.extra_config.get("auth/validator")
    value = validator.value if validator is not None else None
    pairs = value.get("propagate_claims") if isinstance(value, dict) else None
    return [
        canonical(pair[1])
        for pair in pairs or ()
        if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], str)
    ]


def _warn(endpoint: Endpoint, placement: Placement) -> None:
    """Say what may happen now that answers are not told apart by who asked."""
    passed = {"*", *CREDENTIALS}.intersection(endpoint.input_headers)
    if passed or "auth/validator" in endpoint.extra_config:
        placement.problems.add(
            placement.pointer,
            f"{OWN} ignores credentials, but {endpoint.method} {endpoint.endpoint} knows who asks:"
            " an answer that was made for one user may be served to another",
            fatal=False,
        )


def _facts(cache: Cache) -> Facts:
    return {"hits": cache.hits, "confirmed": cache.confirmed, "misses": cache.misses}


component = Component(namespace=NAMESPACE, settings=HTTPCache.read, client=http_cache)
