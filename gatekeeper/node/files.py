"""
Notice that certificates, keys or authorities have changed on disk.

A second passes between two looks, and a change counts when the files have been quiet for one
look: a certificate and its key are rarely replaced at the same moment.  A look costs a few
system calls.  Symbolic links are followed, so a renewed Kubernetes secret is noticed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from gatekeeper.config.model import ServiceConfig

__all__ = ["EVERY_S", "WatchedFiles", "certificate_files"]

EVERY_S = 1.0

Signature = tuple[tuple[int, ...], ...]


def certificate_files(service: ServiceConfig) -> list[str]:
    """List the files of ``tls`` and ``client_tls`` that may be renewed."""
    tls, client = service.server.tls, service.client.tls
    pairs = [*(tls.keys if tls else ()), *client.client_certs]
    files = [name for pair in pairs for name in (pair.certificate, pair.private_key)]
    files += [*(tls.client_cas if tls else ()), *client.ca_certs]
    return sorted({name for name in files if name})


class WatchedFiles:
    """
    Files that are looked at again and again.

    Args:
        reactor: Tells when to look.
        changed: Called when they have changed, and are quiet again.
    """

    def __init__(self, reactor: Any, changed: Callable[[], object]) -> None:
        self._reactor = reactor
        self._changed = changed
        self._files: Sequence[str] = ()
        self._used: Signature = ()
        self._seen: Signature = ()
        self._call: Any = None

    def watch(self, files: Sequence[str]) -> None:
        """Look at these from now on; as they are now they are in use."""
        self.stop()
        self._files = files
        self._used = self._seen = _signature(files)
        if files:
            self._call = self._reactor.callLater(EVERY_S, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._call is not None and self._call.active():
            self._call.cancel()

    def _look(self) -> None:
        self._call = self._reactor.callLater(EVERY_S, self._look)
        seen = _signature(self._files)
        quiet, self._seen = seen == self._seen, seen
        if quiet and seen != self._used:
            self._used = seen
            self._changed()


def _signature(files: Sequence[str]) -> Signature:
    return tuple(map(_state, files))


def _state(name: str) -> tuple[int, ...]:
    try:
        found = os.stat(name)
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev
