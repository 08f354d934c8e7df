"""Tell the clients of an endpoint apart, by what ``strategy`` and ``key`` say."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import TypeAlias

from gatekeeper.gate import Visitor
from gatekeeper.message import canonical

__all__ = ["STRATEGIES", "ClientKey", "client_key"]

ClientKey: TypeAlias = Callable[[Visitor], str]
"""Gives a name for the client, or "" when there is none."""

STRATEGIES = ("ip", "header", "param")


def client_key(strategy: str, key: str) -> ClientKey:
    """
    Make a function that names clients.

    Args:
        strategy: One of `STRATEGIES`.
        key: The header or the parameter; for ``ip`` a header with the address, or "".
    """
    if strategy == "param":
        return lambda client: client.params.get(key, "")
    if strategy == "header":
        return _header(key)
    return _address(key) if key else lambda client: client.client_ip


def _header(name: str) -> ClientKey:
    name = canonical(name)

    def first_value(client: Visitor) -> str:
        values = client.headers.get(name)
        return values[0] if values else ""

    return first_value


def _address(name: str) -> ClientKey:
    value_of = _header(name)

    def address(client: Visitor) -> str:
        """Take the first address of the header; a port is cut off, and so is all of IPv6."""
        found = value_of(client).partition(",")[0].strip().partition(":")[0]
        try:
            ip_address(found)
        except ValueError:
            return client.client_ip
        return found

    return address
