"""Tests of `gatekeeper.components.backend.http`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.components.backend.http import HTTPOptions, http_options
from gatekeeper.config.model import Backend, Settings
from gatekeeper.message import JSON

TABLE: list[tuple[JSON, HTTPOptions]] = [
    ({}, HTTPOptions()),
    ({"return_error_details": "x"}, HTTPOptions(error_alias="x")),
    ({"return_error_details": "x", "return_error_code": True}, HTTPOptions(error_alias="x")),
    ({"return_error_details": "", "return_error_code": True}, HTTPOptions()),
    ({"return_error_details": 5, "return_error_code": True}, HTTPOptions()),
    ({"return_error_details": None, "return_error_code": True}, HTTPOptions()),
    ({"return_error_code": True}, HTTPOptions(error_code=True)),
    ({"return_error_code": "true"}, HTTPOptions()),
    ({"return_error_code": 1}, HTTPOptions()),
    ({"send_body_on_redirect": True}, HTTPOptions(send_body=True)),
]


class HTTPOptionsTests(SynchronousTestCase):
    """Settings of two namespaces."""

    def test_values(self) -> None:
        """Wrong types count as if nothing were set; details switch the code off."""
        for value, expected in [*TABLE, (None, HTTPOptions()), ("x", HTTPOptions())]:
            with self.subTest(value=value):
                self.assertEqual(HTTPOptions.of(value), expected)

    def test_backend(self) -> None:
        """Each key counts in its own namespace only."""
        both = {"return_error_code": True, "send_body_on_redirect": True}
        for namespaces, expected in [
            ((), HTTPOptions()),
            (("backend/http",), HTTPOptions(error_code=True)),
            (("backend/http/client",), HTTPOptions(send_body=True)),
            (
                ("backend/http", "backend/http/client"),
                HTTPOptions(error_code=True, send_body=True),
            ),
        ]:
            backend = Backend(extra_config={name: Settings(both, "") for name in namespaces})
            self.assertEqual(http_options(backend), expected)
        odd = Backend(extra_config={"backend/http": Settings([1], "")})
        self.assertEqual(http_options(odd), HTTPOptions())
