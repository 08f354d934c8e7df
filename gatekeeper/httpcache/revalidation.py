"""
Ask whether a stored answer is still good, and believe a 304.

A 304 refreshes only what was asked about.  When a client sent validators of its own, the
304 that they bring is that client's, and says nothing about the stored answer.
"""

from __future__ import annotations

from attrs import evolve

from gatekeeper.httpcache.entry import Entry, first
from gatekeeper.message import Headers, Request, Streamed

__all__ = ["conditional", "confirms", "refreshed"]

_NEVER_COPIED = frozenset(
    {
        # of the 304's own message, not of the answer that it confirms
        "content-encoding",
        "content-length",
        "set-cookie",
        "transfer-encoding",
        # hop by hop
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "trailers",
        "upgrade",
    }
)


def conditional(request: Request, entry: Entry) -> Request:
    """
    Add the validators of a stored answer to a request.

    A request with a header ``Etag`` or ``Last-Modified`` gets none (kept for compatibility:
    the original looks for the wrong names).
    """
    added: dict[str, list[str]] = {}
    if entry.etag and "Etag" not in request.headers:
        added["If-None-Match"] = [entry.etag]
    if entry.last_modified and "Last-Modified" not in request.headers:
        added["If-Modified-Since"] = [entry.last_modified]
    return evolve(request, headers={**request.headers, **added}) if added else request


def confirms(sent: Headers, entry: Entry) -> bool:
    """Tell whether a 304 to a request with these headers speaks of a stored answer."""
    if "If-None-Match" in sent:
        return list(sent["If-None-Match"]) == [entry.etag]
    if "If-Modified-Since" in sent:
        return list(sent["If-Modified-Since"]) == [entry.last_modified]
    return True


def refreshed(entry: Entry, confirmation: Streamed) -> Streamed:
    """Give the stored answer with the headers of a 304 in place of its own."""
    passing = first(confirmation.headers, "connection").lower().split(",")
    dropped = _NEVER_COPIED.union(name.strip() for name in passing)
    news = [line for line in confirmation.headers if line[0].lower() not in dropped]
    names = {name.lower() for name, _ in news}
    kept = [line for line in entry.answer.headers if line[0].lower() not in names]
    return evolve(entry.answer, headers=(*kept, *news))
