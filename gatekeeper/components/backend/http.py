"""
What happens when a backend answers with an error status, and to bodies on redirects.

Namespaces ``backend/http`` and ``backend/http/client``, allowed on a backend.  They wrap
nothing themselves: `gatekeeper.backend.pipe` reads them and builds its stages accordingly.
A value of a wrong type counts as if it were not set, and a ``return_error_details`` that
is there but unusable switches ``return_error_code`` off: kept for compatibility with the
conformance cases ``errors-return-code`` and ``errors-return-details``.
"""

from __future__ import annotations

from attrs import frozen

from gatekeeper.config.model import Backend
from gatekeeper.message import JSON

__all__ = ["HTTPOptions", "http_options"]

_KEYS = ("return_error_details", "return_error_code", "send_body_on_redirect")


@frozen
class HTTPOptions:
    """
    How one backend's answers are taken.

    Attributes:
        error_alias: Errors become data under ``error_<alias>``; "" switches it off.
        error_code: Errors keep the backend's status.
        send_body: Redirects that keep the method keep the body, too.
    """

    error_alias: str = ""
    error_code: bool = False
    send_body: bool = False

    @classmethod
    def of(cls, value: JSON) -> HTTPOptions:
        """Take the settings from a plain value."""
        if not isinstance(value, dict):
            return cls()
        alias = value.get("return_error_details", "")
        return cls(
            error_alias=alias if isinstance(alias, str) else "",
            error_code="return_error_details" not in value
            and value.get("return_error_code") is True,
            send_body=value.get("send_body_on_redirect") is True,
        )


def http_options(backend: Backend) -> HTTPOptions:
    """Read both namespaces of a backend."""
    merged: dict[str, JSON] = {}
    for namespace in ("backend/http/client", "backend/http"):
        settings = backend.extra_config.get(namespace)
        if settings is not None and isinstance(settings.value, dict):
            merged |= {key: value for key, value in settings.value.items() if _owns(namespace, key)}
    return HTTPOptions.of(merged)


def _owns(namespace: str, key: str) -> bool:
    return (key == "send_body_on_redirect") == (namespace == "backend/http/client")
