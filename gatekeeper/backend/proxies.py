"""
Reach backends through the proxy that the environment names: ``HTTP_PROXY``, ``NO_PROXY``.

Plain backends are asked in absolute form.  A tunnel for encrypted ones is not built: a
backend that would need it refuses to start, because going around a proxy that an operator
demands is worse than not starting.  The machine itself is never reached through a proxy.

Source: KrakenD documentation, "Backends behind a proxy"; Go's ``http.ProxyFromEnvironment``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network

from attrs import field, frozen

from gatekeeper.backend import url
from gatekeeper.errors import ConfigError, Problem, TransportError, UnusableRequest
from gatekeeper.wire.client import Origin

__all__ = ["DIRECT", "Route", "route"]


@frozen
class Route:
    """
    How origins are reached.

    Attributes:
        proxies: Schemes of backends to their proxy.
        excluded: Names and addresses that are reached directly, from ``NO_PROXY``.
    """

    proxies: Mapping[str, Origin] = field(factory=dict)
    excluded: Sequence[str] = ()

    def find(self, origin: Origin) -> Origin | None:
        """
        Give the proxy for an origin, or None for the direct way.

        Raises:
            TransportError: It would need a tunnel.
        """
        proxy = self.proxies.get(origin.scheme)
        if proxy is None or _is_local(origin.host) or self._is_excluded(origin):
            return None
        if origin.scheme == "https":
            raise TransportError(f"no tunnel through HTTPS_PROXY to {origin.netloc}")
        return proxy

    def _is_excluded(self, origin: Origin) -> bool:
        return any(_covers(entry, origin) for entry in self.excluded)


DIRECT = Route()


def route(environ: Mapping[str, str]) -> Route:
    """
    Read the variables; small letters count, too, but not ``http_proxy`` within CGI.

    Raises:
        ConfigError: A variable holds no URL.
    """
    proxies = {}
    for scheme in ("http", "https"):
        name = f"{scheme.upper()}_PROXY"
        value = environ.get(name) or environ.get(name.lower(), "")
        if scheme == "http" and "REQUEST_METHOD" in environ:
            value = ""
        if value:
            proxies[scheme] = _proxy(name, value)
    excluded = environ.get("NO_PROXY") or environ.get("no_proxy", "")
    return Route(proxies, tuple(entry.strip().lower() for entry in excluded.split(",") if entry))


def _proxy(name: str, value: str) -> Origin:
    try:
        place = url.parse(value if "://" in value else f"http://{value}")
    except UnusableRequest as error:
        raise ConfigError([Problem(f"{name} is no URL of a proxy")]) from error
    if place.authorization or place.origin.scheme != "http":
        raise ConfigError([Problem(f"{name}: only http:// proxies without password are supported")])
    return place.origin


def _is_local(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _covers(entry: str, origin: Origin) -> bool:
    if entry == "*":
        return True
    host = origin.host.lower().rstrip(".")
    if "/" in entry:
        return _in_network(host, entry)
    name, _, port = entry.rpartition(":") if entry.count(":") == 1 else (entry, "", "")
    if port and port != str(origin.port):
        return False
    if name.startswith("*."):
        name = name[1:]
    if name.startswith("."):
        return host.endswith(name)
    return host == name or host.endswith(f".{name}")


def _in_network(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False
