"""
Let guards look at a request before anybody answers it.

A guard (`gatekeeper.component.Guard`) gives the exchange to go on with, or a reply that
ends the request.  One that fails ends it as well: what a guard could not judge is not served.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, TypeAlias

from gatekeeper.component import Guard
from gatekeeper.message import Reply
from gatekeeper.wire.exchange import Exchange

__all__ = ["Failed", "guarded"]

P = ParamSpec("P")

Failed: TypeAlias = Callable[[Exception], Reply]
"""Makes a reply of a mistake."""


def guarded(
    answer: Callable[Concatenate[Exchange, P], None],
    guards: Sequence[Guard],
    refuse: Callable[Concatenate[Exchange, Reply, P], None],
    failed: Failed,
) -> Callable[Concatenate[Exchange, P], None]:
    """
    Put guards around what answers exchanges.

    Args:
        answer: Is called when all guards are content.  It is given back as it is when there
            are none, so that nothing is paid for what is not configured.
        guards: Outermost first.
        refuse: Answers with a guard's reply; takes what `answer` takes besides.
    """
    for guard in reversed(guards):
        answer = _behind(guard, answer, refuse, failed)
    return answer


def _behind(
    guard: Guard,
    answer: Callable[Concatenate[Exchange, P], None],
    refuse: Callable[Concatenate[Exchange, Reply, P], None],
    failed: Failed,
) -> Callable[Concatenate[Exchange, P], None]:
    def ask(exchange: Exchange, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            outcome = guard(exchange)
        except Exception as error:  # noqa: BLE001 - whatever it is, the request does not pass
            outcome = failed(error)
        if isinstance(outcome, Reply):
            refuse(exchange, outcome, *args, **kwargs)
        else:
            answer(outcome, *args, **kwargs)

    return ask
