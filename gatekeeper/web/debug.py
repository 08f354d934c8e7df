"""
The debug page: writes requests to the log and answers ``pong``.

It stands in for a backend while a configuration is written.  Values of headers that prove
who somebody is are not written.

Source: KrakenD documentation, "Debug endpoint"; kept for compatibility with the conformance
case ``builtin-endpoints``.
"""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.body import read_body
from gatekeeper.log import Log
from gatekeeper.quoting import one_line, quoted
from gatekeeper.web.call import Answer, Call
from gatekeeper.web.query import parse_query

__all__ = ["METHODS", "PATH", "debug"]

METHODS = ("GET", "POST", "PUT", "PATCH", "HEAD", "OPTIONS", "DELETE", "CONNECT", "TRACE")
"""In the order in which an ``Allow`` header lists them."""

PATH = "/__debug/*param"

_JSON = (("Content-Type", "application/json; charset=utf-8"),)
_PONG = b'{"message":"pong"}'
_SECRET = frozenset({"Authorization", "Cookie", "Proxy-Authorization"})


def debug(log: Log) -> Answer:
    """Make the page."""

    async def answer(call: Call) -> tuple[int, Sequence[str]]:
        body = await read_body(call.exchange.body)
        if log.debugs:
            _describe(log, call, body)
        call.exchange.respond(200, _JSON, _PONG)
        return 200, ()

    return answer


def _describe(log: Log, call: Call, body: bytes) -> None:
    exchange = call.exchange
    label = "[ENDPOINT: /__debug/*]"
    log.debug(label, "Method:", one_line(exchange.method))
    log.debug(label, "URL:", one_line(exchange.target))
    log.debug(label, "Query:", _shown(parse_query(call.query)))
    log.debug(label, "Params:", _shown({"param": list(call.values)}))
    log.debug(
        label,
        "Headers:",
        _shown({n: ["***"] if n in _SECRET else v for n, v in exchange.headers.items()}),
    )
    log.debug(label, "Body:", quoted(body.decode("utf-8", "surrogateescape")))


def _shown(values: dict[str, list[str]]) -> str:
    return " ".join(
        f"{one_line(name)}=[{', '.join(map(quoted, values[name]))}]" for name in sorted(values)
    )
