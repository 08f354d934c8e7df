"""
Add fixed fields to the answer of an endpoint.

Setting ``static`` of the namespace ``proxy``.  A strategy says when; with ``errored`` or
``incomplete`` the data can stand in for backends that failed.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from gatekeeper.components.proxy.settings import ProxySettings, StaticData
from gatekeeper.errors import (
    BackendError,
    BodyTooLarge,
    ConfigError,
    GatekeeperError,
    MergeError,
    Problem,
    RequestGone,
)
from gatekeeper.message import JSON, Decoded, Double, Request, Response, Streamed
from gatekeeper.proxy import Middleware, Proxy

__all__ = ["static"]


def static(settings: ProxySettings, *, exact_integers: bool = False) -> Middleware | None:
    """
    Add data when the strategy matches, or None when there is nothing to add.

    The data make an answer of a failure; its status is 200 then.

    Args:
        settings: Of the endpoint.
        exact_integers: Whether the file's format has integers (YAML, TOML); in JSON all
            numbers are doubles.

    Raises:
        ConfigError: A number has no double.

    Source: KrakenD documentation, "Static response".
    """
    if settings.static is None:
        return None
    strategy = settings.static.strategy
    stamp = _Stamp(_converted(settings.static, exact_integers))
    on_failure = strategy in {"always", "errored", "incomplete"}

    def middleware(inner: Proxy) -> Proxy:
        async def proxy(request: Request) -> Response:
            try:
                response = await inner(request)
            except (BodyTooLarge, RequestGone):
                raise  # the client's, not the backends'
            except GatekeeperError as error:
                if not on_failure:
                    raise
                kept = error if isinstance(error, BackendError) else MergeError([error])
                return stamp.on(Decoded({}, complete=False, error=kept))
            return stamp.on(response) if _matches(strategy, response) else response

        return proxy

    return middleware


class _Stamp:
    """
    Puts data on responses.

    Objects and lists are copied each time: a later stage may change what is in a response.
    """

    __slots__ = ("_nested", "_plain")

    def __init__(self, data: Mapping[str, JSON]) -> None:
        self._plain = {name: value for name, value in data.items() if not _is_container(value)}
        self._nested = [(name, value) for name, value in data.items() if _is_container(value)]

    def on(self, response: Response) -> Response:
        """Overwrite top-level keys; bytes that pass through only become complete."""
        if isinstance(response, Streamed):
            return evolve(response, complete=bool(self._plain or self._nested))
        if response.data is None:
            response = evolve(response, data={})
        data = response.data
        assert data is not None
        data.update(self._plain)
        for name, value in self._nested:
            data[name] = _copy(value)
        return response


def _matches(strategy: str, response: Response) -> bool:
    complete, failed = True, False
    if isinstance(response, Decoded):
        complete, failed = response.complete, response.error is not None
    if strategy == "success":
        return not failed
    if strategy == "errored":
        return failed
    if strategy == "complete":
        return complete and not failed
    if strategy == "incomplete":
        return not complete
    return True


def _is_container(value: JSON) -> bool:
    return type(value) in {dict, list}


def _copy(value: JSON) -> JSON:
    if type(value) is dict:
        return {name: _copy(inner) for name, inner in value.items()}
    if type(value) is list:
        return [_copy(inner) for inner in value]
    return value


def _converted(static: StaticData, exact_integers: bool) -> dict[str, JSON]:
    def convert(value: JSON) -> JSON:
        if isinstance(value, dict):
            return {name: convert(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [convert(inner) for inner in value]
        if type(value) is float or (type(value) is int and not exact_integers):
            return Double(value)
        return value

    try:
        return {name: convert(value) for name, value in static.data.items()}
    except OverflowError as error:
        message = "expected numbers up to 1.8e308, found an integer with more digits"
        raise ConfigError([Problem(message, static.pointer)]) from error
