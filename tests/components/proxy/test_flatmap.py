"""Tests for flatmap on an endpoint."""

from __future__ import annotations

from gatekeeper.components.proxy.flatmap import flatmap
from gatekeeper.components.proxy.settings import ProxySettings
from gatekeeper.config.model import Settings
from gatekeeper.errors import BackendError, MergeError
from gatekeeper.message import Decoded, Response, Streamed
from tests.calls import CallsTestCase, always, broken, run

SETTINGS = Settings({"flatmap_filter": [{"type": "del", "args": ["user.id"]}]}, "/proxy")


class FlatmapTests(CallsTestCase):
    """The merged answer is changed, if nothing failed."""

    def changed(self, response: Response) -> Response:
        middleware = flatmap(ProxySettings.read(SETTINGS))
        assert middleware is not None
        return self.successResultOf(run(middleware(always(response))))

    def test_changed(self) -> None:
        """The data change, nothing else; details of an error are no failure."""
        before = Decoded({"user": {"id": 1, "n": "a"}}, False, 201, {"X-A": ["1"]})
        after = Decoded({"user": {"n": "a"}}, False, 201, {"X-A": ["1"]})
        self.assertEqual(self.changed(before), after)
        self.assertEqual(self.changed(Decoded(None)), Decoded(None))

    def test_skipped(self) -> None:
        """When a part failed, and for bytes that pass through."""
        error = MergeError([BackendError("no")])
        partial = Decoded({"user": {"id": 1}}, complete=False, error=error)
        for response in (partial, Streamed(200, (), b"raw")):
            self.assertIs(self.changed(response), response)

    def test_failure(self) -> None:
        """An error flies through."""
        middleware = flatmap(ProxySettings.read(SETTINGS))
        assert middleware is not None
        self.failureResultOf(run(middleware(broken(BackendError("no")))), BackendError)

    def test_off(self) -> None:
        """Without operations there is no middleware."""
        self.assertIsNone(flatmap(ProxySettings()))
