"""Tests of `gatekeeper_admin.site` over HTTP in memory."""

from __future__ import annotations

from typing import Any

import orjson
from treq.testing import StubTreq
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import Backend, Endpoint, ServiceConfig
from gatekeeper.view import Counts, View
from gatekeeper_admin.site import admin_resource

SERVICE = ServiceConfig(
    name="shop <r42>",
    file="krakend.json",
    endpoints=(Endpoint("/shop/{id}", "/shop/:id", (Backend(hosts=("http://stock",)),)),),
    warnings=("krakend.json:3:5: did you mean input_headers?",),
)
COUNTS = Counts(
    answers={("GET", "/shop/{id}"): {"2xx": 5, "5xx": 1}, ("", ""): {"4xx": 2}},
    in_flight=3,
    connections=4,
)


class AdminSiteTests(SynchronousTestCase):
    """What people and programs get to see."""

    def setUp(self) -> None:
        self.serving = True
        self.clock = Clock()
        view = View.of(SERVICE, self.clock.seconds, lambda: COUNTS, lambda: self.serving)
        self.treq = StubTreq(admin_resource(view, ["gateway.internal"]))

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[Any, str]:
        """Ask for a page; gives the response and its text."""
        response = self.successResultOf(
            self.treq.request(method, f"http://127.0.0.1:8091{path}", headers=headers)
        )
        return response, self.successResultOf(response.text())

    def test_the_page_shows_name_health_and_endpoints(self) -> None:
        """An operator sees at once what runs here; markup in names is escaped."""
        response, page = self.get("/")
        self.assertEqual(response.code, 200)
        for text in ("shop &lt;r42&gt;", "/shop/{id}", "http://stock", "did you mean", ">ok<"):
            self.assertIn(text, page)

    def test_the_status_says_the_same_to_programs(self) -> None:
        """JSON with name, version, file, uptime, endpoints and health."""
        self.clock.advance(12)
        _, text = self.get("/status.json")
        status = orjson.loads(text)
        self.assertEqual(status["name"], "shop <r42>")
        self.assertEqual((status["health"], status["uptime_s"]), ("ok", 12.0))
        self.assertEqual(status["endpoints"][0]["answers"], {"2xx": 5, "5xx": 1})

    def test_the_configured_name_is_a_label_of_the_info_metric(self) -> None:
        """Which version runs is visible in the metrics."""
        _, text = self.get("/metrics")
        self.assertRegex(text, r'gatekeeper_info\{.*name="shop <r42>".*\} 1\.0')
        self.assertIn(
            'gatekeeper_answers_total{endpoint="/shop/{id}",method="GET",status="5xx"} 1.0', text
        )

    def test_draining_is_not_ready_but_live(self) -> None:
        """Readiness apart from liveness: a balancer looks elsewhere, nobody restarts us."""
        self.serving = False
        self.assertEqual(self.get("/ready")[0].code, 503)
        self.assertEqual(self.get("/live")[0].code, 200)

    def test_a_name_that_is_not_ours_is_refused(self) -> None:
        """A page of somebody else that points its own name here gets nothing."""
        response, page = self.get("/status.json", Host="evil.example:8091")
        self.assertEqual(response.code, 403)
        self.assertNotIn("shop", page)

    def test_configured_names_and_addresses_are_ours(self) -> None:
        """The operator may call the site as configured, with or without a port."""
        for host in ("gateway.internal", "GATEWAY.internal:8091", "[::1]:8091", "localhost"):
            with self.subTest(host):
                self.assertEqual(self.get("/live", Host=host)[0].code, 200)

    def test_another_origin_is_refused(self) -> None:
        """A script of another site cannot read ours."""
        self.assertEqual(self.get("/live", Origin="http://evil.example")[0].code, 403)

    def test_nothing_can_be_changed(self) -> None:
        """Only reading is allowed."""
        self.assertEqual(self.get("/", method="POST")[0].code, 405)

    def test_an_unknown_page_is_not_found(self) -> None:
        """No traceback, no list of what there is."""
        self.assertEqual(self.get("/etc/passwd")[0].code, 404)

    def test_browsers_are_told_to_be_careful(self) -> None:
        """No framing, no sniffing, no storing."""
        response, _ = self.get("/")
        self.assertEqual(response.headers.getRawHeaders("X-Frame-Options"), ["DENY"])
        self.assertEqual(response.headers.getRawHeaders("Cache-Control"), ["no-store"])
