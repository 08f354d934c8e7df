"""Tests of `gatekeeper.httpcache.cache`."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve
from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.errors import TransportError
from gatekeeper.httpcache.cache import Cache
from gatekeeper.httpcache.keys import by_url
from gatekeeper.httpcache.stores import Stores
from gatekeeper.message import Decoded, Request, Response, Streamed
from gatekeeper.nodewide.local import LocalState
from gatekeeper.testing import FakeStream, request, run
from tests.httpcache.answers import NOW, answer

URL = "http://shop/a"
GOOD = ("Cache-Control", "max-age=60")
STALE = ("Cache-Control", "max-age=0")
FORGIVING = ("Cache-Control", "max-age=0, stale-if-error=60")
TAG = ("ETag", '"v1"')


class CacheTestCase(SynchronousTestCase):
    """
    A cache in front of a backend that numbers its answers.

    Attributes:
        script: What the backend gives, in turn; the last one stays.
        asked: What it was asked.
    """

    mark = False
    keep_private = True

    def setUp(self) -> None:
        self.now = NOW
        self.script: list[Response | Exception] = []
        self.asked: list[Request] = []
        self.store = Stores(LocalState(), 1_000_000, lambda: None).own("/a")
        self.cache = Cache(
            self.store, by_url, lambda: self.now, keep_private=self.keep_private, mark=self.mark
        )
        self.proxy = self.cache.around(self.backend)

    async def backend(self, given: Request) -> Response:
        self.asked.append(given)
        response = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(response, Exception):
            raise response
        if isinstance(response, Streamed) and response.body == b"{}":
            return evolve(response, body=b"%d" % len(self.asked))
        return response

    def start(self, given: Request) -> Deferred[Response]:
        return run(self.proxy(given))

    def ask(self, headers: Mapping[str, str] = {}, method: str = "GET", url: str = URL) -> Streamed:
        """Ask at once; the answer's body must not be a stream."""
        lines = {name: [value] for name, value in headers.items()}
        response = self.successResultOf(self.start(request(method=method, headers=lines, url=url)))
        assert isinstance(response, Streamed)
        return response

    def numbers(self, *wishes: Mapping[str, str]) -> list[bytes]:
        """Ask several times; give the numbers of the answers."""
        found = [self.ask(headers).body for headers in wishes]
        return [body for body in found if isinstance(body, bytes)]


