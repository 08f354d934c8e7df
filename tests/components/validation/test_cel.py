"""Tests of `gatekeeper.components.validation.cel`."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.cel import cel_cpp
from gatekeeper.component import Placement
from gatekeeper.components.validation.cel import RuleBroken, component, rules
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig, Settings
from gatekeeper.errors import BackendError, InvalidStatus, MergeError, Problems
from gatekeeper.message import Decoded, Request, Response, Streamed
from gatekeeper.testing import FakeStream, RecordedLog, request, run, runtime

NAMESPACE = "validation/cel"


class CELTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.runtime = runtime()
        self.problems = Problems()
        self.asked: list[Request] = []
        self.answer: Response | Exception = Decoded({"id": 5, "name": "alice"})
        self.time = 1_795_420_800.0

    def placement(
        self, texts: list[str], *, backend: bool = False, validator: bool = False
    ) -> Placement:
        value = [{"check_expr": text} for text in texts]
        extra = {NAMESPACE: Settings(value, "/x")}
        if validator:
            extra["auth/validator"] = Settings({}, "/v")
        endpoint = Endpoint("/a/{id}", "/a/:id", (), extra_config={} if backend else extra)
        return Placement(
            ServiceConfig(),
            endpoint,
            Backend("/b/{{.Id}}", extra_config=extra) if backend else None,
            pointer="/x",
            problems=self.problems,
        )

    def start(self, *texts: str, given: Request | None = None, **place: bool) -> Deferred[Response]:
        async def inner(request: Request) -> Response:
            self.asked.append(request)
            self.time += 3600
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

        placement = self.placement(list(texts), **place)
        holder = placement.backend or placement.endpoint
        assert holder is not None
        settings = component.settings(holder.extra_config[NAMESPACE])
        proxy = rules(settings, placement, self.runtime, lambda: self.time)(inner)
        return run(proxy(given or request(params={"Id": "7"})))

    def logged(self, level: str) -> list[str]:
        log = self.runtime.log
        assert isinstance(log, RecordedLog)
        return [text for name, text in log.lines if name == level]


class RulesTests(CELTestCase):
    """Rules around a call."""

    def passes(self, *texts: str, **place: bool) -> None:
        self.assertIs(self.successResultOf(self.start(*texts, **place)), self.answer)
        self.assertEqual(self.problems.found, [])

    def breaks(self, *texts: str, calls: int, **place: bool) -> str:
        self.asked.clear()
        error = self.failureResultOf(self.start(*texts, **place), RuleBroken).value
        self.assertEqual(len(self.asked), calls)
        self.assertEqual(error.status, 500)
        return str(error)

    def test_all_hold(self) -> None:
        """The call is made, and its answer is given as it is."""
        self.passes("req_params.Id == '7'", "resp_data.name == 'alice'", "resp_completed")
        self.assertEqual(len(self.asked), 1)

    def test_request(self) -> None:
        """A rule on the request is asked before the call, which is not made if it says no."""
        self.assertEqual(
            self.breaks("req_params.Id == '7'", "req_params.Id == '8'", calls=0),
            "request aborted by evaluator #1",
        )

    def test_response(self) -> None:
        """A rule on the response is asked after it; rules are counted within their phase."""
        self.assertEqual(
            self.breaks("req_method == 'GET'", "resp_data.id == '6'", calls=1),
            "request aborted by evaluator #0",
        )

    def test_only_true_is_yes(self) -> None:
        """Another value, an error and too much work are no."""
        for text in ("req_method", "size(req_method)", "req_headers['Nope'][0] == 'x'"):
            with self.subTest(text):
                self.breaks(text, calls=0)
        self.answer = Decoded({"items": ["x"] * 500})
        self.breaks("resp_data.items.all(x, resp_data.items.all(y, y == x))", calls=1)

    def test_several_phases(self) -> None:
        """In each phase only its own variables have values."""
        self.breaks("resp_completed && req_method == 'GET'", calls=0)
        self.passes("resp_completed || req_method == 'GET'")

    def test_failed_call(self) -> None:
        """The error of a call that failed is passed on; rules on the response are not asked."""
        self.answer = InvalidStatus("invalid status code 500")
        self.failureResultOf(self.start("resp_completed"), InvalidStatus)
        self.assertIn(
            "[ENDPOINT: /a/:id][CEL] Delegated execution failed: invalid status code 500",
            self.logged("DEBUG"),
        )

    def test_partial_data(self) -> None:
        """A part of the data is judged as well: a failing sibling switches no rule off."""
        failed = MergeError([BackendError("down")])
        self.answer = Decoded({"a": 1}, complete=False, error=failed)
        self.breaks("resp_completed", calls=1)
        self.passes("!resp_completed && resp_data.a == '1'")

    def test_no_op(self) -> None:
        """A refused answer that passes through is closed, not left open."""
        stream = FakeStream(b"x")
        self.answer = Streamed(500, (("X-B", "1"),), stream)
        self.passes("resp_metadata_status == 500 && resp_metadata_headers['X-B'][0] == '1'")
        self.assertFalse(stream.closed)
        self.breaks("resp_metadata_status < 400", calls=1)
        self.assertTrue(stream.closed)

    def test_mistake_of_ours(self) -> None:
        """When asking itself breaks, nothing passes: neither the request nor the answer."""

        def breaks(*_: object) -> object:
            raise ZeroDivisionError

        stream = FakeStream(b"x")
        self.answer = Streamed(200, (), stream)
        self.patch(cel_cpp.CompiledExpression, "evaluate", breaks)
        self.failureResultOf(self.start("req_method == 'GET'"), ZeroDivisionError)
        self.assertEqual(self.asked, [])
        self.failureResultOf(self.start("resp_completed"), ZeroDivisionError)
        self.assertTrue(stream.closed)

    def test_one_time(self) -> None:
        """Both phases of a call see the same time."""
        began = "timestamp(now) == timestamp('2026-11-23T08:00:00Z')"
        self.passes(f"{began} && req_method == 'GET'", f"{began} && resp_completed")

    def test_backend(self) -> None:
        """On a backend rules see the backend's method and path."""
        given = request("/b/7", "POST")
        self.successResultOf(
            self.start("req_path == '/b/7' && req_method == 'POST'", given=given, backend=True)
        )
        self.assertEqual(len(self.asked), 1)

    def test_nothing_to_ask(self) -> None:
        """Without rules there is nothing around the call."""

        async def inner(_: Request) -> Response:
            return Decoded({})

        placement = self.placement([])
        settings = Settings([], "/x")
        self.assertIs(rules(settings, placement, self.runtime)(inner), inner)


