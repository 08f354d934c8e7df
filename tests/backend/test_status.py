"""Tests of `gatekeeper.backend.status`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.backend.exchange import BackendAnswer
from gatekeeper.backend.status import is_success, on_error
from gatekeeper.components.backend.http import HTTPOptions
from gatekeeper.config.model import Backend
from gatekeeper.encoding.ordered import Ordered
from gatekeeper.errors import BackendStatusPassed, InvalidStatus
from gatekeeper.message import JSON, Decoded, Streamed
from gatekeeper.testing import FakeStream, request, run

BACKEND = Backend(url_pattern="/orders/{{.Id}}?force=1", method="DELETE")
PLAIN = HTTPOptions()
DETAILS = HTTPOptions(error_alias="orders")
CODE = HTTPOptions(error_code=True)
PROBLEM = [("X-Debug", "1"), ("content-type", "application/problem+json")]


class StatusTests(SynchronousTestCase):
    """What an answer's status means."""

    def details(self, answer: Streamed, version: int = 3) -> Decoded:
        work = on_error(BACKEND, DETAILS, version)(request(), answer)
        return self.successResultOf(run(work))  # type: ignore[arg-type]  # coroutines

    def test_success(self) -> None:
        """Only 200 and 201."""
        self.assertEqual([s for s in range(100, 600) if is_success(s)], [200, 201])

    def test_hidden(self) -> None:
        """The text names status, method, pattern and the final URL; the body is dropped."""
        body = FakeStream()
        answer = BackendAnswer(404, (), body, url="http://h/orders/7")
        work = on_error(BACKEND, PLAIN, 3)(request(), answer)
        failure = self.failureResultOf(run(work), InvalidStatus)  # type: ignore[arg-type]
        self.assertEqual(
            str(failure.value),
            "invalid status code 404 [DELETE /orders/{{.Id}}?force=1]: http://h/orders/7",
        )
        self.assertTrue(body.closed)

    def test_hidden_without_url(self) -> None:
        """An answer that a component made is named by the request's URL."""
        work = on_error(BACKEND, PLAIN, 3)(request(url="http://h/x"), Streamed(404, (), b""))
        failure = self.failureResultOf(run(work), InvalidStatus)  # type: ignore[arg-type]
        self.assertTrue(str(failure.value).endswith("]: http://h/x"))

    def test_passed(self) -> None:
        """With `return_error_code` status, body and type are carried."""
        work = on_error(BACKEND, CODE, 3)(request(), Streamed(418, PROBLEM, "té".encode()))
        error = self.failureResultOf(run(work), BackendStatusPassed).value  # type: ignore[arg-type]
        self.assertEqual(
            (error.status, str(error), error.content_type),
            (418, "té", "application/problem+json"),
        )

    def test_details(self) -> None:
        """With `return_error_details` the error is data, in a fixed order, incomplete."""
        found = self.details(Streamed(404, PROBLEM, b'{"error": "x"}'))
        assert found.data is not None
        value = found.data["error_orders"]
        assert isinstance(value, Ordered)
        self.assertEqual(
            list(value.value.items()),  # type: ignore[union-attr]  # an object
            [
                ("http_status_code", 404),
                ("http_body", '{"error": "x"}'),
                ("http_body_encoding", "application/problem+json"),
            ],
        )
        self.assertFalse(found.complete)

    def test_details_left_out(self) -> None:
        """An empty body and a missing type are left out; so is the type in version 2."""
        only: JSON = {"http_status_code": 410}
        for answer, version, expected in [
            (Streamed(410, (), b""), 3, only),
            (Streamed(410, PROBLEM, b"b"), 2, {**only, "http_body": "b"}),
        ]:
            found = self.details(answer, version)
            self.assertEqual(found.data, {"error_orders": Ordered(expected)})

    def test_details_of_streams(self) -> None:
        """A stream is read to its end; one that breaks off explains nothing."""
        found = self.details(Streamed(500, (), FakeStream(b"bo", b"om")))
        expected: JSON = {"http_status_code": 500, "http_body": "boom"}
        self.assertEqual(found.data, {"error_orders": Ordered(expected)})
        broken = FakeStream(b"bo", ended=False)
        broken.break_off()
        found = self.details(Streamed(500, (), broken))
        self.assertEqual(found.data, {"error_orders": Ordered({"http_status_code": 500})})