class ServingTests(CacheTestCase):
    """Which requests reach the backend."""

    def test_fresh(self) -> None:
        """While an answer is fresh the backend is not asked; then it is."""
        self.script = [answer(GOOD)]
        self.assertEqual(self.numbers({}, {}), [b"1", b"1"])
        self.now += 61
        self.script = [answer(GOOD, age_s=-61)]
        self.assertEqual(self.numbers({}, {}), [b"2", b"2"])
        self.assertEqual((self.cache.hits, self.cache.misses), (2, 2))

    def test_not_cached(self) -> None:
        """Without caching headers, or with ``no-store``, each request is a call."""
        for line in (("X", "1"), ("Cache-Control", "no-store, max-age=60")):
            self.script, self.asked = [answer(line)], []
            self.assertEqual(self.numbers({}, {}), [b"1", b"2"])

    def test_status(self) -> None:
        """Errors are as good as their headers say."""
        for status in (404, 500):
            self.script = [answer(GOOD, status=status)]
            url = f"{URL}/{status}"
            self.assertEqual([self.ask(url=url).status for _ in "ab"], [status, status])
        self.assertEqual(len(self.asked), 2)

    def test_key(self) -> None:
        """Each URL has its own entry; so has HEAD."""
        self.script = [answer(GOOD)]
        for url in (f"{URL}?a=1", f"{URL}?a=2", f"{URL}?a=1"):
            self.ask(url=url)
        self.assertEqual(len(self.asked), 2)
        self.ask(method="HEAD", url=f"{URL}?a=1")
        self.ask(method="HEAD", url=f"{URL}?a=1")
        self.assertEqual([given.method for given in self.asked], ["GET", "GET", "HEAD"])

    def test_head(self) -> None:
        """An answer to HEAD keeps the length that it announced."""
        self.script = [Streamed(200, answer(GOOD).headers, b"", 4711)]
        self.ask(method="HEAD")
        again = self.ask(method="HEAD")
        self.assertEqual((again.body, again.length, len(self.asked)), (b"", 4711, 1))

    def test_other_methods(self) -> None:
        """POST passes, and leaves the entry of GET alone."""
        self.script = [answer(GOOD)]
        self.ask()
        self.assertEqual(self.ask(method="POST").body, b"2")
        self.assertEqual(self.ask().body, b"1")

    def test_range(self) -> None:
        """A request for a part passes, and the entry is forgotten."""
        self.script = [answer(GOOD)]
        self.assertEqual(self.numbers({}, {"Range": "bytes=0-3"}, {}, {}), [b"1", b"2", b"3", b"3"])

    def test_wishes(self) -> None:
        """A client can demand a new answer, which then replaces the old one."""
        self.script = [answer(GOOD)]
        no_cache = {"Cache-Control": "no-cache"}
        self.assertEqual(self.numbers({}, no_cache, {}), [b"1", b"2", b"2"])

    def test_client_no_store(self) -> None:
        """``no-store`` of a client: an entry is used, but none is made."""
        self.script = [answer(GOOD)]
        no_store = {"Cache-Control": "no-store"}
        self.assertEqual(self.numbers(no_store, {}, no_store), [b"1", b"2", b"2"])

    def test_only_if_cached(self) -> None:
        """With nothing stored the answer is 504 without a call; otherwise any age will do."""
        only = {"Cache-Control": "only-if-cached"}
        self.script = [answer(STALE)]
        self.assertEqual((self.ask(only).status, self.asked), (504, []))
        self.assertEqual(self.numbers({}, only), [b"1", b"1"])

    def test_only_if_cached_and_never_stored(self) -> None:
        """What no entry can answer, POST or a part, is 504 as well, without a call."""
        only = {"Cache-Control": "only-if-cached"}
        self.assertEqual(self.ask(only, method="POST").status, 504)
        self.assertEqual(self.ask({**only, "Range": "bytes=0-3"}).status, 504)
        self.assertEqual(self.asked, [])

    def test_vary(self) -> None:
        """Another variant is fetched and takes the place of the first."""
        self.script = [answer(GOOD, ("Vary", "X-L"))]
        a, b = {"X-L": "a"}, {"X-L": "b"}
        self.assertEqual(self.numbers({}, {}, a, a, b, a), [b"1", b"1", b"2", b"2", b"3", b"4"])

    def test_vary_star(self) -> None:
        """``Vary: *`` is never served again."""
        self.script = [answer(GOOD, ("Vary", "*"))]
        self.assertEqual(self.numbers({}, {}), [b"1", b"2"])

    def test_data(self) -> None:
        """What is no HTTP answer passes."""
        self.script = [Decoded({"a": 1})]
        for _ in range(2):
            self.assertEqual(self.successResultOf(self.start(request(url=URL))), Decoded({"a": 1}))
        self.script = [answer(GOOD)]
        self.ask()
        self.script = [Decoded({})]
        response = self.start(request(url=URL, headers={"Cache-Control": ["no-cache"]}))
        self.assertEqual(self.successResultOf(response), Decoded({}))

    def test_cookies(self) -> None:
        """A cookie reaches the client that it was set for, and no other."""
        self.script = [answer(GOOD, ("Set-Cookie", "session=1"))]
        self.assertIn(("Set-Cookie", "session=1"), self.ask().headers)
        self.assertNotIn(("Set-Cookie", "session=1"), self.ask().headers)

    def test_no_marks(self) -> None:
        """Nothing tells that an answer was stored: no ``Age``, ``X-From-Cache``, ``X-Varied-*``."""
        self.script = [answer(GOOD, ("Vary", "X-L"))]
        first, again = self.ask(), self.ask()
        self.assertEqual(list(first.headers), list(again.headers))


