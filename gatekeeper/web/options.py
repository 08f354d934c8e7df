"""
The options of the router: namespace ``router`` at service level.

A value of a wrong type is reported and left out; all others keep their effect.  (The
original drops most of the block, silently.)

Source: KrakenD documentation, "Router options".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from attrs import field, frozen

from gatekeeper.config.model import Settings
from gatekeeper.message import JSON, canonical

__all__ = ["NAMESPACE", "RouterOptions"]

NAMESPACE = "router"

T = TypeVar("T")


@frozen
class RouterOptions:
    """
    How requests are routed and errors are shown.

    Attributes:
        error_body: JSON values to answer 404 and 405 with.
        trusted_proxies: None: everybody.
    """

    disable_redirect_trailing_slash: bool = False
    disable_redirect_fixed_path: bool = False
    disable_handle_method_not_allowed: bool = False
    remove_extra_slash: bool = False
    auto_options: bool = False
    return_error_msg: bool = False
    error_body: Mapping[int, JSON] = field(factory=dict)
    disable_health: bool = False
    health_path: str = "/__health"
    hide_version_header: bool = False
    disable_access_log: bool = False
    logger_skip_paths: frozenset[str] = frozenset()
    disable_path_decoding: bool = False
    forwarded_by_client_ip: bool = True
    remote_ip_headers: tuple[str, ...] = ("X-Forwarded-For", "X-Real-Ip")
    trusted_proxies: tuple[str, ...] | None = None
    app_engine: bool = False

    @classmethod
    def read(cls, settings: Settings | None, warn: Callable[[str], None]) -> RouterOptions:
        """
        Read the namespace.

        Args:
            settings: None when the file does not have it.
            warn: Takes a sentence about each option that is left out.
        """
        if settings is None:
            return cls()
        if not isinstance(settings.value, dict):
            warn(_expected(settings.pointer, "an object", settings.value))
            return cls()
        read = _Options(settings.value, settings.pointer, warn)
        health_path = read.text("health_path") or "/__health"
        return cls(
            disable_redirect_trailing_slash=read.flag("disable_redirect_trailing_slash"),
            disable_redirect_fixed_path=read.flag("disable_redirect_fixed_path"),
            disable_handle_method_not_allowed=read.flag("disable_handle_method_not_allowed"),
            remove_extra_slash=read.flag("remove_extra_slash"),
            auto_options=read.flag("auto_options"),
            return_error_msg=read.flag("return_error_msg"),
            error_body=read.error_body(),
            disable_health=read.flag("disable_health"),
            health_path=health_path if health_path.startswith("/") else f"/{health_path}",
            hide_version_header=read.flag("hide_version_header"),
            disable_access_log=read.flag("disable_access_log"),
            logger_skip_paths=frozenset(read.texts("logger_skip_paths")),
            disable_path_decoding=read.flag("disable_path_decoding"),
            forwarded_by_client_ip=read.flag("forwarded_by_client_ip", default=True),
            remote_ip_headers=tuple(map(canonical, read.texts("remote_ip_headers")))
            or ("X-Forwarded-For", "X-Real-Ip"),
            trusted_proxies=read.texts("trusted_proxies") or None,
            app_engine=read.flag("app_engine"),
        )


@frozen
class _Options:
    """Typed access to the block."""

    values: Mapping[str, JSON]
    pointer: str
    warn: Callable[[str], None]

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self.values.get(key)
        if isinstance(value, bool):
            return value
        return self._left_out(key, "true or false", default)

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if isinstance(value, str):
            return value
        return self._left_out(key, "a text", "")

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        return self._left_out(key, "a list of texts", ())

    def error_body(self) -> dict[int, JSON]:
        value = self.values.get("error_body")
        if not isinstance(value, dict):
            return self._left_out("error_body", "an object", {})
        return {
            status: value[str(status)]
            for status in (404, 405)
            if value.get(str(status)) is not None
        }

    def _left_out(self, key: str, wanted: str, default: T) -> T:
        value = self.values.get(key)
        if value is not None:
            self.warn(_expected(f"{self.pointer}/{key}", wanted, value))
        return default


def _expected(pointer: str, wanted: str, value: JSON) -> str:
    return f"{pointer}: expected {wanted}, found {_type_of(value)}; the option is ignored"


def _type_of(value: JSON) -> str:
    names = {bool: "true or false", str: "a text", list: "a list", dict: "an object"}
    return "nothing" if value is None else names.get(type(value), "a number")
