"""
Read what a client sent: only what the endpoint's lists let through becomes a `Request`.

The lists are compiled at start.  An endpoint that lets nothing through looks at nothing.

Source: KrakenD documentation, "Parameter forwarding"; kept for compatibility with the
conformance cases ``headers-forwarding`` and ``headers-wildcard``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from gatekeeper import PRODUCT
from gatekeeper.config.model import Endpoint
from gatekeeper.message import ClientRequest, Headers, Request
from gatekeeper.web.query import keep_query

__all__ = ["KeepHeaders", "capitalised", "keep_headers", "read_request"]

KeepHeaders: TypeAlias = Callable[[Headers, str, str], dict[str, Sequence[str]]]
"""Takes the client's headers, its ``Host`` and its address; gives the backends' headers."""

_AGENT = (PRODUCT,)
_NEVER = frozenset({"Connection", "Host"})
"""A client's ``Connection`` would let the next proxy drop what it names, such as our headers."""


def read_request(endpoint: Endpoint) -> Callable[[ClientRequest], Request]:
    """Make the function that turns an endpoint's client requests into internal ones."""
    headers_of = keep_headers(endpoint.input_headers)
    query_of = keep_query(endpoint.input_query_strings)

    def read(client: ClientRequest) -> Request:
        return Request(
            method=client.method,
            path=client.path,
            params=capitalised(client.params),
            query=query_of(client.query) if query_of is not None and client.query else {},
            headers=headers_of(client.headers, client.host, client.client_ip),
            body=client.body,
        )

    return read


def capitalised(params: Mapping[str, str]) -> dict[str, str]:
    """Spell the names of parameters as the pipe does: ``id`` is ``Id``."""
    return {name[:1].upper() + name[1:]: value for name, value in params.items()}


def keep_headers(allowed: Sequence[str]) -> KeepHeaders:
    """
    Compile a list of header names.

    Args:
        allowed: Canonical names, or ``*`` for all.  None means ``Content-Type`` only.
    """
    if not allowed:
        return _content_type
    if "*" in allowed:
        return _everything
    names = tuple(dict.fromkeys(name for name in allowed if name not in _NEVER))

    def keep(client: Headers, host: str, client_ip: str) -> dict[str, Sequence[str]]:
        found: dict[str, Sequence[str]] = {name: client[name] for name in names if name in client}
        return _with_own(found, host, client_ip)

    return keep


def _content_type(client: Headers, host: str, client_ip: str) -> dict[str, Sequence[str]]:
    content_type = client.get("Content-Type")
    found: dict[str, Sequence[str]] = {
        "X-Forwarded-For": (client_ip,),
        "X-Forwarded-Host": (host,),
        "User-Agent": _AGENT,
    }
    if content_type is not None:
        found["Content-Type"] = content_type
    return found


def _everything(client: Headers, host: str, client_ip: str) -> dict[str, Sequence[str]]:
    found = dict(client)
    found.pop("Connection", None)
    return _with_own(found, host, client_ip)


def _with_own(
    found: dict[str, Sequence[str]], host: str, client_ip: str
) -> dict[str, Sequence[str]]:
    """Add what the gateway says of itself and of the client; it replaces what came."""
    found["X-Forwarded-For"] = (client_ip,)
    found["X-Forwarded-Host"] = (host,)
    if "User-Agent" in found:
        found["X-Forwarded-Via"] = _AGENT
    else:
        found["User-Agent"] = _AGENT
    return found
