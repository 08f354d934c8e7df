"""
Turn the messages of the application log into JSON for Logstash.

Namespace ``telemetry/logstash``, allowed at service level.  Its presence switches it on; the
value is not read, even ``{"enabled": false}``, as in the original.  `gatekeeper.journal` uses
it, so there is nothing left to do when the pipe is built.

Source: KrakenD documentation, "Logstash"; conformance case ``logging/logstash``.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import orjson

from gatekeeper.component import Component
from gatekeeper.config.reader import Reader
from gatekeeper.logging.layout import layout

__all__ = ["NAMESPACE", "component", "messages"]

NAMESPACE = "telemetry/logstash"


def messages(
    module: str, host: str = "", now: Callable[[], float] = time.time
) -> Callable[[str, str], str]:
    """
    Give a function that takes a level and a text and gives the text of a JSON object.

    Args:
        module: The prefix of the log; ours when it is empty.
        host: Where we run.
    """
    host = host or socket.gethostname()
    module = module or "KRAKEND"
    stamp = layout("2006-01-02T15:04:05.000000-07:00")

    def message(level: str, text: str) -> str:
        members = {
            "@timestamp": stamp(now()),
            "@version": 1,
            "host": host,
            "level": level,
            "message": text,
            "module": module,
        }
        return orjson.dumps(members).decode()

    return message


def _read(json: Reader) -> None:
    """There is nothing to read."""
    del json


component = Component(namespace=NAMESPACE, settings=_read)
