"""
Refuse requests whose body does not fit a JSON Schema.

Namespace ``validation/json-schema``, allowed on an endpoint.  Its value is the schema.  A
body that fits goes on byte by byte as the client sent it.

In version 2 files the schema is of draft 7, the texts are those of KrakenD 1.3, a body that
is no JSON gets 500 instead of 400, and what follows the first value is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gatekeeper.body import whole
from gatekeeper.component import Component, Placement, Runtime
from gatekeeper.config.model import Settings
from gatekeeper.errors import BackendError, Refused
from gatekeeper.json_schema.document import Malformed, read_document
from gatekeeper.message import JSON, Request, Response
from gatekeeper.proxy import Middleware, Proxy

__all__ = ["EXTRA", "NAMESPACE", "component", "json_schema"]

NAMESPACE = "validation/json-schema"
EXTRA = 'pip install "gatekeeper-gateway[json-schema]"'
BAD_REQUEST = 400
NO_BODY = "could not validate an empty body"

Explain: TypeAlias = Callable[[JSON], str]


def json_schema(settings: Settings, placement: Placement, runtime: Runtime) -> Middleware:
    """
    Validate bodies.

    Raises (from the proxy it makes):
        Refused: The body is empty, or does not fit: 400.
        BodyTooLarge: It is longer than what is read into memory: 413.
        RequestGone: The client left before it had sent everything.

    Source: KrakenD documentation, "JSON Schema validation"; kept for compatibility with the
    conformance cases ``json-schema`` and ``json-schema-messages``.
    """
    is_old = placement.service.version == 2
    compiled = _compiled(settings, placement, is_old=is_old)
    if compiled is None:
        return lambda inner: inner  # it was reported: nothing will be served
    is_valid, explain = compiled
    malformed = _failed if is_old else _refused
    path = placement.endpoint.path if placement.endpoint else ""
    runtime.log.debug(f"[ENDPOINT: {path}][JSONSchema] Validator enabled")

    def middleware(inner: Proxy) -> Proxy:
        async def proxy(request: Request) -> Response:
            request = await whole(request)
            body = request.body
            if not isinstance(body, bytes) or not body:
                raise malformed(NO_BODY)
            try:
                document = read_document(body, only_first=is_old)
            except Malformed as error:
                raise malformed(str(error)) from error
            if not is_valid(document):
                raise _refused(explain(document))
            return await inner(request)

        return proxy

    return middleware


def _compiled(
    settings: Settings, placement: Placement, *, is_old: bool
) -> tuple[Callable[[JSON], bool], Explain] | None:
    """Compile the schema; give its judgement and its reasons."""
    try:
        from gatekeeper.json_schema.compiling import compile_schema
        from gatekeeper.json_schema.old_wording import old_text
        from gatekeeper.json_schema.wording import explained
    except ImportError:
        message = f'"{NAMESPACE}" needs the library jsonschema-rs: {EXTRA}'
        placement.problems.add(placement.pointer, message)
        return None
    schema = compile_schema(
        settings.value, placement.service.version, placement.pointer, placement.problems
    )
    if schema is None:
        return None
    say = old_text if is_old else explained
    return schema.is_valid, lambda document: say(schema, document)


def _refused(text: str) -> Exception:
    return Refused(BAD_REQUEST, text)


def _failed(text: str) -> Exception:
    """KrakenD 1.3 took the client's broken JSON for a mistake of its own."""
    return BackendError(text)


def _as_written(settings: Settings) -> Settings:
    """Take the schema, whatever it is; compiling it shows whether it is one."""
    return settings


component = Component(namespace=NAMESPACE, settings=_as_written, raw=True, proxy=json_schema)
