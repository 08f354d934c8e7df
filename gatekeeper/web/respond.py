"""
Turn what the pipe gives, or raises, into what a client gets.

This is the one place where errors become HTTP.  Every answer of an endpoint's handler says
who made it (``X-Krakend``) and whether anything is missing (``X-Krakend-Completed``).

Source: KrakenD documentation, "Response content types", "Returning errors"; kept for
compatibility with the conformance cases ``errors-*``, ``output-*`` and ``cache-ttl``.
"""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Callable, Sequence

from attrs import field, frozen

from gatekeeper import __version__
from gatekeeper.body import drop
from gatekeeper.config.model import Endpoint
from gatekeeper.encoding.sniff import content_type as sniffed
from gatekeeper.errors import BackendError, MergeError, Refused
from gatekeeper.log import Log
from gatekeeper.message import Decoded, Headers, Lines, Reply, Response, Streamed
from gatekeeper.web.options import RouterOptions
from gatekeeper.wire.h1_write import PreparedLines

__all__ = [
    "Render",
    "Respond",
    "crashed",
    "has_body",
    "is_typed",
    "passes_through",
    "product",
    "refusal",
    "texts_of",
]

Render = Callable[[Decoded, str], tuple[str, bytes]]
"""Takes a response and the client's ``Accept``; gives content type and body."""

_DECODING = frozenset({"json", "json-collection", "negotiate", "string", "xml", "yaml"})


def product(options: RouterOptions) -> str:
    """Give the value of ``X-Krakend``."""
    return f"Version {'undefined' if options.hide_version_header else __version__}"


def passes_through(endpoint: Endpoint) -> bool:
    """Whether backends' answers reach clients unread."""
    if endpoint.output_encoding == "no-op":
        return True
    return (
        endpoint.output_encoding not in _DECODING
        and len(endpoint.backends) == 1
        and endpoint.backends[0].encoding == "no-op"
    )