class RevalidationTests(CacheTestCase):
    """Stale answers."""

    def test_confirmed(self) -> None:
        """A 304 gives the stored answer with new headers, which is fresh again."""
        self.script = [answer(STALE, TAG), answer(GOOD, TAG, status=304, body=b"")]
        self.assertEqual(self.numbers({}, {}, {}), [b"1", b"1", b"1"])
        self.assertEqual(self.asked[1].headers, {"If-None-Match": ['"v1"']})
        self.assertIn(GOOD, self.ask().headers)
        self.assertEqual((len(self.asked), self.cache.confirmed), (2, 1))

    def test_head(self) -> None:
        """HEAD gets the stored answer, too, instead of a 304 that it did not ask for."""
        self.script = [answer(STALE, TAG, body=b""), answer(TAG, status=304, body=b"")]
        self.ask(method="HEAD")
        self.assertEqual(self.ask(method="HEAD").status, 200)

    def test_body_of_304(self) -> None:
        """A body behind a 304 is dropped, so that its connection is not kept."""
        stream = FakeStream(b"lies", ended=False)
        self.script = [answer(STALE, TAG), answer(TAG, status=304, body=stream)]
        self.assertEqual(self.numbers({}, {}), [b"1", b"1"])
        self.assertTrue(stream.closed)

    def test_no_store_in_304(self) -> None:
        """A 304 can say that the answer is not to be kept any longer."""
        withdrawn = answer(("Cache-Control", "no-store"), status=304, body=b"")
        self.script = [answer(STALE, TAG), withdrawn, answer()]
        self.assertEqual(self.numbers({}, {}, {}), [b"1", b"1", b"3"])

    def test_replaced(self) -> None:
        """Anything else than a 304 takes the entry's place, and its validators."""
        self.script = [answer(STALE, TAG), answer(STALE, status=404), answer(STALE)]
        self.assertEqual(self.numbers({}, {}, {}), [b"1", b"2", b"3"])
        self.assertEqual(
            [given.headers for given in self.asked], [{}, {"If-None-Match": ['"v1"']}, {}]
        )

    def test_unwanted(self) -> None:
        """``no-cache`` of a client asks without condition."""
        self.script = [answer(GOOD, TAG)]
        self.numbers({}, {"Cache-Control": "no-cache"})
        self.assertNotIn("If-None-Match", self.asked[1].headers)

    def test_clients_own_304(self) -> None:
        """A 304 to a client's own condition is that client's, and never an entry."""
        mine = {"If-None-Match": '"v0"'}
        self.script = [answer(GOOD, status=304, body=b""), answer(GOOD)]
        self.assertEqual(self.ask(mine).status, 304)
        self.assertEqual([self.ask().status, self.ask(mine).status], [200, 200])
        self.assertEqual(len(self.asked), 2)

    def test_foreign_304(self) -> None:
        """It says nothing about the entry: the client gets it as it is."""
        self.script = [answer(STALE), answer(GOOD, status=304, body=b""), answer(GOOD)]
        self.ask()
        self.assertEqual(self.ask({"If-None-Match": '"v0"'}).status, 304)
        self.assertEqual(self.ask().body, b"3")


