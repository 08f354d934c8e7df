"""
The engine that Google's C++ implementation of the language gives, by ``cel-expr-python``.

It looks at data only where an expression does.  It ends an evaluation after `COST_LIMIT`
rounds of its macros, and its regular expressions are RE2: an evaluation takes no more time
than a small multiple of the data that it is given.

Two things are done here for it.  ``existsOne`` is spelled ``exists_one``.  And which
variables an expression uses is found by compiling it without them: a name that a macro
introduces is not mistaken for one of ours then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from cel_expr_python import cel

from gatekeeper.cel.engine import VARIABLES, BadExpression, EvaluationFailed

__all__ = ["CelCpp"]

_NAMES = frozenset(VARIABLES)
_TYPES = {
    "string": cel.Type.STRING,
    "bool": cel.Type.BOOL,
    "int": cel.Type.INT,
    "map(string, string)": cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
    "map(string, list(string))": cel.Type.Map(cel.Type.STRING, cel.Type.List(cel.Type.STRING)),
    "map(string, dyn)": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
}

_QUOTES = ("'''", '"""', "'", '"')
_RAW = "|".join(f"[rR]{quote}.*?{quote}" for quote in _QUOTES)
_TEXT = "|".join(rf"{quote}(?:\\.|[^\\])*?{quote}" for quote in _QUOTES)
_MACRO = re.compile(rf"{_RAW}|{_TEXT}|\.\s*(existsOne)(?=\s*\()", re.DOTALL)

_MISTAKE = re.compile(r"<input>:(\d+):(\d+): (.*)")
_STATUS = re.compile(r"^[A-Z_]+: | \[[A-Z_]+\]$")
_REASONS = (
    (re.compile(r'Key not found in map : "?(.*?)"?$'), r"no such key: \1"),
    (re.compile(r'No value with name "(.*)" found in Activation'), r"no such attribute(s): \1"),
    (re.compile(r"No matching overloads found.*"), "no such overload"),
    (re.compile(r"divide by zero"), "division by zero"),
    (re.compile(r"Iteration budget exceeded"), "it costs too much"),
)
"""What the original's engine says of the same, so that logs read alike."""


class CelCpp:
    """See `gatekeeper.cel.engine.Engine`."""

    def compile(self, text: str) -> CompiledExpression:
        """Compile and check an expression."""
        spelled = _MACRO.sub(_respelled, text)
        program = _compiled(spelled, _NAMES)
        named = (name for name in VARIABLES if name in spelled)
        uses = frozenset(name for name in named if not _compiles(spelled, _NAMES - {name}))
        return CompiledExpression(text, uses, program)


class CompiledExpression:
    """See `gatekeeper.cel.engine.Expression`."""

    __slots__ = ("_evaluate", "text", "uses")

    def __init__(self, text: str, uses: frozenset[str], program: Any) -> None:
        self.text = text
        self.uses = uses
        self._evaluate = program.eval

    def evaluate(self, values: Mapping[str, Any]) -> object:
        """Give the value of the expression."""
        try:
            outcome = self._evaluate(data=values)
            value: object = outcome.value()
        except (RuntimeError, ValueError, TypeError, OverflowError) as error:
            raise EvaluationFailed(_reason(str(error))) from error
        if isinstance(value, str) and outcome.type() == cel.Type.ERROR:
            raise EvaluationFailed(_reason(value))
        return value


@cache
def _environment(names: frozenset[str]) -> Any:
    types = {name: _TYPES[kind] for name, kind in VARIABLES.items() if name in names}
    return cel.NewEnv(variables=types)


def _compiled(text: str, names: frozenset[str]) -> Any:
    try:
        return _environment(names).compile(text)
    except (RuntimeError, ValueError) as error:
        raise _mistake(str(error)) from error


def _compiles(text: str, names: frozenset[str]) -> bool:
    try:
        _compiled(text, names)
    except BadExpression:
        return False
    return True


def _mistake(text: str) -> BadExpression:
    """Make an error of the first mistake that the engine tells of."""
    found = _MISTAKE.search(text)
    if found is None:
        return BadExpression(_STATUS.sub("", text))
    line, column, reason = int(found[1]), int(found[2]), _STATUS.sub("", found[3])
    reason = reason.removesuffix(" (in container '')")
    return BadExpression(reason, column) if line == 1 else BadExpression(f"line {line}: {reason}")


def _respelled(found: re.Match[str]) -> str:
    return found[0].replace("existsOne", "exists_one") if found[1] else found[0]


def _reason(text: str) -> str:
    text = _STATUS.sub("", text)
    for pattern, words in _REASONS:
        if pattern.search(text):
            return pattern.sub(words, text, count=1)
    return text
