"""Tests for `gatekeeper.wire.request_head`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.request_head import RequestHead, request_head

WRITTEN = [
    ("GET", [], 0, b"GET /a HTTP/1.1\r\nHost: h:1\r\n\r\n"),
    ("GET", [("A", "b")], 0, b"GET /a HTTP/1.1\r\nHost: h:1\r\nA: b\r\n\r\n"),
    ("GET", [("A", "b"), ("host", "x")], 0, b"GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n"),
    ("POST", [], 0, b"POST /a HTTP/1.1\r\nHost: h:1\r\nContent-Length: 0\r\n\r\n"),
    ("PUT", [], 0, b"PUT /a HTTP/1.1\r\nHost: h:1\r\nContent-Length: 0\r\n\r\n"),
    ("PATCH", [], 0, b"PATCH /a HTTP/1.1\r\nHost: h:1\r\nContent-Length: 0\r\n\r\n"),
    ("DELETE", [], 0, b"DELETE /a HTTP/1.1\r\nHost: h:1\r\n\r\n"),
    ("GET", [], 3, b"GET /a HTTP/1.1\r\nHost: h:1\r\nContent-Length: 3\r\n\r\n"),
    ("POST", [], None, b"POST /a HTTP/1.1\r\nHost: h:1\r\nTransfer-Encoding: chunked\r\n\r\n"),
    (
        "POST",
        [("content-length", "9"), ("Transfer-Encoding", "gzip"), ("Trailer", "X")],
        3,
        b"POST /a HTTP/1.1\r\nHost: h:1\r\nContent-Length: 3\r\n\r\n",
    ),
    (
        "BREW",
        [("X", "\xe9\t"), ("x", "")],
        0,
        b"BREW /a HTTP/1.1\r\nHost: h:1\r\nX: \xe9\t\r\nx: \r\n\r\n",
    ),
]

REFUSED = [
    ("GE T", "/", []),
    ("", "/", []),
    ("GET\r\n", "/", []),
    ("GET", "", []),
    ("GET", "/a b", []),
    ("GET", "/a\r\nX: y", []),
    ("GET", "/a\n", []),
    ("GET", "/a\x00", []),
    ("GET", "/\x7f", []),
    ("GET", "/caf\xe9", []),
    ("GET", "/", [("X", "a\r\nY: b")]),
    ("GET", "/", [("X", "a\nY: b")]),
    ("GET", "/", [("X", "a\r")]),
    ("GET", "/", [("X", "a\x00")]),
    ("GET", "/", [("X", "a\x7f")]),
    ("GET", "/", [("X", "\u20ac")]),
    ("GET", "/", [("X: y\r\nZ", "a")]),
    ("GET", "/", [("Content-Length: 5", "x")]),
    ("GET", "/", [("", "x")]),
    ("GET", "/", [("X ", "x")]),
    ("GET", "/", [("H\xe9", "x")]),
    ("GET", "/", [("Host", "a\r\nX: y")]),
    ("GET", "/", [("Connection", "a\r\nX: y")]),
]

ASKS_TO_CLOSE = [
    ([], False, False, b""),
    ([], True, True, b"Connection: close\r\n"),
    ([("Connection", "close")], True, True, b"Connection: close\r\n"),
    ([("Connection", "X-Hop, Close")], False, True, b"Connection: X-Hop, Close\r\n"),
    ([("connection", "keep-alive")], False, False, b"connection: keep-alive\r\n"),
    (
        [("Connection", "x")],
        True,
        True,
        b"Connection: x\r\nConnection: close\r\n",
    ),
]


def head(
    method: str, target: str, headers: list[tuple[str, str]], length: int | None = 0
) -> RequestHead:
    return request_head(method, target, "h:1", headers, length=length, close=False)


class RequestHeadTests(SynchronousTestCase):
    """What backends read first."""

    def test_written(self) -> None:
        """`Host` stands first, then lines as given, then the framing, which is ours."""
        for method, headers, length, expected in WRITTEN:
            with self.subTest(expected=expected):
                self.assertEqual(head(method, "/a", headers, length).data, expected)

    def test_refused(self) -> None:
        """Nothing can end a line early, each time it is tried."""
        for method, target, headers in REFUSED * 2:
            with self.subTest(method=method, target=target, headers=headers):
                self.assertRaises(ValueError, head, method, target, headers)

    def test_asks_to_close(self) -> None:
        """`Connection` is passed on, and understood."""
        for headers, close, last, line in ASKS_TO_CLOSE:
            with self.subTest(headers=headers, close=close):
                made = request_head("GET", "/a", "h", headers, length=0, close=close)
                self.assertEqual(made.data, b"GET /a HTTP/1.1\r\nHost: h\r\n" + line + b"\r\n")
                self.assertIs(made.last, last)
