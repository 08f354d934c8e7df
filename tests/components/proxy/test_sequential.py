"""Tests for backends that are called one after the other."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError

from gatekeeper.components.proxy.sequential import sequential
from gatekeeper.config.model import Backend as BackendConfig
from gatekeeper.config.model import Endpoint, Settings
from gatekeeper.errors import BackendError, BodyTooLarge, ConfigError, DeadlineExceeded
from gatekeeper.message import Decoded, Number, Streamed
from gatekeeper.proxy import Proxy
from tests.calls import Backend, CallsTestCase, Stream, always, request, run

DETAILS = Decoded({"error_x": {"http_status_code": 404}}, complete=False)


def endpoint(*patterns: str, propagated: Any = ()) -> Endpoint:
    proxy = {"sequential": True, "sequential_propagated_params": list(propagated)}
    return Endpoint(
        "/a",
        "/a",
        [BackendConfig(pattern) for pattern in patterns],
        extra_config={"proxy": Settings(proxy, "/endpoints/0/extra_config/proxy")},
    )


class SequentialTestCase(CallsTestCase):
    """Three backends, and 10 s for the endpoint."""

    def setUp(self) -> None:
        super().setUp()
        self.a, self.b, self.c = self.backends = [Backend() for _ in range(3)]

    def proxy(self, *patterns: str, propagated: Any = ()) -> Proxy:
        made = sequential(endpoint(*patterns, propagated=propagated), 10, self.runtime)
        return made([backend.proxy for backend in self.backends[: len(patterns)]])

    def called(self) -> list[int]:
        return [len(backend.requests) for backend in self.backends]


class OrderTests(SequentialTestCase):
    """One after the other, until something is wrong."""

    def test_one_after_the_other(self) -> None:
        """A backend is called when the one before it has answered; later keys win."""
        call = run(self.proxy("/a", "/b", "/c"))
        self.assertEqual(self.called(), [1, 0, 0])
        self.a.answer({"x": "a", "a": 1})
        self.assertEqual(self.called(), [1, 1, 0])
        self.b.answer({})
        self.c.answer({"x": "c"})
        self.assertEqual(self.decoded(call), Decoded({"x": "c", "a": 1}))
        self.assertQuiet()

    def test_at_once(self) -> None:
        """Backends that never wait need no timer."""
        proxies = [always(Decoded({"a": 1})), always(Decoded({"b": 1}))]
        call = run(sequential(endpoint("/a", "/b"), 10, self.runtime)(proxies))
        self.assertEqual(self.decoded(call), Decoded({"a": 1, "b": 1}))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_the_first_fails(self) -> None:
        """Its error alone is the answer, unchanged; a bug of ours too."""
        for error in (BackendError("no"), ValueError("a bug")):
            call = run(self.proxy("/a", "/b"))
            self.a.fail(error, call=-1)
            self.assertIs(self.failureResultOf(call).value, error)
        self.assertEqual(self.called(), [2, 0, 0])

    def test_a_later_one_fails(self) -> None:
        """What there is, incomplete; those behind it are not called."""
        for error, text in ((BackendError("no"), "no"), (ValueError("1234"), "internal error")):
            call = run(self.proxy("/a", "/b", "/c"))
            self.a.answer({"a": 1}, call=-1)
            self.b.fail(error, call=-1)
            response = self.decoded(call)
            self.assertEqual((response.data, response.complete), ({"a": 1}, False))
            self.assertEqual(str(response.error), text)
        self.assertEqual(self.called(), [2, 2, 0])
        self.assertNotIn("1234", "".join(self.written))

    def test_incomplete_answers(self) -> None:
        """Details of an error are merged, and nobody else is called."""
        call = run(self.proxy("/a", "/b"))
        self.a.answer(DETAILS)
        self.assertEqual(self.decoded(call), DETAILS)
        call = run(self.proxy("/a", "/b", "/c"))
        self.a.answer({"a": 1}, call=1)
        self.b.answer(DETAILS)
        response = self.decoded(call)
        self.assertEqual(response.data, {"a": 1, **(DETAILS.data or {})})
        self.assertEqual((response.complete, response.error), (False, None))
        self.assertEqual(self.called(), [2, 1, 0])

    def test_null(self) -> None:
        """Is no failure: the next is called, the whole is incomplete."""
        call = run(self.proxy("/a", "/b?{{.Resp0_x}}"))
        self.a.answer(None)
        self.b.answer({"b": 1})
        self.assertEqual(self.decoded(call), Decoded({"b": 1}, complete=False))

    def test_an_answer_with_an_error(self) -> None:
        """Counts as a failure."""
        call = run(self.proxy("/a", "/b"))
        self.a.answer(Decoded({"a": 1}, complete=False, error=BackendError("no")))
        self.assertEqual(str(self.failureResultOf(call, BackendError).value), "no")


class ParameterTests(SequentialTestCase):
    """Values of earlier answers."""

    def parameters(self, pattern: str, data: Any, propagated: Any = ()) -> dict[str, str]:
        """Give what the second backend gets when the first has answered so."""
        self.setUp()
        run(self.proxy("/a", pattern, propagated=propagated), request(Id="7"))
        self.a.answer(data)
        params = dict(self.b.requests[0].params)
        self.assertEqual(params.pop("Id"), "7")
        return params

    def test_values(self) -> None:
        """Of every kind, as text; what is missing is left out."""
        data = {
            "s": "a b",
            "n": Number("1.50"),
            "i": 7,
            "t": True,
            "z": None,
            "e": "",
            "l": [1, "b"],
            "l0": [],
            "o": {"x": {"y": "deep"}, "c": 5},
        }
        rows = [
            ("s", "a b"),
            ("n", "1.50"),
            ("i", "7"),
            ("t", "true"),
            ("z", "<nil>"),
            ("e", ""),
            ("l", "1,b"),
            ("l0", ""),
            ("o.x.y", "deep"),
            ("o.zz.c", "5"),
            ("o.s.c", "5"),
            ("o.c.x", "map[y:deep]"),
            ("l.0", None),
            ("zz", None),
            ("zz.yy", None),
            ("zz.s", "a b"),
        ]
        for path, expected in rows:
            given = {} if expected is None else {f"Resp0_{path}": expected}
            self.assertEqual(self.parameters(f"/b/{{{{.Resp0_{path}}}}}", dict(data)), given, path)

    def test_tokens(self) -> None:
        """Several in one pattern, and some that are none."""
        pattern = (
            "/{{.Resp0_a}}/{{.Resp0_b}}?{{.Id}}={{.Resp0}}{{.Resp1_a}}{{.Resp9_a}}{{.Resp0_a:b}}"
        )
        found = {"Resp0_a": "1", "Resp0_b": "2"}
        self.assertEqual(self.parameters(pattern, {"a": 1, "b": 2, "c": 3}), found)
        for digits in (30, 5000):
            self.assertEqual(self.parameters(f"/{{{{.Resp{'9' * digits}_a}}}}", {"a": 1}), {})

    def test_propagated(self) -> None:
        """Values that no pattern names, with a small or capital letter, anywhere in the text."""
        rows: list[tuple[str, dict[str, str]]] = [
            ("resp0_a", {"Resp0_a": "1"}),
            ("Resp0_a", {"Resp0_a": "1"}),
            ("{resp0_a}/{resp0_o.x}", {"Resp0_a": "1", "Resp0_o.x": "2"}),
            ("resp0", {}),
            ("resp1_a", {}),
            ("a", {}),
        ]
        for text, expected in rows:
            data = {"a": 1, "o": {"x": 2}}
            self.assertEqual(self.parameters("/b", data, [text]), expected, text)

    def test_a_propagated_value_that_is_no_text(self) -> None:
        """Is found at start."""
        self.assertRaises(ConfigError, self.proxy, "/a", "/b", propagated=[5])

    def test_they_stay(self) -> None:
        """A backend has also what those before it were given; the first has nothing."""
        run(self.proxy("/a/{{.Resp0_x}}", "/b/{{.Resp0_x}}", "/c/{{.Resp1_y}}"))
        self.a.answer({"x": 1})
        self.b.answer({"y": 2})
        self.assertEqual(self.a.requests[0].params, {})
        self.assertEqual(self.b.requests[0].params, {"Resp0_x": "1"})
        self.assertEqual(self.c.requests[0].params, {"Resp0_x": "1", "Resp1_y": "2"})

    def test_they_do_not_change(self) -> None:
        """A value that was found is not looked up again, unless it was empty."""
        run(self.proxy("/a", "/{{.Resp0_x}}{{.Resp0_e}}", "/{{.Resp0_x}}{{.Resp0_e}}"))
        self.a.answer({"x": "old", "e": ""})
        self.b.answer({"x": "new", "e": "now"})
        self.assertEqual(self.c.requests[0].params, {"Resp0_x": "old", "Resp0_e": "now"})

    def test_the_first_answer_has_later_keys(self) -> None:
        """Answers are merged into the first one's data, where values are looked up."""
        run(self.proxy("/a", "/b", "/c/{{.Resp0_y}}"))
        self.a.answer({"x": 1})
        self.b.answer({"y": 2})
        self.assertEqual(self.c.requests[0].params, {"Resp0_y": "2"})

    def test_the_clients_request_is_left_alone(self) -> None:
        """Parameters are added to a copy."""
        asked = request(Id="7")
        run(self.proxy("/a", "/{{.Resp0_x}}"), asked)
        self.a.answer({"x": 1})
        self.assertEqual(asked.params, {"Id": "7"})