@frozen
class Respond:
    """
    How one endpoint answers.

    Attributes:
        render: Writes decoded data.
        negotiates: Whether `render` looks at ``Accept``.
        passes_through: See `gatekeeper.web.respond.passes_through`.
        show_errors: Whether clients see texts of errors (``return_error_msg``).
        complete, incomplete: The gateway's own header lines; a dictionary keeps the
            lines for each content type.
    """

    render: Render
    negotiates: bool
    passes_through: bool
    show_errors: bool
    complete: Lines
    incomplete: Lines
    log: Log
    label: str
    typed: dict[tuple[bool, str], Lines] = field(factory=dict)

    @classmethod
    def compile(
        cls, endpoint: Endpoint, render: Render, options: RouterOptions, log: Log
    ) -> Respond:
        """Decide at start what can be decided."""
        named = ("X-Krakend", product(options))
        complete: list[tuple[str, str]] = [named]
        if endpoint.cache_ttl_s:
            complete.append(("Cache-Control", f"public, max-age={int(endpoint.cache_ttl_s)}"))
        complete.append(("X-Krakend-Completed", "true"))
        return cls(
            render=render,
            negotiates=endpoint.output_encoding == "negotiate",
            passes_through=passes_through(endpoint),
            show_errors=options.return_error_msg,
            complete=tuple(complete),
            incomplete=(named, ("X-Krakend-Completed", "false")),
            log=log,
            label=f"[ENDPOINT: {endpoint.path}]",
        )

    def accept(self, headers: Headers) -> str:
        """Give what the renderer must know of the client's wishes."""
        if not self.negotiates:
            return ""
        values = headers.get("Accept")
        return values[0] if values else ""

    def decoded(self, response: Decoded, accept: str) -> tuple[int, Lines, bytes]:
        """Render data: status, header lines, body."""
        kind, body = self.render(response, accept)
        complete = bool(response.complete and response.data)
        lines = self.typed.get((complete, kind))
        if lines is None:
            lines = self._typed(kind, complete=complete)
        if response.headers and (response.data or self.passes_through):
            lines = (*lines, *_lines(response.headers))
        return response.status, lines, body if has_body(response.status) else b""

    def reply(self, response: Response, accept: str) -> Reply:
        """Make a reply of any response."""
        if isinstance(response, Streamed):
            if self.passes_through:
                return self._streamed(response)
            drop(response)
            response = Decoded({}, complete=False)
        status, lines, body = self.decoded(response, accept)
        errors = () if response.error is None else self.tell(response.error)
        return Reply(status, lines, body, errors=errors, source=response)

    def failed(self, error: Exception) -> Reply:
        """Make a reply of an exception that the pipe raised."""
        if isinstance(error, BackendError):
            return self._failed(error.status, error.content_type, _lines(error.headers), error)
        if isinstance(error, Refused):
            return self._failed(error.status, "", error.headers, error)
        return crashed(error, self.log, self.label, self.incomplete)

    def tell(self, error: Exception) -> Sequence[str]:
        """Log an error; give its texts for the access log."""
        texts = texts_of(error)
        if isinstance(error, MergeError):
            for number, text in enumerate(texts):
                self.log.error(self.label, f"Error #{number}:", text)
        else:
            self.log.error(self.label, texts[0])
        return texts

    def _streamed(self, response: Streamed) -> Reply:
        own = self.complete if response.complete else self.incomplete
        lines = (*own, *response.headers)
        return Reply(response.status, lines, response.body, response.length, source=response)

    def _failed(self, status: int, content_type: str, headers: Lines, error: Exception) -> Reply:
        lines = (*self.incomplete, *headers)
        errors = self.tell(error)
        if not self.show_errors or not has_body(status):
            return Reply(status, lines, errors=errors, source=error)
        body = str(error).encode("utf-8", "surrogateescape")
        kind = content_type or (sniffed(body) if body else "")
        if kind:
            lines = (*lines, ("Content-Type", kind))
        return Reply(status, lines, body, errors=errors, source=error)

    def _typed(self, kind: str, *, complete: bool) -> Lines:
        own = self.complete if complete else self.incomplete
        lines = PreparedLines((*own, ("Content-Type", kind)) if kind else own)
        if len(self.typed) < 16:  # renderers know a handful of types
            self.typed[complete, kind] = lines
        return lines


def refusal(error: Refused) -> Reply:
    """
    Make a reply of a refusal by a handler component.

    It comes before the endpoint's handler, so it has none of its headers and no body.
    """
    return Reply(error.status, error.headers, errors=(str(error),) if str(error) else ())


def crashed(error: Exception, log: Log, label: str, headers: Lines = ()) -> Reply:
    """
    Make a reply of a mistake of ours: 500, and an id that client and log share.

    The log gets the place, not the text: it might hold a part of a request.
    """
    number = secrets.token_hex(6)
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    place = " < ".join(
        f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in reversed(frames)
    )
    log.error(label, f"internal error {number}: {type(error).__name__} in {place or 'unknown'}")
    log.debug(label, f"internal error {number}: {error}")
    return Reply(
        500, (*headers, ("X-Gatekeeper-Error", number)), errors=(f"internal error {number}",)
    )


def texts_of(error: Exception) -> Sequence[str]:
    """Give what is worth a line in a log, one for each part."""
    if isinstance(error, MergeError):
        return tuple(str(part) for part in error.errors)
    return (str(error),)


def has_body(status: int) -> bool:
    """Whether answers with this status may have a body."""
    return status >= 200 and status not in (204, 304)


def is_typed(lines: Lines) -> bool:
    """Whether header lines have a content type already."""
    names = dict(lines)
    return "Content-Type" in names or "content-type" in map(str.lower, names)


def _lines(headers: Headers) -> Lines:
    return tuple((name, value) for name, values in headers.items() for value in values)
