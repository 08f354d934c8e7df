"""
Put a store in front of a proxy.

For each request that could be answered from the store::

    nothing stored, or another variant   ask, and keep the answer
    fresh                                serve it
    stale                                ask with its validators
        304                              serve it with the new headers, and keep that
        error, and stale-if-error        serve it as it is
        anything else                    serve that, and keep it instead
    unwanted by the client               ask without validators, then as when stale

Source: specification of cached backends, section 3; conformance cases ``caching/*``.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from gatekeeper.body import drop
from gatekeeper.errors import BackendError
from gatekeeper.httpcache.cache_control import Directives, asked
from gatekeeper.httpcache.entry import Entry, make_entry
from gatekeeper.httpcache.freshness import Freshness, freshness, serves_on_error
from gatekeeper.httpcache.keys import KeyOf
from gatekeeper.httpcache.recording import RecordedBody
from gatekeeper.httpcache.revalidation import conditional, confirms, refreshed
from gatekeeper.httpcache.stores import Store
from gatekeeper.httpcache.storing import may_store, without_cookies
from gatekeeper.httpcache.vary import fits
from gatekeeper.message import Request, Response, Streamed
from gatekeeper.proxy import Proxy

__all__ = ["Cache"]

_METHODS = frozenset({"GET", "HEAD"})


class Cache:
    """
    The cache of one backend.

    Args:
        store: Where answers are kept.
        key_of: Names them.
        now: Seconds since the epoch.
        keep_private: Whether answers for one user are kept.
        mark: Say ``X-From-Cache: 1`` in answers that are served again.

    Attributes:
        hits, confirmed, misses: Answers that were served without a call, after a 304 (or
            in place of an error), and from the backend.
    """

    def __init__(
        self,
        store: Store,
        key_of: KeyOf,
        now: Callable[[], float],
        *,
        keep_private: bool,
        mark: bool,
    ) -> None:
        self.hits = self.confirmed = self.misses = 0
        self._store = store
        self._key_of = key_of
        self._now = now
        self._keep_private = keep_private
        self._mark = mark

    def around(self, inner: Proxy) -> Proxy:
        """Make the proxy that asks `inner` only when it must."""

        async def proxy(request: Request) -> Response:
            wishes = asked(request.headers)
            key = self._key_of(request) if request.method in _METHODS else ""
            if key and "Range" in request.headers:
                self._store.delete(key)
                key = ""
            entry = self._store.get(key) if key else None
            if entry is None and "only-if-cached" in wishes:
                return Streamed(504, (), b"", 0)
            if not key:
                return await inner(request)
            if entry is None or not fits(entry.variant, request.headers):
                return await self._fetch(inner, request, key, wishes)
            return await self._judge(inner, request, key, wishes, entry)

        return proxy

    async def _fetch(
        self, inner: Proxy, request: Request, key: str, wishes: Directives
    ) -> Response:
        self.misses += 1
        try:
            answer = await inner(request)
        except BackendError:
            self._store.delete(key)
            raise
        return self._kept(answer, request, key, wishes)

    async def _judge(
        self, inner: Proxy, request: Request, key: str, wishes: Directives, entry: Entry
    ) -> Response:
        """Answer from an entry that could answer this request, or find out whether it does."""
        judgement = freshness(entry, wishes, self._now())
        if judgement is Freshness.FRESH:
            self.hits += 1
            return self._again(entry.answer)
        sent = conditional(request, entry) if judgement is Freshness.STALE else request
        try:
            answer = await inner(sent)
        except BackendError:
            if self._may_stand_in(entry, wishes):
                return self._again(entry.answer)
            self._store.delete(key)
            raise
        if not isinstance(answer, Streamed):
            return answer
        if answer.status == 304 and confirms(sent.headers, entry):
            drop(answer)
            self.confirmed += 1
            return self._again(self._kept(refreshed(entry, answer), request, key, wishes))
        if answer.status >= 500 and self._may_stand_in(entry, wishes):
            drop(answer)
            return self._again(entry.answer)
        if answer.status != 200:
            self._store.delete(key)
        self.misses += 1
        return self._kept(answer, request, key, wishes)

    def _may_stand_in(self, entry: Entry, wishes: Directives) -> bool:
        may = serves_on_error(entry, wishes, self._now())
        self.confirmed += may
        self.misses += not may
        return may

    def _kept(self, answer: Response, request: Request, key: str, wishes: Directives) -> Response:
        """Keep an answer if that is allowed: now, or when its body has been read."""
        if not isinstance(answer, Streamed):
            return answer
        if not may_store(answer, wishes, keep_private=self._keep_private):
            self._store.delete(key)
            return answer
        body = answer.body
        if isinstance(body, bytes):
            self._store.put(key, make_entry(without_cookies(answer), request.headers))
            return answer
        if body.length is not None and body.length > self._store.longest_body:
            self._store.delete(key)
            return answer

        def keep(whole: bytes) -> None:
            complete = evolve(without_cookies(answer), body=whole, length=len(whole))
            self._store.put(key, make_entry(complete, request.headers))

        recorded = RecordedBody(body, self._store.longest_body, self._store.recording, keep)
        return evolve(answer, body=recorded)

    def _again(self, answer: Response) -> Response:
        if self._mark and isinstance(answer, Streamed):
            return evolve(answer, headers=(*answer.headers, ("X-From-Cache", "1")))
        return answer
