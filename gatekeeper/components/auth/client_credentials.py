"""
Show a backend a token of the gateway's own.

Namespace ``auth/client-credentials``, allowed on a backend.  Each backend of the file has a
token of its own, fetched when it is first needed, for all workers of the node (see
`gatekeeper.oauth2.source`).  It replaces the header ``Authorization``.  When there is no
token, the backend is not called and the error is that of a failed call.

A redirect of the backend to an origin that is none of its hosts is followed without the
token (deviation 10 of the core).  Where hosts are looked up (``sd: dns``) they cannot be
known here, and every redirect is followed with it, as in the original.

Source: KrakenD documentation, "Client credentials"; conformance cases
``client-credentials`` and ``client-certificates``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from attrs import evolve, frozen
from twisted.internet.defer import Deferred

from gatekeeper.backend import url
from gatekeeper.backend.outbound import outbound
from gatekeeper.backend.proxies import route
from gatekeeper.component import Component, Placement, Runtime
from gatekeeper.config.model import Backend
from gatekeeper.config.pointer import below
from gatekeeper.config.reader import Reader
from gatekeeper.errors import ConfigError, TransportError, UnusableRequest
from gatekeeper.message import Request, Response
from gatekeeper.oauth2.answer import Token
from gatekeeper.oauth2.errors import NoToken
from gatekeeper.oauth2.fetcher import TokenFetcher
from gatekeeper.oauth2.grant import Grant
from gatekeeper.oauth2.outcome import MAX_BYTES
from gatekeeper.oauth2.source import TokenSource
from gatekeeper.proxy import Middleware, Proxy
from gatekeeper.quoting import quoted

__all__ = ["FETCH_S", "ClientCredentials", "client_credentials", "component"]

NAMESPACE = "auth/client-credentials"
FETCH_S = 30.0


@frozen
class ClientCredentials:
    """
    The settings.

    Attributes:
        grant: What tokens are asked for with.
        is_disabled: Leave requests as they are.
    """

    grant: Grant
    is_disabled: bool = False

    @classmethod
    def read(cls, json: Reader) -> ClientCredentials:
        """Read the settings; a value of a wrong type stops the start."""
        json.known(
            "client_id", "client_secret", "token_url", "scopes", "endpoint_params", "is_disabled"
        )
        grant = Grant(
            client_id=json.text("client_id", default=""),
            client_secret=json.text("client_secret", default=""),
            token_url=json.text("token_url", default=""),
            scopes=json.text("scopes", default="").split(","),
            parameters=_parameters(json),
        )
        made = cls(grant, json.boolean("is_disabled", default=False))
        if not made.is_disabled:
            _warn(grant, json)
        return made


def client_credentials(
    settings: ClientCredentials, placement: Placement, runtime: Runtime
) -> Middleware:
    """
    Add the token to each request.

    Raises (from the proxy it makes):
        TransportError: There is no token.
    """
    if settings.is_disabled:
        return lambda inner: inner
    pointer, node = placement.pointer, runtime.node
    learnt = node.memory(f"{pointer} style", 1)
    fetcher = TokenFetcher(settings.grant, outbound(runtime.http, os.environ), learnt)
    _check_way(settings.grant.token_url, placement)
    place = _place(placement)

    def fetch() -> Deferred[Token]:
        return runtime.within(FETCH_S, fetcher.fetch())

    def unheard(why: str) -> None:
        runtime.log.error(f"[{place}] {why}")

    document = node.document(pointer, MAX_BYTES)
    source = TokenSource(fetch, document, FETCH_S + 1, runtime.clock, unheard)
    runtime.board.add(NAMESPACE, place, source.facts)
    is_meant = _meant(placement.backend)

    def middleware(inner: Proxy) -> Proxy:
        async def proxy(request: Request) -> Response:
            if not is_meant(request.url):
                return await inner(request)
            try:
                authorization = await source.authorization()
            except NoToken as error:
                raise _failed(request, error) from error
            headers = {**request.headers, "Authorization": [authorization]}
            return await inner(evolve(request, headers=headers))

        return proxy

    return middleware


def _parameters(json: Reader) -> Mapping[str, Sequence[str]]:
    """Read further fields: names to lists of texts."""
    members = Reader(
        json.mapping("endpoint_params", default={}), json.place("endpoint_params"), json.problems
    )
    return {name: members.texts(name, default=()) for name in members}


def _warn(grant: Grant, json: Reader) -> None:
    """Tell what lets every call fail; as in the original this does not stop the start."""
    if "scope" in grant.parameters:
        place = below(json.place("endpoint_params"), "scope")
        message = 'the scope cannot be set here, every call will fail; use "scopes"'
        json.problems.add(place, message, fatal=False)
    if not url.is_usable(_with_path(grant.token_url)):
        message = "expected an absolute URL, every call will fail"
        json.problem("token_url" if json.has("token_url") else "", message, fatal=False)


def _with_path(text: str) -> str:
    """Complete an URL that is only an origin."""
    return text if text.count("/") > 2 else text + "/"


def _check_way(token_url: str, placement: Placement) -> None:
    """Refuse a token server behind a proxy that would need a tunnel."""
    try:
        route(os.environ).find(url.parse(token_url).origin)
    except TransportError as error:
        placement.problems.add(below(placement.pointer, "token_url"), str(error))
    except (UnusableRequest, ConfigError):
        return  # one was warned of, the other is reported for the backend itself


def _meant(backend: Backend | None) -> Callable[[str], bool]:
    """Make a function that knows the origins which may see the token."""
    if backend is None or backend.sd == "dns":
        return lambda _: True
    origins = frozenset(_origins(backend))

    def is_meant(place: str) -> bool:
        try:
            return url.split(place).origin in origins
        except UnusableRequest:
            return False

    return is_meant


def _origins(backend: Backend) -> Sequence[object]:
    found = []
    for host in backend.hosts:
        try:
            found.append(url.parse(host).origin)
        except UnusableRequest:
            continue
    return found


def _place(placement: Placement) -> str:
    endpoint = placement.endpoint
    name = "" if endpoint is None else f"{endpoint.method} {endpoint.endpoint}"
    return f"{name}, backend {placement.index}"


def _failed(request: Request, error: NoToken) -> TransportError:
    """Say it as a failed call, in the words of the original."""
    place = quoted(str(url.split(request.url)))
    return TransportError(f"{url.operation(request.method)} {place}: {error}")


component = Component(
    namespace=NAMESPACE, settings=ClientCredentials.read, client=client_credentials
)
