"""Choose the event loop: Twisted's asyncio reactor on uvloop."""

from __future__ import annotations

from asyncio import AbstractEventLoop

from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.main import installReactor

__all__ = ["event_loop", "install", "installer"]


def install() -> None:
    """
    Install the reactor; call it before anything imports ``twisted.internet.reactor``.

    Without uvloop nothing is installed, so that the default reactor is: on plain asyncio
    everything costs more than on Twisted's own epoll.
    """
    try:
        from uvloop import new_event_loop
    except ImportError:
        return
    installReactor(AsyncioSelectorReactor(new_event_loop()))


def event_loop(reactor: object) -> AbstractEventLoop | None:
    """
    Give the asyncio loop that a reactor runs on, or None.

    Twisted has no public name for it, and the running loop is not known yet when services
    start; this is the only place that uses the private one.
    """
    if isinstance(reactor, AsyncioSelectorReactor):
        return reactor._asyncioEventloop
    return None


def installer(reactor: object) -> str:
    """
    Name the module whose ``install`` gives another process the same kind of reactor.

    Returns:
        "" for the one that our own `install` gives.
    """
    loop = event_loop(reactor)
    is_ours = loop is not None and type(loop).__module__.startswith("uvloop")
    return "" if is_ours else type(reactor).__module__
