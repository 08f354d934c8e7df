"""
Find out who the client is, behind trusted proxies.

By default everybody is trusted, so a client can call itself what it likes.  That is
KrakenD's default and many set-ups rely on it; ``trusted_proxies`` narrows it.

Source: KrakenD documentation, "Router options", ``trusted_proxies``; kept for compatibility
with the conformance case ``headers-client-ip``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from gatekeeper.message import Headers
from gatekeeper.web.options import RouterOptions

__all__ = ["ClientIP", "client_ip"]

ClientIP: TypeAlias = Callable[[Headers, str], str]
"""Takes headers and the address of the peer; gives the client's address."""

_Address: TypeAlias = IPv4Address | IPv6Address
_Networks: TypeAlias = Sequence[IPv4Network | IPv6Network]
_APP_ENGINE = "X-Appengine-Remote-Addr"


def client_ip(options: RouterOptions) -> ClientIP:
    """Compile the options into a function."""
    find = _forwarded(options) if options.forwarded_by_client_ip else _peer
    if not options.app_engine:
        return find

    def from_platform(headers: Headers, peer: str) -> str:
        named = headers.get(_APP_ENGINE)
        return named[0] if named and named[0] else find(headers, peer)

    return from_platform


def _peer(headers: Headers, peer: str) -> str:  # noqa: ARG001 - one signature for all
    return peer


def _forwarded(options: RouterOptions) -> ClientIP:
    names = options.remote_ip_headers
    trusts = _trusts(options.trusted_proxies)

    def find(headers: Headers, peer: str) -> str:
        for name in names:
            if name in headers:
                break
        else:
            return peer
        address = _address(peer)
        if address is None or not trusts(address):
            return peer
        for name in names:
            if name in headers:
                found = _first_stranger(",".join(headers[name]), trusts)
                if found:
                    return found
        return peer

    return find


def _first_stranger(value: str, trusts: Callable[[_Address], bool]) -> str:
    """
    Walk a list of hops from the right to the first that is not a trusted proxy.

    "" when there is none because something in it is not an address.
    """
    items = value.split(",")
    for place in range(len(items) - 1, -1, -1):
        item = items[place].strip()
        address = _address(item)
        if address is None:
            return ""
        if place == 0 or not trusts(address):
            return item
    return ""


def _address(text: str) -> _Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return None
        return address.ipv4_mapped or address
    return address


def _trusts(proxies: Sequence[str] | None) -> Callable[[_Address], bool]:
    if proxies is None:
        return lambda _: True
    try:
        networks: _Networks = [ip_network(proxy, strict=False) for proxy in proxies]
    except ValueError:  # one bad entry: nobody is trusted, as in the original
        networks = []

    def trusts(address: _Address) -> bool:
        return any(address in network for network in networks)

    return trusts
