"""
Keep other people's web pages away from the admin site.

A listener on the loopback interface can still be reached by a page in the operator's own
browser, under a name that the page's owner points at 127.0.0.1.  So a request must call
us by a name that we know, must not come from another origin, and may only read, but for the
few paths that take orders.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from typing import Any

from twisted.web.pages import errorPage
from twisted.web.resource import IResource
from twisted.web.server import Request
from zope.interface import implementer

__all__ = ["Guard"]

POLICY = (
    b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
)

HEADERS = (
    (b"Cache-Control", b"no-store"),
    (b"Content-Security-Policy", POLICY),
    (b"Referrer-Policy", b"no-referrer"),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"X-Frame-Options", b"DENY"),
)


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


@implementer(IResource)
class Guard:
    """
    A resource around the site.

    Args:
        inner: The site's root.
        names: Names, without port, that are ours besides ``localhost``.  Literal
            addresses are always accepted: nobody can point one of those elsewhere.
        writable: Paths that take ``POST``, and nothing else.
    """

    isLeaf = False

    def __init__(
        self, inner: Any, names: Collection[str], writable: Collection[bytes] = ()
    ) -> None:
        self.inner = inner  # an IResource; Klein's says so without types
        self.writable = writable
        self.names = {"localhost", *(name.lower() for name in names)}

    def getChildWithDefault(self, name: bytes, request: Request) -> Any:
        """Let the request through, or answer it here."""
        for header, value in HEADERS:
            request.setHeader(header, value)
        allowed = (b"POST",) if request.path in self.writable else (b"GET", b"HEAD")
        if request.method not in allowed:
            request.setHeader(b"Allow", b", ".join(allowed))
            return errorPage(405, "Method not allowed", "This page cannot be used in that way.")
        if not self._is_ours(request):
            return errorPage(403, "Forbidden", "This site does not answer to that name.")
        if hasattr(self.inner, "isLeaf") and self.inner.isLeaf:
            assert request.prepath is not None  # a site has split the path
            assert request.postpath is not None
            request.postpath.insert(0, request.prepath.pop())
            return self.inner
        return self.inner.getChildWithDefault(name, request)

    def putChild(self, path: bytes, child: IResource) -> None:
        """Refuse: the site's pages are fixed."""
        raise TypeError("the admin site's pages are fixed")

    def render(self, request: Request) -> bytes | int:
        """Answer a request for nothing below the root; browsers do not send those."""
        child: Any = self.getChildWithDefault(b"", request)
        answer: bytes | int = child.render(request)
        return answer

    def _is_ours(self, request: Request) -> bool:
        host = request.getHeader(b"host")
        if host is None:
            return False
        text = host.decode("latin-1")
        name = text.rpartition("]")[0] + "]" if text.startswith("[") else text.partition(":")[0]
        origin = request.getHeader(b"origin")
        if origin is not None and origin.rpartition(b"//")[2] != host:
            return False
        return name.lower() in self.names or _is_address(name)
