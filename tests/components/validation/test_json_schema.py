"""Tests of `gatekeeper.components.validation.json_schema`."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.body import MAX_BODY_BYTES
from gatekeeper.component import Placement
from gatekeeper.components.validation import json_schema as json_schema_component
from gatekeeper.components.validation.json_schema import component, json_schema
from gatekeeper.config.model import Endpoint, ServiceConfig, Settings
from gatekeeper.errors import BackendError, BodyTooLarge, Problems, Refused, RequestGone
from gatekeeper.message import Body, Decoded, Request, Response
from gatekeeper.testing import FakeStream, RecordedLog, request, run, runtime
from tests.missing import missing

ORDER = {"type": "object", "required": ["qty"], "properties": {"qty": {"type": "number"}}}
GOOD = b'{ "qty": 1.50,\n "more": [1] }'


class ValidationTests(SynchronousTestCase):
    """Bodies in front of a pipe."""

    version = 3

    def setUp(self) -> None:
        self.sent: list[Request] = []
        self.problems = Problems()
        self.runtime = runtime()

    def start(self, body: Body, schema: Any = ORDER, method: str = "POST") -> Deferred[Response]:
        async def inner(request: Request) -> Response:
            self.sent.append(request)
            return Decoded({})

        placement = Placement(
            ServiceConfig(version=self.version),
            Endpoint("/a", "/a", ()),
            pointer="/x",
            problems=self.problems,
        )
        settings = component.settings(Settings(schema, "/x"))
        proxy = json_schema(settings, placement, self.runtime)(inner)
        return run(proxy(request("/a", method, body=body)))

    def passes(self, body: Body, schema: Any = ORDER) -> None:
        self.sent.clear()
        self.successResultOf(self.start(body, schema))
        self.assertEqual(len(self.sent), 1)

    def refused(self, body: Body, schema: Any = ORDER, method: str = "POST") -> str:
        error = self.failureResultOf(self.start(body, schema, method), Refused).value
        self.assertEqual(self.sent, [])
        self.assertEqual(error.status, 400)
        return str(error)

    def test_good(self) -> None:
        """What fits goes on byte by byte, also when it came in pieces."""
        self.passes(GOOD)
        self.assertEqual(self.sent[-1].body, GOOD)
        self.passes(FakeStream(GOOD[:5], GOOD[5:]))
        self.assertEqual(self.sent[-1].body, GOOD)

    def test_bad(self) -> None:
        """What does not fit reaches nobody, and is told why."""
        self.assertEqual(self.refused(b"{}"), "- at '': missing property 'qty'")
        self.assertEqual(self.refused(b'{"qty":"1"}'), "- at '/qty': got string, want number")

    def test_no_body(self) -> None:
        """An empty body is refused by every schema and for every method."""
        for schema in (ORDER, True, {}):
            for method in ("GET", "POST"):
                text = self.refused(b"", schema, method)
                self.assertEqual(text, "could not validate an empty body")
        self.refused(FakeStream(ended=True))

    def test_malformed(self) -> None:
        """So is what is not one JSON value."""
        for body in (b"qty=1", b'{"qty":1', b'{"qty":1} x', b"1 2", b'{"qty":1e400}'):
            with self.subTest(body):
                self.refused(body, {})

    def test_boolean_schemas(self) -> None:
        """True accepts any JSON, false none."""
        self.passes(b"null", True)
        self.sent.clear()
        self.assertEqual(self.refused(b"null", False), "- at '': false schema")

    def test_too_long(self) -> None:
        """A body beyond the limit is not read into memory: 413."""
        stream = FakeStream(b"1", length=MAX_BODY_BYTES + 1, ended=False)
        error = self.failureResultOf(self.start(stream), BodyTooLarge).value
        self.assertEqual(error.status, 413)
        self.assertTrue(stream.closed)

    def test_client_gone(self) -> None:
        """A client that leaves in the middle has sent nothing that fits."""
        stream = FakeStream(b"{", ended=False)
        work = self.start(stream)
        stream.break_off()
        self.failureResultOf(work, RequestGone)
        self.assertEqual(self.sent, [])

    def test_mistake_of_ours(self) -> None:
        """When the validator itself breaks, nothing passes."""

        def breaks(*_: object, **__: object) -> bool:
            raise ZeroDivisionError

        self.patch(json_schema_component, "read_document", breaks)
        self.failureResultOf(self.start(GOOD), ZeroDivisionError)
        self.assertEqual(self.sent, [])

    def test_start(self) -> None:
        """The start is logged; a schema with a mistake is reported in its place."""
        self.passes(GOOD)
        log = self.runtime.log
        assert isinstance(log, RecordedLog)
        self.assertEqual(log.lines, [("DEBUG", "[ENDPOINT: /a][JSONSchema] Validator enabled")])
        self.start(GOOD, {"type": "nope"})
        self.assertEqual([problem.pointer for problem in self.problems.fatal], ["/x/type"])

    def test_missing_library(self) -> None:
        """Without its library there is one error that names the extra and the place."""
        missing(self, "gatekeeper.json_schema.compiling")
        self.start(GOOD)
        (problem,) = self.problems.fatal
        self.assertEqual(problem.pointer, "/x")
        self.assertIn('pip install "gatekeeper-gateway[json-schema]"', problem.message)


class OldTests(ValidationTests):
    """Version 2 files: other texts, another status for what is no JSON."""

    version = 2

    def failed(self, body: bytes) -> str:
        error = self.failureResultOf(self.start(body), BackendError).value
        self.assertEqual((error.status, self.sent), (500, []))
        return str(error)

    def test_bad(self) -> None:
        """The texts of KrakenD 1.3."""
        self.assertEqual(self.refused(b"{}"), "- (root): qty is required")

    def test_no_body(self) -> None:
        """An empty body is 500."""
        self.assertEqual(self.failed(b""), "could not validate an empty body")

    def test_malformed(self) -> None:
        """A body that is no JSON, too; what follows the first value is not looked at."""
        self.assertEqual(self.failed(b'{"qty":1'), "unexpected end of JSON input")
        self.passes(b'{"qty":1} x')

    def test_boolean_schemas(self) -> None:
        """True accepts any JSON, false none."""
        self.passes(b"null", True)
        self.sent.clear()
        self.assertEqual(self.refused(b"null", False), "- (root): False always fails validation")