class BodyTests(SequentialTestCase):
    """Bodies of clients, and of backends that are not decoded."""

    def test_the_clients_body(self) -> None:
        """Goes to each backend; a stream is read first."""
        run(self.proxy("/a", "/b"), request(Stream(b"a", b"b")))
        self.a.answer({})
        self.assertEqual([backend.requests[0].body for backend in (self.a, self.b)], [b"ab"] * 2)

    def test_too_long(self) -> None:
        """No backend is called."""
        call = run(self.proxy("/a", "/b"), request(Stream(length=10 * 1024 * 1024 + 1)))
        self.failureResultOf(call, BodyTooLarge)
        self.assertEqual(self.called(), [0, 0, 0])

    def test_a_raw_body(self) -> None:
        """A no-op answer adds no data; its body is a parameter where one asks for it."""
        for body in (Stream(b"t-0", b"k3n"), b"t-0k3n"):
            self.setUp()
            call = run(self.proxy("/a", "/b", "/c", propagated=["resp0"]))
            self.a.answer(Streamed(404, [("X-A", "1")], body))
            self.b.answer({"b": 1})
            self.c.answer({"c": 1})
            for backend in (self.b, self.c):
                self.assertEqual(backend.requests[0].params, {"Resp0": "t-0k3n"})
            self.assertEqual(self.decoded(call), Decoded({"b": 1, "c": 1}))

    def test_a_raw_body_that_is_no_text(self) -> None:
        """What is no UTF-8 is replaced."""
        run(self.proxy("/a", "/b", propagated=["resp0"]))
        self.a.answer(Streamed(200, (), b"a\xff"))
        self.assertEqual(self.b.requests[0].params, {"Resp0": "a\ufffd"})

    def test_a_raw_body_that_nobody_wants(self) -> None:
        """Its stream is closed."""
        stream = Stream(b"raw")
        run(self.proxy("/a", "/b"))
        self.a.answer(Streamed(200, (), stream))
        self.assertTrue(stream.closed)
        self.assertEqual(self.called(), [1, 1, 0])

    def test_a_raw_body_that_cannot_be_read(self) -> None:
        """Cut or too long: there is no parameter, the log says why, the sequence goes on."""
        for stream in (Stream(error=ConnectionError("gone")), Stream(length=1 << 30)):
            self.setUp()
            run(self.proxy("/a", "/b", propagated=["resp0"]))
            self.a.answer(Streamed(200, (), stream))
            self.assertEqual(self.b.requests[0].params, {})
            self.assertTrue(stream.closed)
            self.assertEqual(len(self.written), 1)

    def test_a_raw_body_that_is_slow(self) -> None:
        """Counts against the deadline; the stream is closed."""
        stream = Stream(b"r", stays_open=True)
        call = run(self.proxy("/a", "/b", propagated=["resp0"]))
        self.a.answer(Streamed(200, (), stream))
        self.clock.advance(8.5)
        self.failureResultOf(call, DeadlineExceeded)
        self.assertTrue(stream.closed)


