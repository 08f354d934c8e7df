"""Tests of `gatekeeper.backend.pipe`: all stages together, and the short way beside them."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import Any

from attrs import evolve
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.asking import asker
from gatekeeper.backend.discovery import Discovery
from gatekeeper.backend.pipe import backend_pipe
from gatekeeper.config.model import Backend, Endpoint, HTTPClient, ServiceConfig, Settings
from gatekeeper.errors import ConfigError, NoHosts, RequestGone
from gatekeeper.message import Decoded, Request, Response, Streamed
from gatekeeper.proxy import Middleware, Proxy
from gatekeeper.testing import FakeBackend, FakeStream, RecordedLog, request, run, runtime
from gatekeeper.wire.client import Answer, ConnectionBroken

HOST = "http://10.0.0.1:8080"
PACKED = gzip.compress(b'{"id": 7}')
DETAILS = {"backend/http": Settings({"return_error_details": "x"}, "")}
CODE = {"backend/http": Settings({"return_error_code": True}, "")}
SHADOW = {"proxy": Settings({"shadow": True}, "")}
NO_OP = {"encoding": "no-op"}


def same(inner: Proxy) -> Proxy:
    """Do nothing, but be in the way, so that the stages are used."""
    return inner


def script(backend: FakeBackend) -> None:
    """Answer in every way there is."""
    backend.on("/items", body={"id": 7, "name": "Ann"}, headers=[("Content-Type", "a/b")])
    backend.on("/items/7", body={"id": 7, "name": "Ann"})
    backend.on("/packed", body=PACKED, headers=[("Content-Encoding", "gzip")])
    backend.on("/lying", body=b"plain", headers=[("Content-Encoding", "gzip")])
    backend.on("/created", 201, {"id": 8})
    backend.on("/missing", 404, b"no", [("Content-Type", "text/plain")])
    backend.on("/moved", 302, b"", [("Location", "/items")])
    backend.on("/lost", 302, b"", [("Location", "/missing")])
    backend.on("/again", 307, b"", [("Location", "/items")])
    backend.on("/endless", 302, b"", [("Location", "/endless")])
    backend.on("/html", body=b"<html>")
    backend.on("/null", body=b"null")
    backend.on("/empty", body=b"", headers=[("Content-Length", "0")])
    backend.fails("/broken", ConnectionBroken("EOF"))
    backend.fails("/gone", ConnectionError("the client's body"))
    backend.fails("/line", ValueError("invalid method"))


CONFIGURED: list[dict[str, Any]] = [
    *({"url_pattern": path} for path in (
        "/items", "/items?", "/packed", "/lying", "/created", "/missing", "/moved", "/lost",
        "/again", "/endless", "/html", "/null", "/empty", "/broken", "/gone", "/line", "/%zz",
        "/items#top", "/a b", "/items/{{.Id}}", "/items/{{.Nobody}}", "/q?x={{.Odd}}", "/{{.Odd}}",
    )),
    *({"url_pattern": path, **NO_OP} for path in (
        "/items", "/packed", "/missing", "/moved", "/again", "/endless", "/empty", "/broken",
    )),
    {"url_pattern": "/items", "allow": ["id"]},
    {"url_pattern": "/items", "input_headers": ["x-a"]},
    {"url_pattern": "/items", "input_query_strings": ["b"]},
    {"url_pattern": "/items", "hosts": ["http://h/base/"]},
    {"url_pattern": "/items", "hosts": ["http://u:p@h"]},
    {"url_pattern": "/items", "hosts": ["10.0.0.1:80"]},
    {"url_pattern": "/items", "hosts": []},
    {"url_pattern": "/items", "method": "HEAD", **NO_OP},
    {"url_pattern": "/items", "method": "POST", "encoding": "string"},
    {"url_pattern": "/missing", "extra_config": DETAILS},
    {"url_pattern": "/missing", "extra_config": CODE},
]  # fmt: skip

REQUESTS = [
    request(params={"Id": "7", "Odd": "a b/ü"}),
    request(
        method="POST",
        params={"Id": "a/b", "Odd": "x"},
        headers={"X-A": ["1", "2"], "Accept-Encoding": ["gzip"], "Content-Length": ["4"]},
        body=b"body",
    ),
    request(query={"b": ["2"], "a": ["1", "é"]}, headers={"X-A": ["1", "2"]}),
]


class PipeTestCase(SynchronousTestCase):
    """Pipes on fake backends."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.backend = FakeBackend()
        script(self.backend)

    def pipe(
        self,
        backend: Backend,
        endpoint: Endpoint | None = None,
        inner: Sequence[Middleware] = (),
        client: Sequence[Middleware] = (),
        **others: Any,
    ) -> Proxy:
        """Build a pipe; the endpoint has this one backend unless it is given."""
        output = "no-op" if backend.encoding == "no-op" else "json"
        return backend_pipe(
            endpoint or Endpoint("/a", "/a", [backend], output_encoding=output),
            backend,
            0,
            others.pop("service", ServiceConfig()),
            runtime(self.clock, self.backend),
            inner,
            client,
            randrange=lambda _: 0,
            environ=others.pop("environ", {}),
            **others,
        )

    def call(self, proxy: Proxy, sent: Request | None = None) -> Response:
        """Give the answer."""
        return self.successResultOf(run(proxy(sent or request())))


