"""Write configuration files for tests, and load them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.load import load
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig
from gatekeeper.errors import ConfigError, Problem

__all__ = ["ConfigTestCase"]


class ConfigTestCase(SynchronousTestCase):
    """Tests that load files; nothing of the environment reaches them."""

    def write(self, content: Any, name: str = "krakend.json") -> str:
        """Write a text, or a value as JSON, and give the path."""
        folder = Path(self.mktemp())
        folder.mkdir()
        path = folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return str(path)

    def load(
        self,
        content: Any,
        name: str = "krakend.json",
        environ: Mapping[str, str] | None = None,
        implemented: Collection[str] = (),
    ) -> ServiceConfig:
        return load(self.write(content, name), environ or {}, implemented=implemented)

    def service(self, **keys: Any) -> ServiceConfig:
        """Load a version 3 file with these keys."""
        return self.load({"version": 3, **keys})

    def endpoint(self, backend: Any = None, **keys: Any) -> Endpoint:
        """Load a file with one endpoint."""
        written = {"endpoint": "/a", "backend": [{}] if backend is None else backend, **keys}
        return self.service(host=["http://a.example"], endpoints=[written]).endpoints[0]

    def backend(self, **keys: Any) -> Backend:
        """Load a file with one backend."""
        return self.endpoint([keys]).backends[0]

    def problems(self, content: Any, name: str = "krakend.json", **options: Any) -> list[Problem]:
        """Give what prevents a start."""
        error = self.assertRaises(ConfigError, self.load, content, name, **options)
        return [problem for problem in error.problems if problem.fatal]

    def messages(self, content: Any, name: str = "krakend.json", **options: Any) -> list[str]:
        """Give what prevents a start, with pointers."""
        return [str(problem) for problem in self.problems(content, name, **options)]
