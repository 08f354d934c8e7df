"""
Speak GraphQL to a backend that clients see as an ordinary endpoint.

Namespace ``backend/graphql``, allowed on a backend.  A query takes its variables from the
endpoint's parameters; a mutation takes them from the client's body, and configured ones
fill the gaps.  The request becomes a POST with a JSON body, or a GET with everything in
the query string (the original forgets it there; this is what its documentation says).

An unknown ``type``, or a ``query_path`` that cannot be read, switches the adapter off with
a warning: kept for compatibility with the conformance case ``graphql``.

Source: KrakenD documentation, "GraphQL".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import orjson
from attrs import evolve, field, frozen

from gatekeeper.backend.url import encoded_query, with_query
from gatekeeper.body import whole
from gatekeeper.component import Component, Placement, Runtime
from gatekeeper.config.reader import Reader
from gatekeeper.encoding.decoders import decoder
from gatekeeper.encoding.json import dumps, ordered_dumps
from gatekeeper.errors import DecodeError
from gatekeeper.message import JSON, Double, Number, Request, Response
from gatekeeper.proxy import Middleware, Proxy

__all__ = ["GraphQL", "component", "graphql"]

Variables: TypeAlias = dict[str, JSON]

_HEADERS = {"Content-Type": ["application/json"]}
_OBJECT = decoder("json", False)


@frozen
class GraphQL:
    """
    One operation.

    Attributes:
        type: ``query`` or ``mutation``; anything else switches the adapter off.
        method: ``GET`` or ``POST``.
        query_path: A file whose text replaces `query`; "" when there is none.
        variables: Texts that are exactly ``{name}`` stand for a parameter in queries.
    """

    type: str
    method: str = "POST"
    query: str = ""
    query_path: str = ""
    operation_name: str = ""
    variables: Variables = field(factory=dict)

    @classmethod
    def read(cls, json: Reader) -> GraphQL:
        """Read the settings."""
        return cls(
            type=json.text("type", default="").lower(),
            method="GET" if json.text("method", default="").upper() == "GET" else "POST",
            query=json.text("query", default=""),
            query_path=json.text("query_path", default=""),
            operation_name=json.text("operationName", default=""),
            variables=dict(json.mapping("variables", default={})),
        )


def graphql(settings: GraphQL, placement: Placement, runtime: Runtime) -> Middleware:
    """
    Replace a request by a GraphQL operation.

    Raises (from the proxy it makes):
        DecodeError: The body of a mutation is no JSON object.
        BodyTooLarge: It is too long to be read.
    """
    del runtime
    problem = _problem(settings)
    if problem:
        placement.problems.add(placement.pointer, problem, fatal=False)
        return lambda inner: inner
    text = Path(settings.query_path).read_text("utf-8") if settings.query_path else settings.query
    operation = evolve(settings, query=text)
    send = _get if settings.method == "GET" else _post
    fill = _from_parameters(operation.variables)

    def middleware(inner: Proxy) -> Proxy:
        async def query(request: Request) -> Response:
            return await inner(send(request, operation, fill(request.params)))

        async def mutation(request: Request) -> Response:
            body = (await whole(request)).body
            variables = _from_body(body if isinstance(body, bytes) else b"", operation.variables)
            return await inner(send(request, operation, variables))

        return query if settings.type == "query" else mutation

    return middleware


def _problem(settings: GraphQL) -> str:
    if settings.type not in {"query", "mutation"}:
        return f'expected type "query" or "mutation", found "{settings.type}": GraphQL is off'
    if settings.query_path:
        try:
            Path(settings.query_path).read_text("utf-8")
        except (OSError, ValueError) as error:
            return f"cannot read query_path ({type(error).__name__}): GraphQL is off"
    return ""


def _post(request: Request, operation: GraphQL, variables: Variables) -> Request:
    members: dict[str, JSON] = {"query": operation.query}
    if operation.operation_name:
        members["operationName"] = operation.operation_name
    if variables:
        members["variables"] = variables
    body = ordered_dumps(members)
    return evolve(request, method="POST", headers={**request.headers, **_HEADERS}, body=body)


def _get(request: Request, operation: GraphQL, variables: Variables) -> Request:
    query = {"query": [operation.query]}
    if operation.operation_name:
        query["operationName"] = [operation.operation_name]
    if variables:
        query["variables"] = [dumps(variables).decode("utf-8")]
    place = with_query(request.url, encoded_query(query))
    headers = {**request.headers, **_HEADERS}
    return evolve(request, method="GET", headers=headers, body=b"", url=place)


def _from_parameters(configured: Variables) -> Callable[[Mapping[str, str]], Variables]:
    """Make a function that puts parameters where a variable asks for one, "" if missing."""
    constants = {name: _printable(value) for name, value in configured.items()}
    asked = {name: _parameter(value) for name, value in configured.items() if _parameter(value)}
    if not asked:
        return lambda _: constants

    def fill(params: Mapping[str, str]) -> Variables:
        found = {name: params.get(parameter, "") for name, parameter in asked.items()}
        return {**constants, **found}

    return fill


def _parameter(value: JSON) -> str:
    """Give the parameter that a value stands for, or ""."""
    if isinstance(value, str) and len(value) > 2 and value[0] == "{" and value[-1] == "}":
        return value[1].upper() + value[2:-1]
    return ""


def _from_body(body: bytes, configured: Variables) -> Variables:
    """Take a mutation's variables from the client; ``null`` counts as an empty object."""
    try:
        given = _OBJECT(body)
    except DecodeError as error:
        if str(error) in {"EOF", "unexpected EOF"}:
            raise DecodeError("unexpected end of JSON input") from error
        raise
    _check_end(body)
    return {**_printable(configured), **_printable(given or {})}


def _check_end(body: bytes) -> None:
    """Refuse what follows the first value: a client's body is one document."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if error.msg.startswith("unexpected content after"):
            raise DecodeError("invalid character after top-level value") from error


def _printable(value: JSON) -> JSON:
    """Write numbers as the original does: as doubles; whole numbers stay exact."""
    if isinstance(value, dict):
        return {name: _printable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_printable(item) for item in value]
    if isinstance(value, Number) and value.lstrip("-").isdigit():
        return value
    if isinstance(value, Number | float):
        return Double(value)
    return value


component = Component(namespace="backend/graphql", settings=GraphQL.read, backend=graphql)
