"""
Rules of ``validation/cel`` on tokens: what a validator of tokens asks of this package.

They belong to the validator, which calls them when a token is known to be good and was not
revoked, before it looks at roles.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from gatekeeper.cel.asking import ALL_AGREE, asker
from gatekeeper.cel.rules import NAMESPACE, read_rules
from gatekeeper.cel.values import of_token, stamp
from gatekeeper.config.model import Endpoint
from gatekeeper.errors import Problems, Refused
from gatekeeper.log import Log
from gatekeeper.message import JSON

__all__ = ["token_rules"]

UNAUTHORIZED = 401


def token_rules(
    endpoint: Endpoint,
    problems: Problems,
    log: Log | None = None,
    now: Callable[[], float] = time.time,
) -> Callable[[Mapping[str, JSON]], None] | None:
    """
    Make a check of claims of an endpoint's rules.

    Args:
        endpoint: With or without rules.
        problems: Gets what is wrong with them.
        log: Says which rule refused; None: nobody wants to know.
        now: Seconds since the epoch.

    Returns:
        A function of the claims of a token, or None when there is no rule on tokens.

    Raises (from the function):
        Refused: A rule says no: 401.
    """
    settings = endpoint.extra_config.get(NAMESPACE)
    if settings is None:
        return None
    rules = read_rules(settings.value, settings.pointer, problems).token
    if not rules:
        return None
    label = f"[ENDPOINT: {endpoint.path}][CEL] Rejecter"
    ask = asker(rules, log or Log(_unheard, "CRITICAL"), label)

    def check(claims: Mapping[str, JSON]) -> None:
        values = of_token(claims)
        values["now"] = stamp(now())
        if ask(values) != ALL_AGREE:
            raise Refused(UNAUTHORIZED)

    return check


def _unheard(level: str, text: str) -> None:
    """Take a line that nobody wants."""
