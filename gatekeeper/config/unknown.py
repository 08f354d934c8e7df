"""
Warn about keys and namespaces that nobody knows.

They never prevent a start, because people keep notes and metadata in their files.  But a
key that is nearly a known one, or that is known elsewhere, is worth a line.
"""

from __future__ import annotations

from gatekeeper.config.keys import Keys
from gatekeeper.config.namespaces import ALIASES, V2_ALIASES, V2_REMOVED
from gatekeeper.config.pointer import below
from gatekeeper.config.protections import COMMUNITY, is_protection
from gatekeeper.config.suggest import close_to, is_comment
from gatekeeper.errors import Problems

__all__ = ["Unknown"]

MAX_WARNINGS = 50

_CORE = frozenset(("proxy", "router", "backend/http"))
_OWN = "gatekeeper/"
_HARMLESS = frozenset(
    (
        "async/amqp",
        "backend/graphql",
        "backend/http/client",
        "telemetry/opentelemetry",
    )
)
"""Of the Community Edition, without a name of version 1."""
_ENTERPRISE = frozenset(
    (
        "ai/llm",
        "ai/mcp",
        "backend/conditional",
        "backend/grpc",
        "backend/soap",
        "backend/static-filesystem",
        "documentation/openapi",
        "grpc",
        "modifier/body-generator",
        "modifier/jmespath",
        "modifier/request-body-extractor",
        "modifier/request-body-generator",
        "modifier/response-body",
        "modifier/response-body-generator",
        "modifier/response-encoder",
        "modifier/response-headers",
        "plugin/middleware",
        "redis",
        "server/static-filesystem",
        "server/virtualhost",
        "telemetry/ganalytics",
        "telemetry/instana",
        "telemetry/moesif",
        "telemetry/newrelic",
        "websocket",
        "workflow",
    )
)
"""Of the Enterprise Edition, as far as they protect nothing."""
_KNOWN = sorted({*ALIASES.values(), *COMMUNITY, *_CORE, *_HARMLESS})
_MISPLACED = {
    ("endpoint", "backend"): "a backend",
    ("backend", "endpoint"): "an endpoint",
    ("endpoint", "service"): "the root of the file",
    ("service", "endpoint"): "an endpoint",
}


class Unknown:
    """
    What nobody knew while a file was read.

    Attributes:
        keys: Level, pointer of the object, and key.
        namespaces: Names to the first place where they stand.
    """

    def __init__(self) -> None:
        self.keys: list[tuple[str, str, str]] = []
        self.namespaces: dict[str, str] = {}

    def key(self, level: str, pointer: str, key: str) -> None:
        """Remember a key."""
        self.keys.append((level, pointer, key))

    def namespace(self, name: str, pointer: str) -> None:
        """Remember a namespace that is neither part of this build nor a protection."""
        if name not in self.namespaces and name not in _CORE and not is_protection(name):
            self.namespaces[name] = pointer

    def warn(self, keys: Keys, problems: Problems) -> None:
        """Report what deserves a warning, within bounds."""
        count = 0
        for level, pointer, key in self.keys:
            message, suggestion = _about_key(level, key, keys)
            if message and count < MAX_WARNINGS:
                problems.add(below(pointer, key), message, suggestion, fatal=False)
                count += 1
        for name, pointer in list(self.namespaces.items())[:MAX_WARNINGS]:
            if not is_comment(name) and not name.startswith(_OWN):
                problems.add(pointer, *_about_namespace(name), fatal=False)


def _about_key(level: str, key: str, keys: Keys) -> tuple[str, str]:
    unknown = f'unknown key "{key}" is ignored'
    other = keys.other_names.get(key.lower()) or keys.other_names.get(
        close_to(key, keys.other_names)
    )
    known = keys.level(level)
    if other and other in known:
        return unknown, f'"{other}"'
    near = close_to(key, known)
    if near:
        return unknown, f'"{near}"'
    if is_protection(key) or key in ALIASES:
        return unknown, f'"extra_config": {{"{key}": ...}}'
    for (here, there), owner in _MISPLACED.items():
        if here == level and key.lower() in keys.level(there):
            return f'"{key}" has no meaning here and is ignored', f"it is a key of {owner}"
    return "", ""


def _about_namespace(name: str) -> tuple[str, str]:
    if name in V2_REMOVED:
        return f'"{name}" does not exist any more and is ignored', ""
    if name in _ENTERPRISE:
        return f'"{name}" is a feature of KrakenD Enterprise and is ignored', ""
    if name.startswith("plugin/"):
        return f'"{name}" is ignored: Go plugins cannot be loaded', ""
    if name in V2_ALIASES:
        return f'unknown namespace "{name}" is ignored', f'"{V2_ALIASES[name]}"'
    if name in _KNOWN:
        return f'"{name}" is not part of this build and is ignored', ""
    near = close_to(name, _KNOWN, 0.88)
    return f'unknown namespace "{name}" is ignored', f'"{near}"' if near else ""
