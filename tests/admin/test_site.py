"""Tests of `gatekeeper_admin.site` over HTTP in memory."""

from __future__ import annotations

from typing import Any

import orjson
from attrs import evolve
from treq.testing import StubTreq
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.board import Notice
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig
from gatekeeper.testing import RecordedLog
from gatekeeper.view import Change, Counts, NodeView, Picture, View, WorkerView
from gatekeeper_admin.settings import AdminSettings
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
BREAKER = Notice("qos/circuit-breaker", "/shop/{id}", {"open": True, "state": "half <open>"})
WORKER = WorkerView(0, 4711, 2, "serving", 12.0, 4, 3, 1, 60 << 20, 24 << 20, (BREAKER,))
NODE = NodeView(2, 2, 1, {"ok": 1, "failed": 1}, Change(8.0, False, "a <typo>", "SIGHUP"))
TOKEN = "open sesame"


class Site(SynchronousTestCase):
    """A site of a gateway that the test describes."""

    settings = AdminSettings(names=("gateway.internal",), token=TOKEN)

    def setUp(self) -> None:
        self.serving = True
        self.picture = Picture(COUNTS, [WORKER], NODE)
        self.change = Change(9.0, True, "", "admin site")
        self.asked: list[str] = []
        self.clock = Clock()
        self.log = RecordedLog()
        view = View.of(
            SERVICE, self.clock.seconds, lambda: succeed(self.picture), lambda: self.serving
        )
        self.treq = StubTreq(admin_resource(lambda: view, self, self.settings, self.log))

    def reload(self, by: str) -> Deferred[Change]:
        self.asked.append(by)
        return succeed(self.change)

    def ask(self, path: str, method: str = "GET", data: Any = None, **headers: str) -> Any:
        """Send a request; gives the response and its text."""
        asked = self.treq.request(
            method,
            f"http://127.0.0.1:8091{path}",
            headers=headers,
            data=data,
            allow_redirects=False,
        )
        response = self.successResultOf(asked)
        return response, self.successResultOf(response.text())


class ReadingTests(Site):
    """What people and programs get to see."""

    def test_the_page(self) -> None:
        """An operator sees at once what runs here; markup in names is escaped."""
        self.clock.advance(12)
        response, page = self.ask("/")
        self.assertEqual(response.code, 200)
        for text in ("shop &lt;r42&gt;", "/shop/{id}", "http://stock", "did you mean", ">ok<"):
            self.assertIn(text, page)

    def test_workers_and_components(self) -> None:
        """Each process, its memory, and what its components tell."""
        _, page = self.ask("/")
        for text in ("4711", "24.0 MiB", "serving", "qos/circuit-breaker", "half &lt;open&gt;"):
            self.assertIn(text, page)

    def test_a_failed_reload(self) -> None:
        """The reason is on the page, and a form to try again."""
        _, page = self.ask("/")
        for text in ("failed: the old one goes on", "a &lt;typo&gt;", 'action="/reload"'):
            self.assertIn(text, page)

    def test_nothing_to_tell(self) -> None:
        """One process without components and reloads has a short page."""
        worker = evolve(WORKER, board=())
        self.picture = Picture(COUNTS, [worker], NodeView())
        _, page = self.ask("/")
        self.assertIn("one process does everything", page)
        for text in ("Certificates", "<h2>Components</h2>", 'class="why"'):
            self.assertNotIn(text, page)

    def test_the_status_says_the_same_to_programs(self) -> None:
        """JSON with name, version, file, uptime, endpoints, node, workers and health."""
        self.clock.advance(12)
        status = orjson.loads(self.ask("/status.json")[1])
        self.assertEqual(status["name"], "shop <r42>")
        self.assertEqual((status["health"], status["uptime_s"]), ("ok", 12.0))
        self.assertEqual(status["endpoints"][0]["answers"], {"2xx": 5, "5xx": 1})
        self.assertEqual(status["node"]["last_reload"]["why"], "a <typo>")
        self.assertEqual(status["workers"][0]["board"][0]["facts"]["open"], True)

    def test_metrics(self) -> None:
        """Which version runs, what was answered, how reloads went, and the workers."""
        _, text = self.ask("/metrics")
        self.assertRegex(text, r'gatekeeper_info\{.*name="shop <r42>".*\} 1\.0')
        for line in (
            'gatekeeper_answers_total{endpoint="/shop/{id}",method="GET",status="5xx"} 1.0',
            'gatekeeper_config_reloads_total{result="failed"} 1.0',
            "gatekeeper_config_last_reload_success 0.0",
            "gatekeeper_config_last_reload_timestamp_seconds 8.0",
            "gatekeeper_worker_restarts_total 1.0",
            'gatekeeper_worker_client_connections{generation="2",state="serving",worker="0"} 4.0',
            'fact="open",generation="2",place="/shop/{id}",worker="0"} 1.0',
            'word="half <open>",worker="0"} 1.0',
        ):
            self.assertIn(line, text)

    def test_draining_is_not_ready_but_live(self) -> None:
        """Readiness apart from liveness: a balancer looks elsewhere, nobody restarts us."""
        self.serving = False
        self.assertEqual(self.ask("/ready")[0].code, 503)
        self.assertEqual(self.ask("/live")[0].code, 200)

    def test_an_unknown_page_is_not_found(self) -> None:
        """No traceback, no list of what there is."""
        self.assertEqual(self.ask("/etc/passwd")[0].code, 404)

    def test_browsers_are_told_to_be_careful(self) -> None:
        """No framing, no sniffing, no storing, no scripts."""
        response, _ = self.ask("/")
        self.assertEqual(response.headers.getRawHeaders("X-Frame-Options"), ["DENY"])
        self.assertEqual(response.headers.getRawHeaders("Cache-Control"), ["no-store"])
        [policy] = response.headers.getRawHeaders("Content-Security-Policy")
        self.assertTrue(policy.startswith("default-src 'none'"))


