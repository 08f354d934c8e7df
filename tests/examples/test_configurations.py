"""Every configuration in ``examples/`` is loaded, checked and called."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from email.utils import formatdate
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.assembly import routes
from gatekeeper.config.load import load
from gatekeeper.errors import Problems
from gatekeeper.loading import checked
from gatekeeper.pipeline import implemented
from gatekeeper.testing import FakeBackend, runtime
from gatekeeper.wire.client import ConnectFailed
from tests.examples.processes import EXAMPLES
from tests.web.fakes import FakeExchange

NEEDS_FILES = "tls.json"
"""Has a test of its own, which makes the files."""


def configurations() -> list[Path]:
    """Give all files that are configurations."""
    return sorted(path for path in EXAMPLES.iterdir() if path.suffix in {".json", ".yaml", ".toml"})


class Example:
    """One example, with a fake of all its backends."""

    def __init__(self, name: str) -> None:
        self.backend = FakeBackend()
        service = load(str(EXAMPLES / name), {}, implemented=implemented())
        assert not service.warnings, service.warnings
        lent = runtime(Clock(), self.backend)
        self.gateway = routes(service, lent, None, Problems())

    def ask(self, target: str, method: str = "GET", **other: Any) -> FakeExchange:
        exchange = FakeExchange(target, method, **other)
        self.gateway.application(exchange)
        return exchange

    def data(self, target: str, **other: Any) -> Any:
        """Ask, and read the JSON of the answer."""
        return json.loads(self.ask(target, **other).answer)

    @property
    def asked(self) -> Sequence[str]:
        """The URLs that backends were asked for."""
        return [f"{call.origin.netloc}{call.target}" for call in self.backend.calls]


class ConfigurationTests(SynchronousTestCase):
    """What each of them promises."""

    def test_all_of_them(self) -> None:
        """Each one would start, and has no warnings."""
        self.assertGreater(len(configurations()), 7)
        for path in configurations():
            if path.name != NEEDS_FILES:
                with self.subTest(path.name):
                    service = load(str(path), {}, implemented=implemented())
                    self.assertEqual(checked(service).service.warnings, ())

    def test_listed(self) -> None:
        """The page about the examples names all of them."""
        page = (EXAMPLES / "README.md").read_text("utf-8")
        for path in [*configurations(), *EXAMPLES.glob("*.py")]:
            self.assertIn(f"[`{path.name}`]({path.name})", page)

    def test_basic(self) -> None:
        """Three fields of the backend's answer, and the query that is let through."""
        example = Example("basic.json")
        item = {"id": 7, "name": "Tea", "price": {"amount": 4.9, "cost": 1}, "supplier": "x"}
        example.backend.on("/items/7?lang=en", body=item)
        self.assertEqual(
            example.data("/products/7?lang=en&debug=1"),
            {"id": 7, "name": "Tea", "price": {"amount": 4.9}},
        )
        self.assertEqual(example.asked, ["catalogue.internal:8080/items/7?lang=en"])

    def test_merge(self) -> None:
        """One answer of three backends; without one of them it is incomplete."""
        example = Example("merge.json")
        example.backend.on("/users/3", body={"name": "Ann", "mail": "a@b", "password_hash": "x"})
        example.backend.on("/orders?user=3", body=[{"id": 1}])
        example.backend.on("/latest", body={"data": {"articles": {"first": "Hello"}}})
        example.backend.on("/latest", status=500)
        user = {"name": "Ann", "email": "a@b", "orders": [{"id": 1}]}
        answer = example.ask("/users/3/home")
        self.assertEqual(json.loads(answer.answer), {**user, "news": {"first": "Hello"}})
        self.assertEqual(answer.header("X-Krakend-Completed"), "true")
        answer = example.ask("/users/3/home")
        self.assertEqual(json.loads(answer.answer), user)
        self.assertEqual(answer.header("X-Krakend-Completed"), "false")

    def test_sequential(self) -> None:
        """The second call uses a value of the first answer."""
        example = Example("sequential.yaml")
        example.backend.on("/orders/9", body={"id": 9, "total": 5, "customer_id": 42})
        example.backend.on("/customers/42", body={"name": "Ann", "city": "Riga", "iban": "x"})
        self.assertEqual(
            example.data("/orders/9"),
            {"id": 9, "total": 5, "customer_id": 42, "customer": {"name": "Ann", "city": "Riga"}},
        )

    def test_no_op(self) -> None:
        """Status, headers and body pass; only listed headers are sent on."""
        example = Example("no-op.json")
        part = [("Content-Range", "bytes 0-3/9"), ("Content-Type", "image/png")]
        example.backend.on("/download/a.png", status=206, body=b"\x89PNG", headers=part)
        answer = example.ask("/files/a.png", headers={"Range": ["bytes=0-3"], "Cookie": ["c"]})
        self.assertEqual((answer.status, answer.answer), (206, b"\x89PNG"))
        self.assertEqual(answer.header("Content-Range"), "bytes 0-3/9")
        sent = example.backend.calls[0].headers
        self.assertEqual((sent["Range"], "Cookie" in sent), (["bytes=0-3"], False))
        example.backend.on("PUT /upload/a.png", status=204, body=b"")
        self.assertEqual(example.ask("/files/a.png", "PUT", body=b"x").status, 204)
        example.backend.on("/about/a.png", body={"name": "a", "size": 4, "owner": "x"})
        self.assertEqual(example.data("/files/a.png/about"), {"name": "a", "size": 4})

    def test_static(self) -> None:
        """Fixed data in place of a backend that fails, and beside one that does not."""
        example = Example("static.toml")
        example.backend.on("/v1/riga", body={"forecast": "sun"})
        example.backend.fails("/v1/oslo", ConnectFailed("connection refused"))
        self.assertEqual(example.data("/weather/riga"), {"forecast": "sun"})
        answer = example.ask("/weather/oslo")
        self.assertEqual(json.loads(answer.answer), {"forecast": "unknown", "stale": True})
        self.assertEqual((answer.status, answer.header("X-Krakend-Completed")), (200, "false"))
        example.backend.on("/features", body={"experiments": ["new_cart"], "secret": 1})
        self.assertEqual(
            example.data("/features"),
            {"dark_mode": True, "experiments": ["new_cart"], "limits": {"cities": 5}},
        )

    def test_cached(self) -> None:
        """The second request needs no call."""
        example = Example("cached.json")
        fresh = [("Date", formatdate(time.time(), usegmt=True)), ("Cache-Control", "max-age=60")]
        example.backend.on("/items/7", body={"id": 7}, headers=fresh)
        self.assertEqual([example.data("/products/7") for _ in "ab"], [{"id": 7}] * 2)
        self.assertEqual(len(example.asked), 1)

    def test_version_2(self) -> None:
        """The older names mean what they meant."""
        example = Example("version-2.json")
        example.backend.on("/items/7?lang=de", body={"id": 7, "name": "Tee", "cost": 1})
        data = example.data("/products/7?lang=de&x=1", headers={"Accept-Language": ["de"]})
        self.assertEqual(data, {"id": 7, "name": "Tee"})
        self.assertEqual(example.backend.calls[0].headers["Accept-Language"], ["de"])
