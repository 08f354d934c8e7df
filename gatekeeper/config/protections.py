"""
Know which namespaces protect something, so that none of them is ever ignored.

Unknown namespaces are harmless notes, as KrakenD promises.  A lock is not: an endpoint
must not be open because its lock was not understood.  Therefore a protecting namespace
that this build does not have refuses to start, unless the operator lists it in
``gatekeeper/allow-missing``.  Spelling counts: ``auth/validatr`` is refused, too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

from gatekeeper.config.model import Settings
from gatekeeper.config.suggest import close_to
from gatekeeper.errors import Problems
from gatekeeper.message import JSON

__all__ = ["ALLOW_MISSING", "COMMUNITY", "ENTERPRISE", "allowed", "check", "is_protection"]

ALLOW_MISSING = "gatekeeper/allow-missing"

COMMUNITY = frozenset(
    (
        "auth/client-credentials",
        "auth/revoker",
        "auth/signer",
        "auth/validator",
        "modifier/lua-backend",
        "modifier/lua-endpoint",
        "modifier/lua-proxy",
        "modifier/martian",
        "qos/circuit-breaker",
        "qos/http-cache",
        "qos/ratelimit/proxy",
        "qos/ratelimit/router",
        "security/bot-detector",
        "security/cors",
        "security/http",
        "validation/cel",
        "validation/json-schema",
    )
)
"""What KrakenD Community Edition checks, limits or scripts."""

ENTERPRISE = frozenset(
    (
        "auth/api-keys",
        "auth/aws-sigv4",
        "auth/basic",
        "auth/gcp",
        "auth/ntlm",
        "governance/processors",
        "governance/quota",
        "qos/ratelimit/service",
        "qos/ratelimit/tiered",
        "security/policies",
        "validation/response-json-schema",
    )
)
"""What only KrakenD Enterprise Edition has; the Community Edition silently ignores it."""

_PREFIXES = (
    "auth/",
    "governance/",
    "modifier/lua",
    "modifier/martian",
    "qos/",
    "security/",
    "validation/",
)


@lru_cache(maxsize=1024)
def is_protection(name: str) -> bool:
    """Tell whether a namespace, even one that nobody knows, looks like a lock."""
    return name.lower().startswith(_PREFIXES)


def allowed(extra_config: Mapping[str, JSON]) -> frozenset[str]:
    """
    Read ``gatekeeper/allow-missing`` of the service.

    A list of names, or one text with commas, so that it can be set by
    ``KRAKEND_EXTRA_CONFIG.GATEKEEPER/ALLOW-MISSING``.
    """
    value = extra_config.get(ALLOW_MISSING)
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list):
        return frozenset()
    return frozenset(name.strip() for name in names if isinstance(name, str))


def check(
    extra_config: Mapping[str, Settings],
    implemented: Collection[str],
    missing: Collection[str],
    problems: Problems,
) -> None:
    """
    Report locks that cannot be closed.

    Args:
        implemented: Namespaces that this build has.
        missing: Those that the operator can do without; they are warnings.
    """
    for name, settings in extra_config.items():
        if not is_protection(name) or name in implemented or settings.value is None:
            continue
        if name in missing:
            problems.add(
                settings.pointer,
                f'"{name}" does not protect anything here: {ALLOW_MISSING} lists it',
                fatal=False,
            )
        else:
            message = f'"{name}" {_reason(name)}: refusing to start without this protection'
            problems.add(settings.pointer, message, _way_out(name))


def _reason(name: str) -> str:
    if name in ENTERPRISE:
        return "is a feature of KrakenD Enterprise that this gateway does not have"
    return "is not part of this build" if name in COMMUNITY else "is not known"


def _way_out(name: str) -> str:
    known = COMMUNITY | ENTERPRISE
    near = "" if name in known else close_to(name, sorted(known), 0.88)
    meant = f'the known name is "{near}"; ' if near else ""
    listed = f'"{ALLOW_MISSING}": ["{name}"]'
    return f"{meant}to start without it, add {listed} to the service's extra_config"