class SameTests(PipeTestCase):
    """The short way and the stages are one thing."""

    def outcome(self, proxy: Proxy, sent: Request, *, asked: bool = False) -> tuple[object, ...]:
        """Tell what a client would see, and what the backend was asked."""
        self.backend.calls.clear()
        results: list[object] = []
        if asked:
            asker(proxy)(sent, results.append, results.append)
        else:
            run(proxy(sent)).addBoth(results.append)
        (result,) = results
        if isinstance(result, Failure):
            result = result.value
        if isinstance(result, Exception):
            status = getattr(result, "status", None)
            result = type(result), str(result), status
        calls = [
            (call.origin, call.method, call.target, call.lines, call.body)
            for call in self.backend.calls
        ]
        return result, calls

    def test_same(self) -> None:
        """Whatever is configured, asked and answered, both ways do the same."""
        services = [
            ServiceConfig(),
            ServiceConfig(version=2, client=HTTPClient(disable_compression=True)),
        ]
        for values in CONFIGURED:
            backend = Backend(**{"hosts": [HOST], **values})
            for service in services:
                short = self.pipe(backend, service=service)
                long = self.pipe(backend, service=service, inner=[same])
                for sent in REQUESTS:
                    with self.subTest(values=values, version=service.version):
                        expected = self.outcome(long, sent)
                        self.assertEqual(self.outcome(short, sent), expected)
                        self.assertEqual(self.outcome(short, sent, asked=True), expected)

    def test_cancelled(self) -> None:
        """Asked or awaited, it can be given up, also while an odd answer is read."""
        backend = Backend(hosts=[HOST], url_pattern="/s")
        for body in (None, FakeStream(b'{"id"', ended=False)):
            self.backend = FakeBackend()
            if body is None:
                self.backend.hangs("/s")
            else:
                self.backend.on("/s", body=body)
            ends: list[object] = []
            running = asker(self.pipe(backend))(request(), ends.append, ends.append)
            self.assertEqual(ends, [])
            running.cancel()
            self.assertEqual([type(end) for end in ends], [CancelledError])
            self.assertTrue(self.backend.calls[0].cancelled if body is None else body.closed)

    def test_same_streams(self) -> None:
        """Bodies that arrive slowly are the same, too."""
        for encoding in ("json", "no-op"):
            backend = Backend(hosts=[HOST], url_pattern="/s", encoding=encoding)
            for inner in ((), (same,)):
                stream = FakeStream(b'{"id"', b": 7}")
                self.backend = FakeBackend()
                self.backend.on("/s", body=stream)
                found = self.call(self.pipe(backend, inner=inner))
                expected = Decoded({"id": 7}) if encoding == "json" else Streamed(200, [], stream)
                self.assertEqual(found, expected)


