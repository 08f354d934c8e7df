"""
Read version 2 files (KrakenD 1.x) as what they mean in version 3.

Keys are renamed, and the few behaviours that such files rely on and that can be decided
while reading are applied: ``blacklist`` knows two levels, TLS begins at 1.2.  Behaviours
at run time are decided where they happen, by `ServiceConfig.version`.

Source: KrakenD documentation, "Migrating from v1.x to v2.x"; conformance cases
``v2-names`` and ``v2-filters``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve

from gatekeeper.config.model import Settings
from gatekeeper.config.pointer import below
from gatekeeper.errors import Problems

__all__ = ["backend_keys", "endpoint_keys", "old_setting_names", "two_levels"]

_SETTINGS: dict[str, dict[str, str]] = {
    "auth/validator": {"jwk-url": "jwk_url", "propagate-claims": "propagate_claims"},
    "auth/signer": {"jwk-url": "jwk_url", "keys-to-sign": "keys_to_sign"},
    "auth/revoker": {"HashName": "hash_name", "TokenKeys": "token_keys"},
    "qos/circuit-breaker": {"maxErrors": "max_errors", "logStatusChange": "log_status_change"},
    "qos/ratelimit/router": {"maxRate": "max_rate", "clientMaxRate": "client_max_rate"},
    "qos/ratelimit/proxy": {"maxRate": "max_rate", "clientMaxRate": "client_max_rate"},
    "security/bot-detector": {"denylist": "deny", "allowlist": "allow", "cacheSize": "cache_size"},
}

_OLD_ONLY = frozenset(("qos/circuit-breaker", "qos/ratelimit/proxy", "qos/ratelimit/router"))
"""Where the names of version 3 have no effect (specification of throttling, case 42)."""


def endpoint_keys(decoded: dict[str, Any]) -> None:
    """Rename what an endpoint of version 2 says."""
    _rename(decoded, "headers_to_pass", "input_headers")
    _rename(decoded, "querystring_params", "input_query_strings")


def backend_keys(decoded: dict[str, Any]) -> None:
    """Rename what a backend of version 2 says; the old spelling wins over the new one."""
    _rename(decoded, "whitelist", "allow")
    _rename(decoded, "blacklist", "deny")
    if decoded.get("deny"):
        decoded["deny"] = two_levels(decoded["deny"])


def two_levels(paths: Sequence[str]) -> tuple[str, ...]:
    """Cut paths as 1.x did: ``a.b.c`` removes ``a.b``.  Case ``v2-filters``."""
    return tuple(".".join(path.split(".")[:2]) for path in paths)


def old_setting_names(
    extra_config: Mapping[str, Settings], problems: Problems
) -> dict[str, Settings]:
    """Rename the keys inside of namespaces; a version 2 file's own spelling wins."""
    return {name: _translated(name, settings, problems) for name, settings in extra_config.items()}


def _translated(name: str, settings: Settings, problems: Problems) -> Settings:
    names = _SETTINGS.get(name)
    if not names or not isinstance(settings.value, dict):
        return settings
    if name in _OLD_ONLY:
        settings = _without_new_names(names, settings, problems)
    renamed = {names.get(key, key): value for key, value in settings.value.items()}
    own = {names[key]: value for key, value in settings.value.items() if key in names}
    return evolve(settings, value=renamed | own)


def _without_new_names(
    names: Mapping[str, str], settings: Settings, problems: Problems
) -> Settings:
    kept = dict(settings.value)
    for old, new in names.items():
        if new in kept:
            del kept[new]
            place = below(settings.pointer, new)
            message = f'"{new}" is ignored: files of version 2 call it "{old}"'
            problems.add(place, message, fatal=False)
    return evolve(settings, value=kept)


def _rename(decoded: dict[str, Any], old: str, new: str) -> None:
    if old in decoded:
        decoded[new] = decoded.pop(old)
