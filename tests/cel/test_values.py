"""Tests of `gatekeeper.cel.values`."""

from __future__ import annotations

import os
import time
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.cel.engine import VARIABLES
from gatekeeper.cel.values import of_request, of_response, of_token, stamp
from gatekeeper.message import Decoded, Double, Number, Response, Streamed
from gatekeeper.testing import request


class RequestTests(SynchronousTestCase):
    """What rules see of a request."""

    def test_all(self) -> None:
        """Method, path, parameters, headers, query: plain texts and lists."""
        values: dict[str, Any] = {}
        of_request(VARIABLES)(
            request(
                "/a/\udcff",
                "POST",
                params={"Id": "é"},
                headers={"X-A": ("1", "\xc3\xa9", "\xff")},
                query={"q": ["\udcff"]},
            ),
            values,
        )
        self.assertEqual(
            values,
            {
                "req_method": "POST",
                "req_path": "/a/\ufffd",
                "req_params": {"Id": "é"},
                "req_headers": {"X-A": ["1", "é", "\ufffd"]},
                "req_querystring": {"q": ["\ufffd"]},
            },
        )

    def test_only_what_is_used(self) -> None:
        """What no rule names is not prepared."""
        values: dict[str, Any] = {}
        of_request({"req_method", "now", "resp_data"})(request(), values)
        self.assertEqual(values, {"req_method": "GET"})


class ResponseTests(SynchronousTestCase):
    """What rules see of a response."""

    def values(self, response: Response) -> dict[str, Any]:
        values: dict[str, Any] = {}
        of_response(VARIABLES)(response, values)
        return values

    def test_data(self) -> None:
        """Numbers of backends are texts as they were spelled, those of our own are doubles."""
        data = {
            "i": 5,
            "f": 1.5,
            "n": Number("1.50"),
            "d": Double(3),
            "s": "\udcff",
            "l": [1, [True, None]],
            "o": {"x": Number("1")},
        }
        values = self.values(Decoded(data, complete=False, headers={"X": ["1"]}))
        self.assertEqual(
            values["resp_data"],
            {
                "i": "5",
                "f": "1.5",
                "n": "1.50",
                "d": 3.0,
                "s": "\ufffd",
                "l": ["1", [True, None]],
                "o": {"x": "1"},
            },
        )
        self.assertIs(type(values["resp_data"]["n"]), str)
        self.assertIs(type(values["resp_data"]["d"]), float)
        self.assertEqual(
            [
                values[f"resp_{name}"]
                for name in ("completed", "metadata_status", "metadata_headers")
            ],
            [False, 0, {}],
        )

    def test_nothing(self) -> None:
        """A body that was ``null`` is an empty object."""
        self.assertEqual(self.values(Decoded(None))["resp_data"], {})

    def test_no_op(self) -> None:
        """With no-op there are status and headers, and no data."""
        lines = (("x-node", "a"), ("X-Node", "\xc3\xa9"))
        self.assertEqual(
            self.values(Streamed(404, lines, b"{}")),
            {
                "resp_completed": True,
                "resp_metadata_status": 404,
                "resp_metadata_headers": {"X-Node": ["a", "é"]},
                "resp_data": {},
            },
        )


class TokenTests(SynchronousTestCase):
    """What rules see of a token."""

    def test_claims(self) -> None:
        """All numbers are doubles, at every depth; other values are as they were."""
        claims = {"n": 5, "l": [1, "a", True], "o": {"x": Number("2")}, "z": None, "big": 2**60}
        values = of_token(claims)["JWT"]
        self.assertEqual(
            values, {"n": 5.0, "l": [1.0, "a", True], "o": {"x": 2.0}, "z": None, "big": 2.0**60}
        )
        self.assertIs(type(values["n"]), float)
        self.assertIs(values["l"][2], True)


class StampTests(SynchronousTestCase):
    """The time that rules see."""

    def zone(self, name: str) -> None:
        before = os.environ.get("TZ")

        def back() -> None:
            if before is None:
                del os.environ["TZ"]
            else:
                os.environ["TZ"] = before
            time.tzset()

        self.addCleanup(back)
        os.environ["TZ"] = name
        time.tzset()

    def test_utc(self) -> None:
        """Milliseconds without zeros at their end; Z for no offset."""
        self.zone("UTC")
        for seconds, text in [
            (1_795_420_800.12, "2026-11-23T08:00:00.12Z"),
            (1_795_420_800, "2026-11-23T08:00:00Z"),
            (1_795_420_800.0004, "2026-11-23T08:00:00Z"),
            (1_795_420_800.5, "2026-11-23T08:00:00.5Z"),
        ]:
            with self.subTest(text):
                self.assertEqual(stamp(seconds), text)

    def test_zones(self) -> None:
        """The server's own zone, with its offset."""
        self.zone("Asia/Kolkata")
        self.assertEqual(stamp(1_795_420_800), "2026-11-23T13:30:00+05:30")
        self.zone("America/New_York")
        self.assertEqual(stamp(1_795_420_800), "2026-11-23T03:00:00-05:00")