class GuardTests(Site):
    """Who is let in."""

    def test_a_name_that_is_not_ours_is_refused(self) -> None:
        """A page of somebody else that points its own name here gets nothing."""
        response, page = self.ask("/status.json", Host="evil.example:8091")
        self.assertEqual(response.code, 403)
        self.assertNotIn("shop", page)

    def test_configured_names_and_addresses_are_ours(self) -> None:
        """The operator may call the site as configured, with or without a port."""
        for host in ("gateway.internal", "GATEWAY.internal:8091", "[::1]:8091", "localhost"):
            with self.subTest(host):
                self.assertEqual(self.ask("/live", Host=host)[0].code, 200)

    def test_another_origin_is_refused(self) -> None:
        """A script of another site cannot read ours."""
        self.assertEqual(self.ask("/live", Origin="http://evil.example")[0].code, 403)

    def test_pages_cannot_be_changed(self) -> None:
        """Only orders are posted, and orders are only posted."""
        for method, path in (("POST", "/"), ("PUT", "/reload"), ("OPTIONS", "/reload")):
            self.assertEqual(self.ask(path, method)[0].code, 405)
        self.assertEqual(self.ask("/reload")[0].code, 405)


class OrderTests(Site):
    """What operators may order."""

    def post(self, data: Any = None, **headers: str) -> Any:
        return self.ask("/reload", "POST", data, **headers)

    def test_a_program_orders(self) -> None:
        """With the token in a header that no browser adds on its own."""
        response, text = self.post(Authorization=f"Bearer {TOKEN}")
        self.assertEqual((200, ["admin site"]), (response.code, self.asked))
        self.assertTrue(orjson.loads(text)["ok"])

    def test_a_person_orders(self) -> None:
        """With a form; afterwards the page is shown again."""
        response, _ = self.post({"token": TOKEN}, Accept="text/html,*/*")
        self.assertEqual((303, ["admin site"]), (response.code, self.asked))
        self.assertEqual(response.headers.getRawHeaders("Location"), ["/"])

    def test_a_failure(self) -> None:
        """It is told with its reason."""
        self.change = Change(9.0, False, "krakend.json:1:1: a typo", "admin site")
        response, text = self.post(Authorization=f"bearer {TOKEN}")
        self.assertEqual(422, response.code)
        self.assertIn("a typo", text)

    def test_without_the_token(self) -> None:
        """Nothing happens, and the log says who tried."""
        for headers in ({}, {"Authorization": "Bearer open"}, {"Authorization": TOKEN}):
            response, _ = self.post({"token": ""}, **headers)
            self.assertEqual((401, []), (response.code, self.asked))
        self.assertIn("without the right token", self.log.lines[-1][1])

    def test_another_origin(self) -> None:
        """A foreign page cannot order, even one that knows the token."""
        response, _ = self.post({"token": TOKEN}, Origin="http://evil.example")
        self.assertEqual((403, []), (response.code, self.asked))


class NoOrderTests(Site):
    """A site without a token."""

    settings = AdminSettings()

    def test_orders_are_off(self) -> None:
        """Nobody may order anything, and the site says why."""
        response, text = self.ask("/reload", "POST", {"token": ""})
        self.assertEqual((403, []), (response.code, self.asked))
        self.assertIn("no token is configured", text)
        _, page = self.ask("/")
        self.assertIn("no token is configured", page)
        self.assertNotIn("<form", page)
