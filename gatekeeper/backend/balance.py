"""
Choose a host for each request, in turns, and make the whole URL.

The original chooses at random when it has several processors.  Turns from a random start
are what its documentation promises; the start is random so that several gateways do not
all begin with the same host.  A host that fails is not taken out.

Source: KrakenD documentation, "Load balancing".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from attrs import evolve, frozen

from gatekeeper.backend import url
from gatekeeper.errors import NoHosts
from gatekeeper.message import Request, Response
from gatekeeper.proxy import Middleware, Proxy
from gatekeeper.wire.client import Origin

__all__ = ["Host", "Pick", "address", "balance", "host", "in_turns"]

_CLEAN = re.compile(r"(https?://[A-Za-z0-9.\-_]+(?::[0-9]{1,5})?)((?:/[A-Za-z0-9\-._~/]*)?)")


@frozen
class Host:
    """
    One entry of a list of hosts.

    Attributes:
        text: As it stands in the configuration.
        base: Scheme, name and port; "" when the text needs a closer look with each path.
        prefix: A path that stands before every other path, usually "".
        origin: The same as `base`; None when that is empty.
    """

    text: str
    base: str = ""
    prefix: str = ""
    origin: Origin | None = None


Pick: TypeAlias = Callable[[], Host]
"""
Give the host whose turn it is.

Raises:
    NoHosts: There is none.
"""


def host(text: str) -> Host:
    """Prepare a host once, so that requests need not read it again."""
    match = _CLEAN.fullmatch(text)
    if match is None:
        return Host(text)
    base, prefix = match.groups()
    return Host(text, base, prefix, url.parse(base).origin) if _port_fits(base) else Host(text)


def in_turns(hosts: Callable[[], Sequence[Host]], start: int) -> Pick:
    """
    Take turns.

    Args:
        hosts: The list as it is now; it may change between calls.
        start: A random number.
    """
    turn = start

    def pick() -> Host:
        nonlocal turn
        now = hosts()
        if not now:
            raise NoHosts
        turn = (turn + 1) % len(now)
        return now[turn]

    return pick


def balance(pick: Pick) -> Middleware:
    """Give a request the URL of the host whose turn it is."""

    def middleware(inner: Proxy) -> Proxy:
        async def proxy(request: Request) -> Response:
            return await inner(evolve(request, url=address(pick(), request)))

        return proxy

    return middleware


def address(chosen: Host, request: Request) -> str:
    """
    Put host, path and forwarded query together.

    Raises:
        UnusableRequest: What comes out is no URL.
    """
    if chosen.base and url.is_usable(plain := chosen.base + chosen.prefix + request.path):
        return url.with_query(plain, url.encoded_query(request.query))
    place = url.parse(chosen.text + request.path, request.method)
    whole = url.with_query(str(place), url.encoded_query(request.query))
    if place.authorization:  # credentials of the configuration travel with the URL
        return whole.replace("://", f"://{_user(chosen.text)}@", 1)
    return whole


def _user(text: str) -> str:
    authority = text.partition("://")[2].partition("/")[0]
    return authority.rpartition("@")[0]


def _port_fits(base: str) -> bool:
    port = base.rpartition(":")[2]
    return not port.isdecimal() or int(port) < 65536