class EndTests(SequentialTestCase):
    """The time is over, or the client left."""

    def test_the_first_is_too_slow(self) -> None:
        """Its lateness is the answer."""
        call = run(self.proxy("/a", "/b"))
        self.clock.advance(8.4)
        self.assertNoResult(call)
        self.clock.advance(0.2)
        self.failureResultOf(call, DeadlineExceeded)
        self.assertEqual(self.a.cancelled, 1)
        self.assertQuiet()

    def test_a_later_one_is_too_slow(self) -> None:
        """All steps share the time; what there is, is the answer."""
        call = run(self.proxy("/a", "/b", "/c"))
        self.clock.advance(4)
        self.a.answer({"a": 1})
        self.clock.advance(4)
        self.assertNoResult(call)
        self.clock.advance(0.6)
        response = self.decoded(call)
        self.assertEqual((response.data, response.complete), ({"a": 1}, False))
        self.assertEqual(str(response.error), "context deadline exceeded")
        self.assertEqual((self.b.cancelled, self.called()), (1, [1, 1, 0]))
        self.assertQuiet()

    def test_the_client_leaves(self) -> None:
        """The running step is cancelled, and it looks like a cancel."""
        call = run(self.proxy("/a", "/b", "/c"))
        self.a.answer({"a": 1})
        call.cancel()
        self.failureResultOf(call, CancelledError)
        self.assertEqual((self.b.cancelled, self.called()), (1, [1, 1, 0]))
        self.assertQuiet()

    def test_more_proxies_than_backends(self) -> None:
        """Is a mistake of ours, found at start."""
        merger = sequential(endpoint("/a"), 10, self.runtime)
        self.assertRaises(ValueError, merger, [self.a.proxy, self.b.proxy])