class LogTests(CELTestCase):
    """What operators see."""

    def test_start(self) -> None:
        """How many rules there are."""
        self.start("req_method == 'GET'", "resp_completed", "resp_data.id == '5'")
        label = "[ENDPOINT: /a/:id][CEL]"
        self.assertEqual(
            self.logged("DEBUG")[:3],
            [
                f"{label} Loading configuration",
                f"{label} 1 preEvaluator(s) loaded",
                f"{label} 2 postEvaluator(s) loaded",
            ],
        )

    def test_refusals(self) -> None:
        """Which rule said no, and why, without what the request held."""
        secret = request(headers={"Authorization": ["secret"]})
        for text in ("req_method == 'PUT'", "req_headers['X'][0] == ''", "req_headers"):
            self.failureResultOf(self.start(text, given=secret), RuleBroken)
        label = "[ENDPOINT: /a/:id][CEL][pre] Evaluator #0"
        self.assertEqual(
            self.logged("INFO"),
            [
                f"{label} result: false",
                f"{label} failed: no such key: X",
                f"{label} result: no bool but a dict",
            ],
        )

    def test_backend(self) -> None:
        """A backend is named by its pattern; agreement is a line for those who debug."""
        self.start("resp_completed", backend=True)
        self.assertEqual(
            self.logged("DEBUG")[-1],
            "[BACKEND: /b/{{.Id}}][CEL][post] Evaluator #0 result: true",
        )


class TokenTests(CELTestCase):
    """Rules on tokens are asked by the validator, so there must be one."""

    def pointers(self, *texts: str, **place: Any) -> list[str]:
        self.problems = Problems()
        self.successResultOf(self.start(*texts, **place))
        return [problem.pointer for problem in self.problems.fatal]

    def test_places(self) -> None:
        """On an endpoint with a validator; not without, and not on a backend."""
        rule = "JWT.sub == 'a'"
        self.assertEqual(self.pointers("resp_completed", rule, validator=True), [])
        self.assertEqual(self.pointers("resp_completed", rule), ["/x/1/check_expr"])
        self.assertEqual(self.pointers(rule, backend=True), ["/x/0/check_expr"])

    def test_claims_in_parameters(self) -> None:
        """A claim that became a parameter is no token: such a rule may stand everywhere."""
        given = request(params={"JWT.sub": "a"})
        rule = "req_params['JWT.sub'] == 'a'"
        self.assertEqual(self.pointers(rule, given=given), [])
        self.assertEqual(self.pointers(rule, given=given, backend=True), [])
