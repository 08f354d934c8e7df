"""Tests of the demo: its backend, and its configuration in front of it."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from treq.testing import StubTreq
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.load import load
from gatekeeper.demo.shop import PORT, shop
from gatekeeper.loading import checked
from gatekeeper.pipeline import implemented


class DemoTests(SynchronousTestCase):
    """What the first ``curl`` meets."""

    def get(self, path: str) -> tuple[int, Any]:
        treq = StubTreq(shop().resource)
        response = self.successResultOf(treq.get(f"http://127.0.0.1:{PORT}{path}"))
        return response.code, json.loads(self.successResultOf(response.text()))

    def test_shop(self) -> None:
        """Rows by number, the whole table, and nothing else."""
        self.assertEqual(self.get("/stock/7"), (200, {"count": 12}))
        self.assertEqual(len(self.get("/items")[1]), 2)
        self.assertEqual(self.get("/items/9"), (404, {"error": "no such item"}))

    def test_configuration(self) -> None:
        """It is complete, without warnings, and asks this backend."""
        file = str(files("gatekeeper.demo").joinpath("krakend.json"))
        service = load(file, {}, implemented=implemented())
        self.assertEqual(checked(service).service.warnings, ())
        hosts = {backend.hosts for endpoint in service.endpoints for backend in endpoint.backends}
        self.assertEqual(hosts, {(f"http://127.0.0.1:{PORT}",)})
