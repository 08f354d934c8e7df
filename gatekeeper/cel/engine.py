"""
What an engine for expressions must do, and the variables that expressions may name.

An expression is compiled and type-checked at start and evaluated in each request.  An engine
bounds what one evaluation may cost: see `COST_LIMIT`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from gatekeeper.errors import GatekeeperError

__all__ = [
    "COST_LIMIT",
    "EXTRA",
    "VARIABLES",
    "BadExpression",
    "Engine",
    "EvaluationFailed",
    "Expression",
    "NoEngine",
    "default_engine",
]

COST_LIMIT = 10_000
"""Rounds of all macros (``all``, ``map``, ...) that one evaluation may take together."""

EXTRA = 'pip install "gatekeeper-gateway[cel]"'

VARIABLES: Mapping[str, str] = {
    "now": "string",
    "req_method": "string",
    "req_path": "string",
    "req_params": "map(string, string)",
    "req_headers": "map(string, list(string))",
    "req_querystring": "map(string, list(string))",
    "resp_completed": "bool",
    "resp_metadata_status": "int",
    "resp_metadata_headers": "map(string, list(string))",
    "resp_data": "map(string, dyn)",
    "JWT": "map(string, dyn)",
}
"""Names to types, as the language spells them."""


class BadExpression(GatekeeperError):
    """
    An expression has a mistake of syntax or type; the text is the reason.

    Attributes:
        column: Where, counted from 1; 0 means unknown.
    """

    def __init__(self, reason: str, column: int = 0) -> None:
        super().__init__(reason)
        self.column = column


class EvaluationFailed(GatekeeperError):
    """An evaluation gave an error instead of a value; the text is the reason."""


class NoEngine(GatekeeperError):
    """The library of the engine is not installed."""


class Expression(Protocol):
    """
    A compiled expression.

    Attributes:
        text: As the configuration spells it.
        uses: The variables that it names.
    """

    text: str
    uses: frozenset[str]

    def evaluate(self, values: Mapping[str, Any]) -> object:
        """
        Give the value of the expression.

        Args:
            values: Variables to plain values: `str`, `bool`, `int` of 64 bits, `float`,
                `None`, `list` and `dict`, but not their subclasses.  Naming one that is
                not there is an error, as other errors are absorbed by ``||`` and ``&&``.

        Raises:
            EvaluationFailed: There is none, or it would cost too much.
        """


class Engine(Protocol):
    """Compiles expressions of the standard library of the language, without extensions."""

    def compile(self, text: str) -> Expression:
        """
        Compile and check an expression.

        Raises:
            BadExpression: It has a mistake.
        """


def default_engine() -> Engine:
    """
    Give the engine of this installation.

    Raises:
        NoEngine: Its library is not installed.
    """
    try:
        from gatekeeper.cel.cel_cpp import CelCpp
    except ImportError as error:
        raise NoEngine(f"needs the library cel-expr-python: {EXTRA}") from error
    return CelCpp()
