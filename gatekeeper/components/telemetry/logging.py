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

__all__ = ["NAMESPACE", "Logging", "component", "prefixed"]

NAMESPACE = "telemetry/logging"


@frozen
class Logging:
    """
    The application log.

    Attributes:
        level: Upper case; "" when it is missing or no level, which is no reason to refuse
            (kept for compatibility, conformance case ``logging/formats``).
        facility: A name such as ``local3``.
        prefix: The tag for syslog, and what lines of the default format begin with.
        format: Writes lines for standard output.
        is_json: Whether these are lines of JSON, format ``logstash``.
        has_prefix: Whether lines have the prefix: not in the formats ``logstash`` and
            ``custom``.
    """

    level: str
    stdout: bool
    syslog: bool
    facility: str
    prefix: str
    format: Format
    is_json: bool
    has_prefix: bool

    @classmethod
    def read(cls, json: Reader) -> Logging:
        """Read the settings; wrong types of switches and unusable patterns are problems."""
        level, form, prefix = (_text(json, key) for key in ("level", "format", "prefix"))
        return cls(
            level=level.upper() if level.upper() in LEVELS else "",
            stdout=json.boolean("stdout", default=False),
            syslog=json.boolean("syslog", default=False),
            facility=_text(json, "syslog_facility"),
            prefix=prefix,
            format=_format(json, form, prefix),
            is_json=form == "logstash",
            has_prefix=form not in {"logstash", "custom"},
        )


def prefixed(prefix: str) -> Format:
    """Give the default format."""
    write = compile_pattern(DEFAULT)
    return lambda level, text, now: prefix + write(level, text, now)


def _format(json: Reader, form: str, prefix: str) -> Format:
    if form == "logstash":
        return logstash
    if form == "custom":
        try:
            return compile_pattern(_text(json, "custom_format"))
        except ValueError as error:
            json.problem("custom_format", f"expected text with verbs like %{{message}}: {error}")
    return prefixed(prefix)


def _text(json: Reader, key: str) -> str:
    """Read a text; anything else counts as absent, as in the original."""
    value = json.value(key)
    return value if isinstance(value, str) else ""


component = Component(namespace=NAMESPACE, settings=Logging.read)