class ErrorTests(CacheTestCase):
    """Backends that fail."""

    def fails(self) -> None:
        self.failureResultOf(self.start(request(url=URL, headers={})), TransportError)

    def test_stale_if_error(self) -> None:
        """On an error of the backend, or of the network, the old answer is served unchanged."""
        stream = FakeStream(b"oops", ended=False)
        self.script = [
            answer(FORGIVING),
            answer(status=500),
            answer(status=503, body=stream),
            TransportError("refused"),
            answer(GOOD, status=404),
        ]
        self.assertEqual(self.numbers({}, {}, {}, {}), [b"1", b"1", b"1", b"1"])
        self.assertTrue(stream.closed)
        self.assertEqual(self.ask().status, 404)

    def test_too_old(self) -> None:
        """Only as long as the answer allows."""
        self.script = [answer(FORGIVING), answer(status=500)]
        self.ask()
        self.now += 60
        self.assertEqual(self.ask().status, 500)

    def test_not_allowed(self) -> None:
        """Without ``stale-if-error`` the error is the client's, and the entry is gone."""
        self.script = [answer(STALE, TAG), TransportError("refused"), answer(GOOD)]
        self.ask()
        self.fails()
        self.assertEqual(self.ask().body, b"3")
        self.assertNotIn("If-None-Match", self.asked[2].headers)

    def test_client_allows(self) -> None:
        """The client's ``stale-if-error`` counts as well."""
        self.script = [answer(STALE), TransportError("refused")]
        self.assertEqual(self.numbers({}, {"Cache-Control": "stale-if-error"}), [b"1", b"1"])

    def test_nothing_stored(self) -> None:
        """With nothing to serve the error flies."""
        self.script = [TransportError("refused")]
        self.fails()

    def test_other_variant(self) -> None:
        """An answer for other requests never stands in for an error."""
        self.script = [answer(FORGIVING, ("Vary", "X-L")), answer(status=500)]
        self.ask({"X-L": "a"})
        self.assertEqual(self.ask({"X-L": "b"}).status, 500)

    def test_cancelled(self) -> None:
        """A client that leaves while the backend is asked does not cost the entry."""
        hanging: Deferred[None] = Deferred()
        self.script = [answer(STALE, TAG)]
        self.ask()

        async def hangs(_: Request) -> Response:
            await hanging
            return Decoded({})

        waiting = run(self.cache.around(hangs)(request(url=URL)))
        waiting.cancel()
        self.failureResultOf(waiting, CancelledError)
        self.assertIsNotNone(self.store.get(URL))


class StreamTests(CacheTestCase):
    """Bodies that arrive while they are read."""

    def read(self, response: Streamed) -> bytes:
        async def read_all() -> bytes:
            assert not isinstance(response.body, bytes)
            pieces = []
            while piece := await response.body.read():
                pieces.append(piece)
            return b"".join(pieces)

        return self.successResultOf(run(read_all()))

    def test_complete(self) -> None:
        """A stream is stored when it was read to its end, and then served whole."""
        self.script = [answer(GOOD, body=FakeStream(b"ab", b"cd")), answer(GOOD)]
        self.assertEqual(self.read(self.ask()), b"abcd")
        again = self.ask()
        self.assertEqual((again.body, again.length, len(self.asked)), (b"abcd", 4, 1))

    def test_client_leaves(self) -> None:
        """A client that leaves in the middle stores nothing, and frees the connection."""
        stream = FakeStream(b"ab", b"cd")
        self.script = [answer(GOOD, body=stream), answer(GOOD)]
        body = self.ask().body
        assert not isinstance(body, bytes)
        self.successResultOf(run(body.read()))
        body.close()
        self.assertTrue(stream.closed)
        self.assertEqual((self.ask().body, self.store.recording.used), (b"2", 0))

    def test_announced_too_long(self) -> None:
        """A body that cannot fit is not even recorded, and an older entry is forgotten."""
        stream = FakeStream(b"ab", length=1_000_001)
        self.script = [answer(STALE), answer(GOOD, body=stream), answer(GOOD)]
        self.ask()
        self.assertIs(self.ask().body, stream)
        self.assertIsNone(self.store.get(URL))


class SharedTests(CacheTestCase):
    """A store that others read, too."""

    keep_private = False

    def test_private(self) -> None:
        """``private`` keeps an answer out of it."""
        self.script = [answer(("Cache-Control", "private, max-age=60"))]
        self.assertEqual(self.numbers({}, {}), [b"1", b"2"])


class MarkTests(CacheTestCase):
    """Version 2 of the configuration."""

    mark = True

    def marks(self) -> list[str]:
        return [value for name, value in self.ask().headers if name == "X-From-Cache"]

    def test_marks(self) -> None:
        """Answers that are served again say so, whether the backend was asked or not."""
        self.script = [
            answer(STALE, TAG),
            answer(TAG, status=304, body=b""),
            answer(FORGIVING, status=304, body=b""),
            TransportError("refused"),
        ]
        found = [self.marks() for _ in range(4)]
        self.assertEqual(found, [[], ["1"], ["1"], ["1"]])
