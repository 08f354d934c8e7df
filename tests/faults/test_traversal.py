"""Parameters of the path never choose another backend, nor another place on it."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote, unquote

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.assembly import routes
from gatekeeper.config.load import load
from gatekeeper.errors import Problems
from gatekeeper.pipeline import implemented
from gatekeeper.testing import FakeBackend, runtime
from tests.web.fakes import FakeExchange

PATTERNS = ("/x/{a}/y", "/{a}", "/x-{a}/y", "/x?id={a}&n=1")

VALUES = (
    "..", ".", "../", "/..", "../../etc/passwd", "..;", "..;/", ".;a=1", "..\\", "\\..\\", "a\\..",
    "%2e%2e", "%2e%2e%2f", "%252e%252e", "..%2f", "%5c..%5c", "%c0%ae%c0%ae", "..%00", "%00",
    "@evil.example", "evil.example", "//evil.example", "http://evil.example", ":81", ":81@evil",
    "#", "?", "?x=1", "a?b", "a#b", "%3f", "%23", "\r\nX: y", "\n", " ", "\t", "a b",
    "&n=2", ";n=2", "\xff", "\u202e", "\u2215..\u2215", "%", "%zz", "~", "{b}", "{{.B}}", "*",
)  # fmt: skip
"""As a client means them; each is sent as it is, encoded once and encoded twice."""


class TraversalTests(SynchronousTestCase):
    """Every hostile value, in every position."""

    def setUp(self) -> None:
        endpoints = [
            {"endpoint": f"/p{number}/{{a}}", "backend": [{"url_pattern": pattern}]}
            for number, pattern in enumerate(PATTERNS)
        ]
        file = Path(self.mktemp() + ".json")
        file.write_text(
            json.dumps({"version": 3, "host": ["http://stock:81"], "endpoints": endpoints})
        )
        self.backend = FakeBackend()
        service = load(str(file), {}, implemented=implemented())
        self.gateway = routes(service, runtime(http=self.backend), None, Problems())

    def test_nowhere_else(self) -> None:
        """A request is refused, or goes to the configured host and keeps the pattern's shape."""
        for number, pattern in enumerate(PATTERNS):
            for value in VALUES:
                raw = value.encode("utf-8").decode("latin-1")
                once = quote(value, safe="")
                for sent in {raw, once, quote(once, safe="")}:
                    if not any(
                        character in sent for character in "\r\n\t "
                    ):  # the wire's to refuse
                        self.check(pattern, f"/p{number}/{sent}")

    def check(self, pattern: str, target: str) -> None:
        self.backend.calls.clear()
        exchange = FakeExchange(target)
        self.gateway.application(exchange)
        self.assertIn(exchange.status, {200, 301, 400, 404, 500}, target)
        for call in self.backend.calls:
            where = f"{target} became {call.target}"
            self.assertEqual(call.origin.netloc, "stock:81", where)
            self.assertTrue(call.target.isascii() and call.target.isprintable(), where)
            path = call.target.partition("?")[0]
            shape = pattern.partition("?")[0]
            self.assertEqual(path.count("/"), shape.count("/"), where)
            steps = unquote(path).replace("\\", "/").split("/")
            self.assertFalse({".", ".."} & {step.partition(";")[0] for step in steps}, where)
            self.assertEqual(call.target.count("?"), pattern.count("?"), where)
            self.assertNotIn("#", call.target)
