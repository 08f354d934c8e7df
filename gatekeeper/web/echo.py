"""
The echo page: shows a client its own request.

Source: KrakenD documentation, "Echo endpoint"; kept for compatibility with the conformance
case ``builtin-endpoints``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote_plus

from gatekeeper.body import read_body
from gatekeeper.encoding.json import ordered_dumps
from gatekeeper.web.call import Call
from gatekeeper.web.query import parse_query

__all__ = ["PATH", "echo"]

PATH = "/__echo/*param"

_JSON = (("Content-Type", "application/json; charset=utf-8"),)


async def echo(call: Call) -> tuple[int, Sequence[str]]:
    """Answer with everything that came, in a fixed order."""
    exchange = call.exchange
    body = await read_body(exchange.body)
    query = parse_query(call.query)
    told = {
        "req_uri": _shown(exchange.target),
        "req_uri_details": {
            "fragment": "",
            "host": _shown(exchange.host),
            "path": _valid(call.path),
            "query": _encoded(query),
            "user": "",
        },
        "req_method": exchange.method,
        "req_querystring": {
            _valid(name): [_valid(value) for value in query[name]] for name in sorted(query)
        },
        "req_body": body.decode("utf-8", "replace"),
        "req_headers": {
            name: [_shown(value) for value in exchange.headers[name]]
            for name in sorted(exchange.headers)
        },
    }
    exchange.respond(200, _JSON, ordered_dumps(told))
    return 200, ()


def _encoded(query: Mapping[str, Sequence[str]]) -> str:
    return "&".join(
        f"{_form(name)}={_form(value)}" for name in sorted(query) for value in query[name]
    )


def _form(text: str) -> str:
    return quote_plus(text, errors="surrogateescape")


def _shown(raw: str) -> str:
    """Give bytes of the wire as text that JSON can hold."""
    return raw if raw.isascii() else raw.encode("latin-1").decode("utf-8", "replace")


def _valid(text: str) -> str:
    """Replace bytes that were no UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
