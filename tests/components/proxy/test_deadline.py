"""Tests for the deadline of a single backend."""

from __future__ import annotations

from gatekeeper.components.proxy.deadline import deadline
from gatekeeper.components.proxy.settings import ProxySettings, StaticData
from gatekeeper.components.proxy.static import static
from gatekeeper.errors import DeadlineExceeded
from gatekeeper.message import Decoded
from tests.calls import Backend, CallsTestCase, request, run


class DeadlineTests(CallsTestCase):
    """A backend, and 10 s for the endpoint."""

    def setUp(self) -> None:
        super().setUp()
        self.backend = Backend()
        self.proxy = deadline(10, self.runtime)(self.backend.proxy)

    def test_in_time(self) -> None:
        """The answer is handed on."""
        call = run(self.proxy)
        self.clock.advance(9.8)
        self.backend.answer({"a": 1})
        self.assertEqual(self.decoded(call), Decoded({"a": 1}))
        self.assertQuiet()

    def test_late(self) -> None:
        """The backend is cancelled before the endpoint's own time is over."""
        call = run(self.proxy)
        self.clock.advance(9.95)
        self.failureResultOf(call, DeadlineExceeded)
        self.assertEqual(self.backend.cancelled, 1)

    def test_static_data_stand_in(self) -> None:
        """Also when the endpoint has its deadline around everything."""
        middleware = static(ProxySettings(static=StaticData("errored", {"x": "y"})))
        assert middleware is not None
        call = self.runtime.within(10, middleware(self.proxy)(request()))
        self.clock.pump([9.95, 0.05])
        self.assertEqual(self.decoded(call).data, {"x": "y"})
