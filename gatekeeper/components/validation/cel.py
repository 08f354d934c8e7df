"""
Refuse requests and responses that rules do not agree with.

Namespace ``validation/cel``, allowed on an endpoint and on a backend.  Rules on the request
are asked before the call, rules on the response after it, also when the response has only a
part of the data.  Rules on tokens are asked by ``auth/validator``: see
`gatekeeper.cel.tokens`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

from gatekeeper.body import drop
from gatekeeper.cel.asking import ALL_AGREE, asker
from gatekeeper.cel.engine import Expression
from gatekeeper.cel.rules import NAMESPACE, Rules, read_rules
from gatekeeper.cel.values import Values, of_request, of_response, stamp
from gatekeeper.component import Component, Placement, Runtime
from gatekeeper.config.model import Settings
from gatekeeper.errors import BackendError
from gatekeeper.log import Log
from gatekeeper.message import Request, Response
from gatekeeper.proxy import Middleware, Proxy

__all__ = ["RuleBroken", "component", "rules"]

VALIDATOR = "auth/validator"


class RuleBroken(BackendError):
    """A rule did not say yes."""

    def __init__(self, number: int) -> None:
        super().__init__(f"request aborted by evaluator #{number}")


def rules(
    settings: Settings,
    placement: Placement,
    runtime: Runtime,
    now: Callable[[], float] = time.time,
) -> Middleware:
    """
    Ask the rules of an endpoint or of a backend.

    Args:
        now: Seconds since the epoch.  Both phases of a call see the same time.

    Raises (from the proxy it makes):
        RuleBroken: A rule did not say yes.

    Source: KrakenD documentation, "Common Expression Language"; kept for compatibility with
    the conformance cases ``cel-rules`` and ``cel-backends``.
    """
    read = read_rules(settings.value, settings.pointer, placement.problems)
    _check_tokens(read, placement)
    label, log = _label(placement), runtime.log
    log.debug(f"{label} Loading configuration")
    log.debug(f"{label} {len(read.request)} preEvaluator(s) loaded")
    log.debug(f"{label} {len(read.response)} postEvaluator(s) loaded")
    before = _check(read.request, of_request, log, f"{label}[pre]")
    after = _check(read.response, of_response, log, f"{label}[post]")
    if before is None and after is None:
        return lambda inner: inner
    has_now = any("now" in rule.uses for rule in (*read.request, *read.response))

    def middleware(inner: Proxy) -> Proxy:
        async def proxy(request: Request) -> Response:
            moment = stamp(now()) if has_now else ""
            if before is not None:
                before(request, moment)
            try:
                response = await inner(request)
            except BackendError as error:
                log.debug(f"{label} Delegated execution failed: {error}")
                raise
            if after is not None:
                try:
                    after(response, moment)
                except BaseException:
                    drop(response)
                    raise
            return response

        return proxy

    return middleware


def _check(
    rules: Sequence[Expression],
    adder: Callable[[Collection[str]], Callable[[Any, Values], None]],
    log: Log,
    label: str,
) -> Callable[[Any, str], None] | None:
    """
    Make a check of requests or responses; None where there is nothing to ask.

    Args:
        adder: Makes what adds the values of the variables in use.
    """
    if not rules:
        return None
    names = frozenset[str]().union(*(rule.uses for rule in rules))
    add, ask = adder(names), asker(rules, log, f"{label} Evaluator")

    def check(message: Any, moment: str) -> None:
        values: Values = {"now": moment}
        add(message, values)
        number = ask(values)
        if number != ALL_AGREE:
            raise RuleBroken(number)

    return check


def _check_tokens(read: Rules, placement: Placement) -> None:
    """Report rules on tokens where nobody validates one: they would never be asked."""
    endpoint = placement.endpoint
    validator = endpoint.extra_config.get(VALIDATOR) if endpoint else None
    if placement.backend is not None:
        why = "a rule on a token must stand on the endpoint, not on its backend"
    elif validator is None or validator.value is None:
        why = f'a rule on a token needs "{VALIDATOR}" on this endpoint'
    else:
        return
    for pointer in read.token_pointers:
        placement.problems.add(pointer, f"{why}: it would never be asked")


def _label(placement: Placement) -> str:
    if placement.backend is not None:
        return f"[BACKEND: {placement.backend.url_pattern}][CEL]"
    return f"[ENDPOINT: {placement.endpoint.path if placement.endpoint else ''}][CEL]"


def _as_written(settings: Settings) -> Settings:
    """Take the rules, which are no object but a list; building them reads them."""
    return settings


component = Component(
    namespace=NAMESPACE, settings=_as_written, raw=True, proxy=rules, backend=rules
)
