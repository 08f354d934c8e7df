"""
Let guards look at a request before anybody answers it.

A guard (`gatekeeper.component.Guard`) gives the exchange to go on with, or a reply that
ends the request.  One that fails ends it as well: what a guard could not judge is not served.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVarTuple

from gatekeeper.component import Guard
from gatekeeper.message import Reply
from gatekeeper.wire.exchange import Exchange

__all__ = ["Failed", "guarded"]

Rest = TypeVarTuple("Rest")

Failed: TypeAlias = Callable[[Exception], Reply]
"""Makes a reply of a mistake."""


def guarded(
    answer: Callable[[Exchange, *Rest], None],
    guards: Sequence[Guard],
    refuse: Callable[[Exchange, Reply, *Rest], None],
    failed: Failed,
) -> Callable[[Exchange, *Rest], None]:
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
    answer: Callable[[Exchange, *Rest], None],
    refuse: Callable[[Exchange, Reply, *Rest], None],
    failed: Failed,
) -> Callable[[Exchange, *Rest], None]:
    def ask(exchange: Exchange, /, *rest: *Rest) -> None:
        try:
            outcome = guard(exchange)
        except Exception as error:  # noqa: BLE001 - whatever it is, the request does not pass
            outcome = failed(error)
        if isinstance(outcome, Reply):
            refuse(exchange, outcome, *rest)
        else:
            answer(outcome, *rest)

    return ask
