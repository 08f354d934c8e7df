"""
Open the logs that a configuration asks for.

There are two: the application log, which components write with a level, and the access log,
one line for each request.  `telemetry/logging` says what becomes of the first; without it, or
when it cannot be set up, lines of the plain format go to standard output.  The access log
goes to standard output always, unless Graylog gets it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

from attrs import field, frozen

from gatekeeper.components.telemetry import gelf as gelf_settings
from gatekeeper.components.telemetry import logging as logging_settings
from gatekeeper.components.telemetry import logstash
from gatekeeper.components.telemetry.gelf import GELF
from gatekeeper.components.telemetry.logging import Logging, prefixed
from gatekeeper.config.model import ServiceConfig
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems
from gatekeeper.log import Log, Write
from gatekeeper.logging.clean import clean
from gatekeeper.logging.gelf import TCP, UDP, GELFUnreachable, Sender
from gatekeeper.logging.observer import TwistedLines, to_twisted
from gatekeeper.logging.pattern import PLAIN, Format, compile_pattern
from gatekeeper.logging.relay import Relay
from gatekeeper.logging.stdout import Lines
from gatekeeper.logging.syslog import Syslog, SyslogUnreachable, facility

__all__ = ["Journal", "Mute", "open_journal", "read_settings"]

T = TypeVar("T")

WriteLine: TypeAlias = Callable[[str], None]
_Wrap: TypeAlias = Callable[[str, str], str]


class _Part(Protocol):
    def begin(self, reactor: Any) -> None: ...

    def end(self) -> None: ...


class Mute:
    """
    Keeps the application log silent, while something is done that others have told already.

    Attributes:
        on: Whether it is silent now.
    """

    def __init__(self, *, on: bool = False) -> None:
        self.on = on


@frozen
class Journal:
    """
    Both logs, open.

    Attributes:
        log: The application log.
        access: Takes one line of the access log, without its end.
        lines: What stands for standard output.
        parts: What must know when the reactor runs.
        mute: Silences the application log.
        reopenings: What must be done when somebody has replaced a log or its daemon.
    """

    log: Log
    access: WriteLine
    lines: Lines
    parts: Sequence[_Part]
    mute: Mute = field(factory=Mute)
    reopenings: Sequence[Callable[[], None]] = ()

    def begin(self, reactor: Any) -> None:
        """The reactor runs: from now on lines may be collected for a moment."""
        for part in self.parts:
            part.begin(reactor)

    def end(self) -> None:
        """The reactor is about to stop: nothing may wait any longer."""
        for part in self.parts:
            part.end()

    def reopen(self) -> None:
        """Open anew what was opened at the start."""
        for reopen in self.reopenings:
            reopen()


class _Unusable(Exception):
    """The configured logger cannot be set up, and why."""


def open_journal(
    service: ServiceConfig, lines: Lines, problems: Problems, mute: Mute | None = None
) -> Journal:
    """
    Open the logs.

    Args:
        service: The configuration.
        lines: What stands for standard output.
        problems: Gets settings that must be refused: check it before anything is written.
        mute: Silences the application log, already while it is opened.
    """
    mute = mute or Mute()
    reopenings: list[Callable[[], None]] = []
    settings, graylog = read_settings(service, problems)
    as_json = logstash.NAMESPACE in service.extra_config
    sender, gelf_problem = _sender(graylog)
    log = _plain(lines, mute)
    if settings is not None and not problems.fatal:
        try:
            log = _configured(settings, lines, sender, mute, reopenings, as_json=as_json)
            log.debug("[SERVICE: telemetry/logging] Improved logging started.")
        except _Unusable as error:
            log.error(f"[SERVICE: Logging] Unable to create the logger: {error}")
    if gelf_problem:
        log.error(f"[SERVICE: Logging][GELF] Unable to create the writer: {gelf_problem}")
    if sender is None:
        write = lines.write
        return Journal(log, lambda line: write(line + "\n"), lines, [lines], mute, reopenings)
    grouped = _Grouped(sender)
    return Journal(log, grouped.write, lines, [grouped, sender, lines], mute, reopenings)


def read_settings(service: ServiceConfig, problems: Problems) -> tuple[Logging | None, GELF | None]:
    """Read what the configuration says about logs, and report what is wrong."""
    return (
        _read(service, logging_settings.NAMESPACE, Logging.read, problems),
        _read(service, gelf_settings.NAMESPACE, GELF.read, problems),
    )


def _read(
    service: ServiceConfig, namespace: str, read: Callable[[Reader], T], problems: Problems
) -> T | None:
    """Read a namespace; what is no object counts as absent, as in the original."""
    found = service.extra_config.get(namespace)
    if found is None or not isinstance(found.value, dict):
        return None
    return read(Reader(found.value, found.pointer, problems))


def _sender(settings: GELF | None) -> tuple[Sender | None, str]:
    """Give Graylog, or why there is none."""
    if settings is None:
        return None, ""
    if not settings.address:
        return None, "missing addr to send gelf logs"
    try:
        return (TCP if settings.enable_tcp else UDP)(settings.address), ""
    except GELFUnreachable as error:
        return None, str(error)


def _plain(lines: Lines, mute: Mute) -> Log:
    """Give the logger that is used when none is configured."""
    return _log([_to_stdout(lines, compile_pattern(PLAIN))], "DEBUG", mute)


def _configured(
    settings: Logging,
    lines: Lines,
    sender: Sender | None,
    mute: Mute,
    reopenings: list[Callable[[], None]],
    *,
    as_json: bool,
) -> Log:
    """
    Give the logger of `telemetry/logging`.

    Raises:
        _Unusable: Its level does not exist, or there is no syslog daemon.
    """
    writers = []
    wrap = logstash.messages(settings.prefix) if as_json else None
    if settings.stdout:
        pattern = _format(settings, as_json=as_json, gelf=sender is not None)
        writers.append(_wrapped(wrap, _to_stdout(lines, pattern)))
    if settings.syslog:
        daemon = _to_syslog(settings)
        writers.append(_wrapped(wrap, daemon.write))
        reopenings.append(daemon.reopen)
    if sender is not None and not as_json:
        prefix = settings.prefix if settings.has_prefix else ""
        writers.append(lambda _, text: sender.send(prefix + text))
    if not writers:  # then nobody looks at the level either, as in the original
        return Log(_nowhere, "CRITICAL")
    if not settings.level:
        raise _Unusable("logger: invalid log level")
    return _log(writers, settings.level, mute)


def _format(settings: Logging, *, as_json: bool, gelf: bool) -> Format:
    """Choose the format of standard output; see the documentation's notes on combinations."""
    if as_json:
        if gelf or settings.is_json:
            return _only_text
        return prefixed("") if settings.has_prefix else settings.format
    return prefixed(settings.prefix if settings.has_prefix else "") if gelf else settings.format


