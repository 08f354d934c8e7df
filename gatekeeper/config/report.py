"""
Show people what is wrong with their configuration.

Each problem is a line that editors can jump to, the line of the file with a caret, and
what may have been meant.  Passwords in the shown lines are masked, control characters
are escaped, and the whole is bounded.
"""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.config.pointer import path
from gatekeeper.config.secrets import without_secrets
from gatekeeper.errors import Problem

__all__ = ["MAX_SHOWN", "line", "render"]

MAX_SHOWN = 50
MAX_WIDTH = 110
WINDOW = 4000


def render(problems: Iterable[Problem]) -> str:
    """
    Write all problems, each in a block of its own.

    Args:
        problems: Located and sorted, as `ConfigError.problems` of `load` are.
    """
    listed = list(problems)
    warnings = max(0, MAX_SHOWN - sum(problem.fatal for problem in listed))
    shown = [problem for problem in listed if problem.fatal][:MAX_SHOWN]
    shown += [problem for problem in listed if not problem.fatal][:warnings]
    blocks = [_block(problem) for problem in sorted(shown, key=listed.index)]
    if len(listed) > len(shown):
        blocks.append(f"... and {len(listed) - len(shown)} more")
    return "\n".join(blocks)


def line(problem: Problem) -> str:
    """Write one problem on one line: ``file:line:column: where: what; did you mean ...?``."""
    suggestion = f"; {_meant(problem)}" if problem.suggestion else ""
    return _safe(_head(problem, "") + suggestion)


def _block(problem: Problem) -> str:
    lines = [_safe(_head(problem, "" if problem.fatal else "warning"))]
    if problem.line and problem.text:
        lines.extend(_excerpt(problem))
    if problem.suggestion:
        lines.append(_safe(f"      {_meant(problem)}"))
    return "\n".join(lines)


def _head(problem: Problem, severity: str) -> str:
    place = problem.file
    if problem.line:
        place = f"{place}:{problem.line}:{problem.column}"
    where = path(problem.pointer)
    if problem.endpoint:
        where = f"{where} (endpoint {problem.endpoint})"
    parts = [place, severity, where, problem.message]
    return ": ".join(part for part in parts if part)


def _meant(problem: Problem) -> str:
    suggestion = problem.suggestion
    if suggestion.startswith('"'):
        return f"did you mean {suggestion}?"
    return f"hint: {suggestion}"


def _excerpt(problem: Problem) -> list[str]:
    """Show the line around the column; nothing is masked away before the caret is placed."""
    column = min(problem.column, len(problem.text) + 1) - 1
    start = max(0, column - WINDOW)  # a file may be one line
    before, behind = _masked(problem.text[start : column + WINDOW], column - start)
    if len(before) > MAX_WIDTH * 2 // 3:
        before = "..." + before[-MAX_WIDTH // 2 :]
    behind = behind[: MAX_WIDTH - len(before)]
    number = f"{problem.line:5} | "
    return [number + before + behind, " " * (len(number) - 2) + "| " + " " * len(before) + "^"]


def _masked(text: str, column: int) -> tuple[str, str]:
    """Mask secrets on both sides of the caret, so that it still points at the same thing."""
    whole, before = without_secrets(text), without_secrets(text[:column])
    if not whole.startswith(before):  # the caret stands inside of what is masked
        before = whole[: len(before)]
    return _safe(before), _safe(whole[len(before) :])


def _safe(text: str) -> str:
    return "".join(
        character
        if character.isprintable()
        else " "
        if character == "\t"
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
