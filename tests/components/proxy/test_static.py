"""Tests for static data."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError

from gatekeeper.components.proxy.settings import ProxySettings, StaticData
from gatekeeper.components.proxy.static import static
from gatekeeper.encoding.json import dumps
from gatekeeper.errors import (
    BackendError,
    BodyTooLarge,
    ConfigError,
    DeadlineExceeded,
    MergeError,
    Refused,
    RequestGone,
)
from gatekeeper.message import Decoded, Response, Streamed
from gatekeeper.proxy import Middleware, Proxy
from tests.calls import Backend, CallsTestCase, Stream, always, broken, run

FINE = Decoded({"s": "one", "id": 7})
EMPTY = Decoded({})
NULL = Decoded(None)
DETAILS = Decoded({"error_x": 1}, complete=False)
PARTIAL = Decoded({"s": "one"}, complete=False, error=MergeError([BackendError("no")]))
FAILURE = BackendError("no")

ADDED: list[tuple[Decoded | BackendError, set[str]]] = [
    (FINE, {"always", "success", "complete"}),
    (EMPTY, {"always", "success", "complete"}),
    (NULL, {"always", "success", "complete"}),
    (DETAILS, {"always", "success", "incomplete"}),
    (PARTIAL, {"always", "errored", "incomplete"}),
    (FAILURE, {"always", "errored", "incomplete"}),
]


def middleware(strategy: str, data: dict[str, Any] | None = None, **options: bool) -> Middleware:
    added = {"z": "1", "s": "static"} if data is None else data
    made = static(ProxySettings(static=StaticData(strategy, added, "/static/data")), **options)
    assert made is not None
    return made


def giving(outcome: Decoded | BackendError) -> Proxy:
    if isinstance(outcome, BackendError):
        return broken(outcome)
    data = None if outcome.data is None else dict(outcome.data)
    return always(Decoded(data, outcome.complete, error=outcome.error))


class StrategyTests(CallsTestCase):
    """When data are added."""

    def test_table(self) -> None:
        """Each strategy has its outcomes; top-level keys are overwritten."""
        for outcome, strategies in ADDED:
            for strategy in ("always", "success", "errored", "complete", "incomplete"):
                call = run(middleware(strategy)(giving(outcome)))
                if strategy not in strategies and isinstance(outcome, BackendError):
                    self.failureResultOf(call, BackendError)
                    continue
                before = {} if isinstance(outcome, BackendError) else outcome.data
                response = self.decoded(call)
                if strategy in strategies:
                    expected = {**(before or {}), "z": "1", "s": "static"}
                    self.assertEqual(response.data, expected, (outcome, strategy))
                else:
                    self.assertEqual(response.data, before, (outcome, strategy))

    def test_what_else_is_in_the_answer(self) -> None:
        """Stays as it was; an answer made of a failure is incomplete and keeps the error."""
        response = self.decoded(run(middleware("always")(giving(NULL))))
        self.assertTrue(response.complete)
        response = self.decoded(run(middleware("always")(giving(FAILURE))))
        self.assertEqual((response.complete, response.status), (False, 200))
        self.assertIs(response.error, FAILURE)
        response = self.decoded(run(middleware("always")(giving(PARTIAL))))
        self.assertIs(response.error, PARTIAL.error)

    def test_failures_of_every_kind(self) -> None:
        """A time that is over, and a refusal by a backend's component, count."""
        for error in (DeadlineExceeded(), Refused(429, "slow down")):
            response = self.decoded(run(middleware("errored")(broken(error))))
            self.assertEqual(response.data, {"z": "1", "s": "static"})
            self.assertEqual(str(response.error), str(error))

    def test_not_a_failure(self) -> None:
        """A client that sends too much or leaves, a cancel and a bug are not covered up."""
        errors: list[Exception] = [BodyTooLarge(5), RequestGone(), ValueError("a bug")]
        for error in errors:
            self.failureResultOf(run(middleware("always")(broken(error))), type(error))
        backend = Backend()
        call = run(middleware("always")(backend.proxy))
        call.cancel()
        self.failureResultOf(call, CancelledError)

    def test_off(self) -> None:
        """Without data there is no middleware."""
        self.assertIsNone(static(ProxySettings()))


class StreamTests(CallsTestCase):
    """Bytes that pass through."""

    def outcome(self, strategy: str, data: dict[str, Any] | None = None) -> Response:
        self.stream = Stream(b"raw")
        streamed = Streamed(200, [("X-A", "1")], self.stream)
        return self.successResultOf(run(middleware(strategy, data)(always(streamed))))

    def test_complete(self) -> None:
        """The data cannot be seen, but the answer counts as complete; headers stay single."""
        for strategy in ("always", "success", "complete"):
            streamed = Streamed(200, [("X-A", "1")], b"", complete=True)
            response = self.outcome(strategy)
            assert isinstance(response, Streamed)
            self.assertEqual((response.complete, response.headers), (True, streamed.headers))
            self.assertFalse(self.stream.closed)

    def test_incomplete(self) -> None:
        """Not with another strategy, nor without data."""
        for strategy, data in (("errored", None), ("incomplete", None), ("always", {})):
            response = self.outcome(strategy, data)
            assert isinstance(response, Streamed)
            self.assertFalse(response.complete)


class DataTests(CallsTestCase):
    """What is added."""

    def added(self, data: dict[str, Any], **options: bool) -> bytes:
        response = self.decoded(run(middleware("always", data, **options)(giving(EMPTY))))
        return dumps(response.data)

    def test_numbers(self) -> None:
        """Numbers of JSON files are doubles."""
        rows: list[tuple[Any, bytes]] = [
            (1, b"1"),
            (1.0, b"1"),
            (1.5, b"1.5"),
            (12345678901234567890, b"12345678901234567000"),
            (1e21, b"1e+21"),
            (1e-7, b"1e-7"),
            ([1.0, {"b": 2.0}], b'[1,{"b":2}]'),
            (True, b"true"),
            (None, b"null"),
        ]
        for value, expected in rows:
            self.assertEqual(self.added({"v": value}), b'{"v":' + expected + b"}")

    def test_integers_of_other_formats(self) -> None:
        """YAML and TOML have integers."""
        big = 1234567890123456789
        self.assertEqual(self.added({"v": big}, exact_integers=True), b'{"v":%d}' % big)

    def test_too_big(self) -> None:
        """A number without a double is found at start."""
        error = self.assertRaises(ConfigError, middleware, "always", {"v": 10**400})
        self.assertEqual(error.problems[0].pointer, "/static/data")

    def test_each_answer_has_its_own(self) -> None:
        """What a later stage does to one answer is not in the next."""
        proxy = middleware("always", {"o": {"l": [1]}, "e": {}})(giving(FAILURE))
        first = self.decoded(run(proxy)).data
        assert first is not None
        first["o"]["l"].append(2)
        first["e"]["x"] = 1
        first["new"] = 1
        self.assertEqual(self.decoded(run(proxy)).data, {"o": {"l": [1]}, "e": {}})
