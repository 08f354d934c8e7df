"""``examples/mounted.py``: a gateway inside a stock `twisted.web.server.Site`."""

from __future__ import annotations

import json

from tests.examples.processes import EXAMPLES, ProgramTestCase


class MountedTests(ProgramTestCase):
    """The example as a program."""

    def test_mounted(self) -> None:
        """Endpoints are served below ``/api``, the site's own page beside them."""
        port = self.start(
            [str(EXAMPLES / "mounted.py"), str(EXAMPLES / "basic.json")],
            KRAKEND_HOST=f"http://127.0.0.1:{self.backend()}",
        )
        response, body = self.get(port, "/api/products/7?lang=en&x=1")
        self.assertEqual(response.status, 200)
        self.assertEqual(json.loads(body), {"id": 7, "name": "/items/7?lang=en"})
        self.assertEqual(response.headers["X-Krakend-Completed"], "true")
        self.assertEqual(self.get(port, "/")[1], b"the gateway is at /api\n")
        for path, method, status in (
            ("/api/nothing", "GET", 404),
            ("/api/products/7", "POST", 405),
            ("/api/products/a%2525b", "GET", 400),
            ("/products/7", "GET", 404),
        ):
            self.assertEqual(self.get(port, path, method)[0].status, status, path)
        response, _ = self.get(port, "/api/products/7/")
        self.assertEqual((response.status, response.headers["Location"]), (301, "/api/products/7"))
