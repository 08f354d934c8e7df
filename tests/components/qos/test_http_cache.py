"""Tests of `gatekeeper.components.qos.http_cache`."""

from __future__ import annotations

import gzip
from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper import pipeline
from gatekeeper.components.qos.http_cache import HTTPCache, component
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig, Settings
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems
from gatekeeper.message import Decoded, Response, Streamed
from gatekeeper.proxy import Proxy
from gatekeeper.testing import FakeBackend, RecordedLog, request, run, runtime

FRESH = [("Date", "Fri, 01 Jan 2100 00:00:00 GMT"), ("Cache-Control", "max-age=60")]
"""Fresh for as long as tests will run: the date lies ahead."""
PRIVATE = [FRESH[0], ("Cache-Control", "private, max-age=60")]


class HTTPCacheTests(SynchronousTestCase):
    """Whole pipes with caches, in front of a fake backend."""

    def setUp(self) -> None:
        self.built = 0
        self.backend = FakeBackend()
        self.backend.on("/a", body={"n": 1}, headers=FRESH)
        self.runtime = runtime(http=self.backend)
        self.problems = Problems()

    def build(self, *caches: Any, service: Any = None, **changes: Any) -> list[Proxy]:
        """Build an endpoint with one cached backend for each settings."""
        named, beside = changes.pop("named", {}), changes.pop("beside", {})
        endpoints = []
        for cache in caches:
            self.built += 1
            extra = {"qos/http-cache": Settings(cache, f"/cache/{self.built}"), **beside}
            backend = Backend("/a", hosts=("http://h",), extra_config=extra, **changes)
            encoding = backend.encoding or "json"
            endpoints.append(
                Endpoint("/a", "/a", (backend,), extra_config=named, output_encoding=encoding)
            )
        config = service or ServiceConfig()
        routes = pipeline.build(evolve(config, endpoints=endpoints), self.runtime, self.problems)
        return [pipe for _, pipe, _ in routes]

    def ask(self, pipe: Proxy, **headers: str) -> Response:
        lines = {name.replace("_", "-"): [value] for name, value in headers.items()}
        return self.successResultOf(run(pipe(request("/a", headers=lines))))

    def calls(self, pipe: Proxy, *clients: dict[str, str]) -> int:
        """Let some clients ask; tell how many calls that made."""
        before = len(self.backend.calls)
        for headers in clients:
            self.ask(pipe, **headers)
        return len(self.backend.calls) - before

    def test_decoded(self) -> None:
        """Two requests, one call, the same data."""
        [pipe] = self.build({})
        self.assertEqual([self.ask(pipe) for _ in "ab"], [Decoded({"n": 1})] * 2)
        self.assertEqual(len(self.backend.calls), 1)

    def test_data_is_nobodys(self) -> None:
        """Data that one request changes is whole again for the next."""
        [pipe] = self.build({})
        for _ in range(2):
            response = self.ask(pipe)
            assert isinstance(response, Decoded)
            assert response.data is not None
            self.assertEqual(response.data.pop("n"), 1)

    def test_gzip(self) -> None:
        """What the gateway asked to be compressed is stored as it was before."""
        packed = [*FRESH, ("Content-Encoding", "gzip"), ("Content-Type", "text/plain")]
        self.backend = FakeBackend()
        self.backend.on("/a", body=gzip.compress(b"plain"), headers=packed)
        self.runtime = runtime(http=self.backend)
        [pipe] = self.build({}, encoding="no-op")
        for _ in range(2):
            response = self.ask(pipe)
            assert isinstance(response, Streamed)
            self.assertEqual((response.body, response.length), (b"plain", 5))
            self.assertNotIn("Content-Encoding", dict(response.headers))
        self.assertEqual(len(self.backend.calls), 1)

    def test_stores(self) -> None:
        """Each backend has its own store, unless it shares."""
        own, other, shared, sharer = self.build({}, {}, {"shared": True}, {"shared": True})
        self.assertEqual([self.calls(pipe, {}) for pipe in (own, other)], [1, 1])
        self.assertEqual([self.calls(pipe, {}) for pipe in (shared, sharer)], [1, 0])

    def test_bounded(self) -> None:
        """Only both bounds together are bounds; shared bounded stores are a store apart."""
        small = {"max_items": 5, "max_size": 10}
        for settings, expected in [
            (small, 2),
            ({**small, "shared": True}, 2),
            ({"max_size": 10}, 1),
            ({"max_items": 5}, 1),
            ({"max_items": 5, "max_size": 100_000, "shared": True}, 2),
        ]:
            with self.subTest(settings=settings):
                [pipe] = self.build(settings)
                self.assertEqual(self.calls(pipe, {}, {}), expected)

    def test_credentials(self) -> None:
        """Clients with other credentials are not served each other's answers."""
        [pipe] = self.build({})
        ann, bob = {"Authorization": "Bearer ann"}, {"Authorization": "Bearer bob"}
        self.assertEqual(self.calls(pipe, ann, bob, ann, bob), 2)
        self.assertEqual(self.calls(pipe, {"Cookie": "a"}, {"Cookie": "b"}, {}), 3)

    def test_claims(self) -> None:
        """Nor are users that the gateway itself names to the backend."""
        claims = {"propagate_claims": [["sub", "x-user"], ["a"], "b", ["c", 1]]}
        named = {"auth/validator": Settings(claims, "/validator")}
        [pipe] = self.build({}, named=named)
        self.assertEqual(self.calls(pipe, {"X-User": "ann"}, {"X-User": "bob"}), 2)
        self.assertEqual(self.calls(pipe, {"X-Other": "ann"}, {"X-Other": "bob"}), 1)

    def test_private(self) -> None:
        """``private`` answers are stored, but not where other backends find them."""
        self.backend = FakeBackend()
        self.backend.on("/a", headers=PRIVATE)
        self.runtime = runtime(http=self.backend)
        own, shared = self.build({}, {"shared": True})
        self.assertEqual([self.calls(pipe, {}, {}) for pipe in (own, shared)], [1, 2])

    def test_ignore_credentials(self) -> None:
        """The original's behaviour comes back where somebody asks for it, with a warning."""
        ignore = {"gatekeeper/http-cache": Settings({"ignore_credentials": True}, "/own")}
        respect = {"gatekeeper/http-cache": Settings({"ignore_credentials": False}, "/own")}
        ann, bob = {"Authorization": "Bearer ann"}, {"Authorization": "Bearer bob"}
        for expected, beside, named, service in [
            (1, ignore, {}, {}),
            (1, {}, ignore, {}),
            (1, {}, {}, ignore),
            (2, respect, ignore, ignore),
            (2, {}, respect, ignore),
        ]:
            config = ServiceConfig(extra_config=service)
            [pipe] = self.build({}, service=config, beside=beside, named=named)
            self.assertEqual(self.calls(pipe, ann, bob), expected)
        self.assertEqual(self.problems.found, [])
        self.build({}, named={**ignore, "auth/validator": Settings({}, "/validator")})
        warnings = [problem.message for problem in self.problems.warnings]
        self.assertTrue(any("may be served to another" in text for text in warnings), warnings)

    def test_version_2(self) -> None:
        """All backends share one store, whatever they say, and answers are marked."""
        config = ServiceConfig(version=2)
        first, second = self.build({"max_size": 1, "max_items": 1}, {}, service=config)
        self.assertEqual((self.calls(first, {}), self.calls(second, {})), (1, 0))
        [pipe] = self.build({}, service=config, encoding="no-op")
        response = self.ask(pipe)
        assert isinstance(response, Streamed)
        self.assertIn(("X-From-Cache", "1"), response.headers)

    def test_version_2_with_tokens(self) -> None:
        """There a backend that needs a token is not cached."""
        placement = pipeline.Placement(
            ServiceConfig(version=2),
            Endpoint("/a", "/a", ()),
            Backend(extra_config={"auth/client-credentials": Settings({}, "/c")}),
        )
        assert component.client is not None
        middleware = component.client(HTTPCache(), placement, self.runtime)

        async def inner(_: Any) -> Response:
            raise NotImplementedError

        self.assertIs(middleware(inner), inner)

    def test_limit(self) -> None:
        """Stores without bounds have a limit that can be set; reaching it is a warning."""
        own = {"gatekeeper/http-cache": Settings({"max_memory": 1024 * 1024}, "/own")}
        self.backend = FakeBackend()
        self.backend.on("/a", body={"n": "x" * 300_000}, headers=FRESH)
        self.runtime = runtime(http=self.backend)
        [pipe] = self.build({}, service=ServiceConfig(extra_config=own))
        self.calls(pipe, *({"Cookie": str(number)} for number in range(8)))
        assert isinstance(self.runtime.log, RecordedLog)
        [(level, text)] = self.runtime.log.lines
        self.assertEqual(level, "WARNING")
        self.assertIn("have reached 1048576 bytes", text)

    def test_workers(self) -> None:
        """What one worker was answered, another one serves; a reload begins anew."""
        [first] = self.build({})
        self.assertEqual(self.calls(first, {}), 1)
        self.built = 0
        self.runtime = evolve(runtime(http=self.backend), node=self.runtime.node)
        [second] = self.build({})
        self.assertEqual(self.calls(second, {}, {}), 0)
        self.built = 0
        self.runtime = runtime(http=self.backend)
        [later] = self.build({})
        self.assertEqual(self.calls(later, {}), 1)

    def test_too_large(self) -> None:
        """A store that no memory could hold refuses to start; unless it is not bounded at all."""
        table: list[tuple[Any, list[str]]] = [
            ({"max_items": 5, "max_size": 2**41}, ["/cache/1"]),
            ({"max_items": 5, "max_size": 2**41, "shared": True}, ["/cache/1", "/cache/2"]),
            ({"max_size": 2**41}, ["/cache/1", "/cache/2"]),
        ]
        for settings, expected in table:
            self.build(settings)
            self.assertEqual([problem.pointer for problem in self.problems.fatal], expected)
        self.assertIn("no memory for a store of that size", self.problems.fatal[0].message)

    def test_board(self) -> None:
        """Operators see what a cache is worth, and what all of them take."""
        [pipe] = self.build({})
        self.calls(pipe, {}, {}, {})
        seen = {notice.place: notice.facts for notice in self.runtime.board.read()}
        self.assertEqual(seen["GET /a, backend 0"], {"hits": 2, "confirmed": 0, "misses": 1})
        self.assertEqual(seen["all caches without bounds"]["items"], 1)

    def test_settings(self) -> None:
        """Types are strict; nearly known keys are pointed out."""
        table: list[tuple[Any, list[tuple[str, bool]]]] = [
            ({}, []),
            ({"shared": True, "max_size": 1, "max_items": 2}, []),
            ({"@comment": "fast"}, []),
            ({"shared": "yes"}, [("/x/shared", True)]),
            ({"max_size": -1}, [("/x/max_size", True)]),
            ({"max_items": 1.5}, [("/x/max_items", True)]),
            ({"max_size": "1MB"}, [("/x/max_size", True)]),
            ({"max_item": 1}, [("/x/max_item", False)]),
            ([], [("/x", True)]),
            (True, [("/x", True)]),
        ]
        for value, expected in table:
            with self.subTest(value=value):
                problems = Problems()
                component.settings(Reader(value, "/x", problems))
                found = [(problem.pointer, problem.fatal) for problem in problems.found]
                self.assertEqual(found, expected)

    def test_own_settings(self) -> None:
        """The same for the namespace of our own."""
        own = {"gatekeeper/http-cache": Settings({"ignore_credential": True}, "/own")}
        self.build({}, named=own)
        broken = {"gatekeeper/http-cache": Settings({"ignore_credentials": 1}, "/own")}
        self.build({}, named=broken)
        self.assertEqual(
            [(problem.pointer, problem.fatal) for problem in self.problems.found],
            [("/own/ignore_credential", False), ("/own/ignore_credentials", True)],
        )
