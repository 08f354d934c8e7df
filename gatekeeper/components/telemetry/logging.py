"""
Choose what is logged, how it looks and where it goes.

Namespace ``telemetry/logging``, allowed at service level.  `gatekeeper.journal` opens the log
before anything else is built, so there is nothing left to do when the pipe is built.

Source: KrakenD documentation, "Logging".
"""

from __future__ import annotations

from attrs import frozen

from gatekeeper.component import Component
from gatekeeper.config.reader import Reader
from gatekeeper.log import LEVELS
from gatekeeper.logging.pattern import DEFAULT, Format, compile_pattern, logstash
from gatekeeper.logging.syslog import facility

__all__ = ["NAMESPACE", "Logging", "component"]

NAMESPACE = "telemetry/logging"


@frozen
class Logging:
    """
    The application log.

    Attributes:
        level: Upper case; "" when it is missing or no level, which is no reason to refuse
            (kept for compatibility, conformance case ``logging/formats``).
        format: Writes lines for standard output.
        prefix: What is put in front of lines, and the tag for syslog.
    """

    level: str
    stdout: bool
    syslog: bool
    facility: int
    prefix: str
    format: Format

    @classmethod
    def read(cls, json: Reader) -> Logging:
        """Read the settings; wrong types and an unusable pattern are problems."""
        level = _text(json, "level").upper()
        form = _text(json, "format")
        prefix = "" if form in {"logstash", "custom"} else _text(json, "prefix")
        return cls(
            level=level if level in LEVELS else "",
            stdout=json.boolean("stdout", default=False),
            syslog=json.boolean("syslog", default=False),
            facility=facility(_text(json, "syslog_facility")),
            prefix=prefix,
            format=logstash if form == "logstash" else _pattern(json, form, prefix),
        )


def _text(json: Reader, key: str) -> str:
    """Read a text; anything else counts as absent, as in the original."""
    value = json.value(key) if json.has(key) else None
    return value if isinstance(value, str) else ""


def _pattern(json: Reader, form: str, prefix: str) -> Format:
    if form != "custom":
        return _prefixed(prefix)
    try:
        return compile_pattern(_text(json, "custom_format"))
    except ValueError as error:
        json.problem("custom_format", f"expected text with verbs such as %{{message}}: {error}")
        return _prefixed(prefix)


def _prefixed(prefix: str) -> Format:
    write = compile_pattern(DEFAULT)
    return lambda level, text, now: prefix + write(level, text, now)


component = Component(namespace=NAMESPACE, settings=Logging.read)
