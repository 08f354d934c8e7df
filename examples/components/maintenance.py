"""
Refuse requests to an endpoint while a file exists.

Namespace ``acme/maintenance``, allowed on an endpoint.  It is the example of
``docs/write-a-component.md``, complete.
"""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from gatekeeper.component import Component, Placement, Runtime
from gatekeeper.config.reader import Reader
from gatekeeper.errors import BackendError
from gatekeeper.message import Request, Response
from gatekeeper.proxy import Middleware, Proxy

__all__ = ["Maintenance", "UnderMaintenance", "component", "maintenance"]


class UnderMaintenance(BackendError):
    """Somebody put the flag file there."""

    status = 503

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("under maintenance")
        self.headers = {"Retry-After": [f"{retry_after_s:.0f}"]}


@frozen
class Maintenance:
    """
    The settings.

    Attributes:
        flag_file: While this file exists, requests are refused.
        retry_after_s: What ``Retry-After`` says, in seconds.
    """

    flag_file: str
    retry_after_s: float

    @classmethod
    def read(cls, json: Reader) -> Maintenance:
        """Read the settings; mistakes are reported to the reader."""
        return cls(json.text("flag_file"), json.duration("retry_after", default=60.0))


def maintenance(settings: Maintenance, placement: Placement, runtime: Runtime) -> Middleware:
    """
    Let a request through while there is no flag file.

    Raises (from the proxy it makes):
        UnderMaintenance: The file exists.
    """
    flag = Path(settings.flag_file)
    refusal = UnderMaintenance(settings.retry_after_s)

    def middleware(inner: Proxy) -> Proxy:
        async def proxy(request: Request) -> Response:
            if flag.exists():  # one system call on a path that the kernel has in its cache
                raise refusal
            return await inner(request)

        return proxy

    return middleware


component = Component(namespace="acme/maintenance", settings=Maintenance.read, proxy=maintenance)