def _only_text(_level: str, text: str, _now: float) -> str:
    return text + "\n"


def _nowhere(_level: str, _text: str) -> None:
    """Write nothing."""


def _wrapped(wrap: _Wrap | None, write: Write) -> Write:
    if wrap is None:
        return write
    return lambda level, text: write(level, wrap(level, text))


def _to_syslog(settings: Logging) -> Syslog:
    try:
        return Syslog(settings.level, facility(settings.facility), settings.prefix)
    except SyslogUnreachable as error:
        raise _Unusable(str(error)) from error


def _to_stdout(lines: Lines, pattern: Format) -> Write:
    if isinstance(lines, TwistedLines):
        return to_twisted()
    if isinstance(lines, Relay):
        return lines.say
    return lambda level, text: lines.write(pattern(level, text, time.time()))


def _log(writers: Sequence[Write], level: str, mute: Mute) -> Log:
    def write(level: str, text: str) -> None:
        if not mute.on:
            text = clean(text)
            for writer in writers:
                writer(level, text)

    return Log(write, level)


class _Grouped:
    """
    Sends the lines of one request as one message.

    A line that begins with ``Error #`` belongs to the one before, which therefore waits for
    the next turn of the reactor.
    """

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._reactor: Any = None
        self._lines: list[str] = []

    def begin(self, reactor: Any) -> None:
        self._reactor = reactor

    def end(self) -> None:
        self._reactor = None
        self.flush()

    def write(self, line: str) -> None:
        if self._lines and not line.startswith("Error #"):
            self.flush()
        self._lines.append(line)
        if self._reactor is None:
            self.flush()
        elif len(self._lines) == 1:
            self._reactor.callLater(0, self.flush)

    def flush(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            self._sender.send("\n".join(lines))
