"""
Read the rules of ``validation/cel`` and decide when each of them is asked.

A rule is asked in the phases whose variables it uses: before the call (``req_...``), after it
(``resp_...``), and when a token is validated (``JWT``).  One that uses variables of several
phases is asked in each, where those of the others have no value.  A rule without any of
them would never be asked; that is a mistake, because its author thinks it protects.

Source: KrakenD documentation, "Common Expression Language".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from attrs import field, frozen

from gatekeeper.cel.engine import BadExpression, Engine, Expression, NoEngine, default_engine
from gatekeeper.config.pointer import below
from gatekeeper.config.suggest import close_to
from gatekeeper.config.weak import found
from gatekeeper.errors import Problem, Problems
from gatekeeper.message import JSON

__all__ = ["NAMESPACE", "Rules", "read_rules"]

NAMESPACE = "validation/cel"

_KEY = "check_expr"


@frozen
class Rules:
    """
    The rules of one endpoint or backend, each phase in the order of the file.

    Attributes:
        token_pointers: Where the rules on tokens stand.
    """

    request: Sequence[Expression] = ()
    response: Sequence[Expression] = ()
    token: Sequence[Expression] = ()
    token_pointers: Sequence[str] = field(default=())


def read_rules(
    value: JSON, pointer: str, problems: Problems, engine: Engine | None = None
) -> Rules:
    """
    Read and compile rules.

    Args:
        value: A list of objects; ``null`` is none.
        pointer: Where it stands.
        problems: Gets every mistake, with its place.
    """
    texts = _texts(value, pointer, problems)
    if not texts:
        return Rules()
    try:
        engine = engine or default_engine()
    except NoEngine as error:
        _report(problems, pointer, f'"{NAMESPACE}" {error}')
        return Rules()
    phases: dict[str, list[tuple[Expression, str]]] = {"req": [], "resp": [], "JWT": []}
    for text, place in texts:
        try:
            expression = engine.compile(text)
        except BadExpression as error:
            column = f" at column {error.column}" if error.column else ""
            _report(problems, place, f"expected an expression, found a mistake{column}: {error}")
            continue
        chosen = _phases(expression)
        if not chosen:
            _report(
                problems,
                place,
                "expected a rule on a request (req_...), a response (resp_...) or a token "
                "(JWT); this one would never be asked",
            )
        for phase in chosen:
            phases[phase].append((expression, place))
    return Rules(
        request=_expressions(phases["req"]),
        response=_expressions(phases["resp"]),
        token=_expressions(phases["JWT"]),
        token_pointers=tuple(place for _, place in phases["JWT"]),
    )


def _report(problems: Problems, pointer: str, message: str, suggestion: str = "") -> None:
    """Report once what both the pipe and the validator of tokens find."""
    problem = Problem(message, pointer, suggestion)
    if problem not in problems.found:
        problems.found.append(problem)


def _texts(value: JSON, pointer: str, problems: Problems) -> list[tuple[str, str]]:
    """Give the texts of expressions and where they stand."""
    if value is None:
        return []
    if not isinstance(value, list):
        _report(problems, pointer, f"expected a list of rules, found {found(value)}")
        return []
    texts = []
    for number, item in enumerate(value):
        place = below(pointer, number)
        if not isinstance(item, dict):
            _report(problems, place, f'expected an object with "{_KEY}", found {found(item)}')
            continue
        key = _spelled(item)
        text = item.get(key)
        if isinstance(text, str) and text.strip():
            texts.append((text, below(place, key)))
        elif key in item:
            _report(problems, below(place, key), f"expected an expression, found {found(text)}")
        else:
            near = close_to(_KEY, list(item))
            _report(problems, place, f'expected an expression as "{_KEY}", found nothing', near)
    return texts


def _spelled(item: Collection[str]) -> str:
    """Give the key as this object spells it: letter case does not matter."""
    if _KEY in item:
        return _KEY
    return next((key for key in item if key.lower() == _KEY), _KEY)


def _phases(expression: Expression) -> list[str]:
    used = {name.partition("_")[0] for name in expression.uses} - {"now"}
    if used:
        return sorted(used)
    # A constant that only mentions a phase is asked then, as the original does; its answer
    # is the same whenever it is asked.
    return [phase for phase in ("req", "resp") if phase in expression.text]


def _expressions(phase: Sequence[tuple[Expression, str]]) -> Sequence[Expression]:
    return tuple(expression for expression, _ in phase)