class OrderTests(PipeTestCase):
    """What sees what."""

    def test_inner(self) -> None:
        """Components see the URL and the filtered headers, and data on the way back."""
        seen: list[object] = []

        def watch(inner: Proxy) -> Proxy:
            async def proxy(asked: Request) -> Response:
                answer = await inner(asked)
                seen.extend([asked.url, dict(asked.headers), answer])
                return answer

            return proxy

        target = "/items?a=1&a=%C3%A9&b=2"
        self.backend.on(target, body={"id": 7, "name": "Ann"})
        backend = Backend(hosts=[HOST], url_pattern="/items", input_headers=["X-A"], allow=["id"])
        self.call(self.pipe(backend, inner=[watch]), REQUESTS[2])
        self.assertEqual(seen, [f"{HOST}{target}", {"X-A": ["1", "2"]}, Decoded({"id": 7})])

    def test_client(self) -> None:
        """What wraps the exchange sees each answer as it came, unpacked."""
        seen: list[object] = []

        def watch(inner: Proxy) -> Proxy:
            async def proxy(asked: Request) -> Response:
                answer = await inner(asked)
                assert isinstance(answer, Streamed)
                seen.append((asked.url, answer.status, answer.body))
                return answer

            return proxy

        self.backend.on("/to-packed", 302, b"", [("Location", "/packed")])
        backend = Backend(hosts=[HOST], url_pattern="/to-packed")
        self.call(self.pipe(backend, client=[watch]))
        self.assertEqual(
            seen, [(f"{HOST}/to-packed", 302, b""), (f"{HOST}/packed", 200, b'{"id": 7}')]
        )

    def test_turns(self) -> None:
        """Two hosts take turns, concurrent calls included."""
        backend = Backend(hosts=["http://a", "http://b"], url_pattern="/items")
        proxy = self.pipe(backend)
        for _ in range(4):
            self.call(proxy)
        hosts = [call.origin.host for call in self.backend.calls]
        self.assertEqual(hosts, ["b", "a", "b", "a"])

    def test_concurrent_calls(self) -> None:
        """Each of several calls has its own host; the first good answer wins."""
        backend = Backend(hosts=["http://a", "http://b"], url_pattern="/slow")
        self.backend.hangs("/slow")
        endpoint = Endpoint("/a", "/a", [backend], concurrent_calls=2)
        waiting = run(self.pipe(backend, endpoint)(request()))
        first, second = self.backend.calls
        self.assertEqual({first.origin.host, second.origin.host}, {"a", "b"})
        second.answer(Answer(200, "", (), b'{"id": 7}'))
        self.assertEqual(self.successResultOf(waiting), Decoded({"id": 7}))
        self.assertTrue(first.cancelled)

    def test_cancel(self) -> None:
        """A client that leaves takes the call along, on both ways."""
        self.backend.hangs("/slow")
        for inner in ((), (same,)):
            backend = Backend(hosts=[HOST], url_pattern="/slow")
            waiting = run(self.pipe(backend, inner=inner)(request()))
            waiting.cancel()
            self.failureResultOf(waiting, CancelledError)
            self.assertTrue(self.backend.calls[-1].cancelled)


