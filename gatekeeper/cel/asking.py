"""
Ask the rules of a phase, one after the other, until one does not say yes.

Yes is the value true and nothing else: false, a value of another type, an error and an
evaluation that costs too much all mean no.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from gatekeeper.cel.engine import EvaluationFailed, Expression
from gatekeeper.log import Log

__all__ = ["ALL_AGREE", "Ask", "asker"]

ALL_AGREE = -1

Ask: TypeAlias = Callable[[Mapping[str, Any]], int]
"""Takes the values of variables; gives the number of the rule that says no, or `ALL_AGREE`."""


def asker(rules: Sequence[Expression], log: Log, label: str) -> Ask:
    """
    Make a function that asks.

    Args:
        label: Begins each line of the log, such as ``[ENDPOINT: /x][CEL][pre] Evaluator``.
    """
    numbered = tuple(enumerate(rule.evaluate for rule in rules))

    def ask(values: Mapping[str, Any]) -> int:
        for number, evaluate in numbered:
            try:
                value = evaluate(values)
            except EvaluationFailed as error:
                log.info(f"{label} #{number} failed: {error}")
                return number
            if value is not True:
                log.info(f"{label} #{number} result: {_shown(value)}")
                return number
            if log.debugs:
                log.debug(f"{label} #{number} result: true")
        return ALL_AGREE

    return ask


def _shown(value: object) -> str:
    """Show a value without what it may hold of a request."""
    return "false" if value is False else f"no bool but a {type(value).__name__}"
