"""
THE ORDER: what wraps what, from the client to the backend and back.

Four lists, outermost first.  A line is a namespace and the reason why it stands where it
stands.  A namespace that is not listed here, and that no installed package offers, is
not ours: it is ignored, or refused when it would have protected something.

::

    client ─ HANDLERS ─ endpoint ─ PROXIES ─ shadow ─ static ─┬─ BACKENDS ─ CLIENTS ─ backend
                                                              ├─ BACKENDS ─ CLIENTS ─ backend
                                            flatmap ─ merge ──┴─ BACKENDS ─ CLIENTS ─ backend

`build` folds the lists into closures, once per endpoint, when the gateway starts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from attrs import frozen

from gatekeeper.backend.concurrent import concurrent
from gatekeeper.backend.pipe import backend_pipe
from gatekeeper.component import Component, Placement, Runtime, ServicePart
from gatekeeper.components.proxy.flatmap import flatmap
from gatekeeper.components.proxy.parallel import parallel
from gatekeeper.components.proxy.sequential import sequential
from gatekeeper.components.proxy.settings import ProxySettings
from gatekeeper.components.proxy.shadow import shadow
from gatekeeper.components.proxy.static import static
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig, Settings
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems
from gatekeeper.message import ClientRequest, Reply
from gatekeeper.proxy import Handler, Proxy, Wrapper, stack

__all__ = ["BACKENDS", "CLIENTS", "HANDLERS", "PROXIES", "Route", "Step", "build", "implemented"]