class SettingTests(PipeTestCase):
    """Settings of a backend."""

    def test_send_body(self) -> None:
        """With `send_body_on_redirect` a stream is kept and sent again."""
        settings = {"backend/http/client": Settings({"send_body_on_redirect": True}, "")}
        backend = Backend(hosts=[HOST], url_pattern="/again", method="POST", extra_config=settings)
        proxy = self.pipe(backend)
        self.call(proxy, request(body=FakeStream(b"a", b"b")))
        self.assertEqual([call.body for call in self.backend.calls], [b"ab", b"ab"])
        gone = FakeStream(b"a", ended=False)
        gone.break_off()
        self.failureResultOf(run(proxy(request(body=gone))), RequestGone)

    def test_no_op_where_data_is_wanted(self) -> None:
        """A lone no-op backend is worth an empty object, and its stream is closed."""
        stream = FakeStream()
        self.backend.on("/s", 404, stream)
        backend = Backend(hosts=[HOST], url_pattern="/s", encoding="no-op")
        self.assertEqual(
            self.call(self.pipe(backend, Endpoint("/a", "/a", [backend]))), Decoded({})
        )
        self.assertTrue(stream.closed)

    def test_no_op_elsewhere(self) -> None:
        """A stream stays one for merges and for encodings that fall back to the backend's."""
        backend = Backend(hosts=[HOST], url_pattern="/items", encoding="no-op")
        shadow = evolve(backend, extra_config=SHADOW)
        odd = evolve(shadow, extra_config={"proxy": Settings([], "")})
        for backends, output, streamed in [
            ([backend], "no-op", True),
            ([backend], "fast-json", True),
            ([backend], "xml", False),
            ([backend, backend], "json", True),
            ([backend, odd], "json", True),
            ([backend, shadow], "json", False),
            ([backend, shadow], "fast-json", False),
        ]:
            with self.subTest(output=output, backends=len(backends)):
                endpoint = Endpoint("/a", "/a", backends, output_encoding=output)
                answer = self.call(self.pipe(backend, endpoint))
                self.assertEqual(isinstance(answer, Streamed), streamed)

    def test_no_hosts(self) -> None:
        """Without hosts it starts, and requests fail."""
        waiting = run(self.pipe(Backend(url_pattern="/items"))(request()))
        self.failureResultOf(waiting, NoHosts)

    def test_proxy_of_the_environment(self) -> None:
        """It is asked in absolute form; what would need a tunnel refuses to start."""
        backend = Backend(hosts=[HOST], url_pattern="/items")
        self.call(self.pipe(backend, environ={"HTTP_PROXY": "http://proxy:3128"}))
        (call,) = self.backend.calls
        self.assertEqual((call.origin.host, call.target), ("proxy", f"{HOST}/items"))
        secure = Backend(hosts=["https://h"], pointer="/endpoints/0/backend/0")
        error = self.assertRaises(
            ConfigError, self.pipe, secure, environ={"HTTPS_PROXY": "http://proxy:3128"}
        )
        self.assertEqual(error.problems[0].pointer, "/endpoints/0/backend/0/host")


class DiscoveryTests(PipeTestCase):
    """``sd: dns``."""

    def test_discovered(self) -> None:
        """Requests go to the hosts as they are now."""
        resolver: Any = FakeResolver()
        time: Any = self.clock
        discovery = Discovery(resolver, time, RecordedLog())
        backend = Backend(hosts=["_http._tcp.h"], url_pattern="/items", sd="dns", sd_scheme="http")
        proxy = self.pipe(backend, discovery=discovery)
        self.failureResultOf(run(proxy(request())), NoHosts)

    def test_refused(self) -> None:
        """Without a name, or without anybody to look it up, nothing starts."""
        for backend in (
            Backend(sd="dns", pointer="/b"),
            Backend(hosts=["n"], sd="dns", pointer="/b"),
        ):
            error = self.assertRaises(ConfigError, self.pipe, backend)
            self.assertEqual(error.problems[0].pointer, "/b/sd")

    def test_unknown(self) -> None:
        """Another kind of discovery is a fixed list."""
        self.call(self.pipe(Backend(hosts=[HOST], url_pattern="/items", sd="dns-shared")))
        self.assertEqual(self.backend.calls[0].origin.host, "10.0.0.1")


class FakeResolver:
    """Never answers."""

    def lookupService(self, name: str, timeout: Sequence[int]) -> Deferred[Any]:
        return Deferred()
