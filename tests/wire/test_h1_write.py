"""Heads of answers are complete, and nothing in them can end a line."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.exchange import Lines
from gatekeeper.wire.h1_write import Unsendable, answer_head, date_line, refusal

DATE = "Date: now\r\n"


def head(headers: Lines, status: int = 200, version: str = "HTTP/1.1", **kept: bool) -> bytes:
    return answer_head(
        version, status, headers, "Content-Length: 0\r\n", date=DATE, keep_alive=True, **kept
    )


class HeadTests(SynchronousTestCase):
    """What is written."""

    def test_lines(self) -> None:
        """The application's lines, then the date, the framing and the connection."""
        self.assertEqual(
            head((("X", "a"), ("x", "\xe4"), ("X", ""))),
            b"HTTP/1.1 200 OK\r\nX: a\r\nx: \xe4\r\nX: \r\nDate: now\r\nContent-Length: 0\r\n\r\n",
        )

    def test_status(self) -> None:
        """Known statuses have a phrase; others are numbers twice, as in the original."""
        self.assertTrue(head((), 404).startswith(b"HTTP/1.1 404 Not Found\r\n"))
        self.assertTrue(head((), 599).startswith(b"HTTP/1.1 599 status code 599\r\n"))
        self.assertTrue(head((), 200, "HTTP/1.0").startswith(b"HTTP/1.0 200 OK\r\n"))
        for status in (-1, 0, 101, 199, 1000):
            self.assertRaises(Unsendable, head, (), status)

    def test_connection(self) -> None:
        """Only what is not usual in a version is said."""
        for version, keeps, line in (
            ("HTTP/1.1", True, b""),
            ("HTTP/1.1", False, b"Connection: close\r\n"),
            ("HTTP/1.0", True, b"Connection: keep-alive\r\n"),
            ("HTTP/1.0", False, b"Connection: close\r\n"),
        ):
            written = answer_head(version, 200, (), "", keep_alive=keeps, date="")
            self.assertEqual(written.partition(b"\r\n")[2], line + b"\r\n")

    def test_ours(self) -> None:
        """Framing and connection management are the wire's own, in any spelling."""
        written = head(
            (
                ("Connection", "close"),
                ("content-length", "5"),
                ("CONTENT-LENGTH", "6"),
                ("Transfer-Encoding", "chunked"),
                ("Keep-Alive", "timeout=5"),
            )
        )
        self.assertEqual(
            written,
            b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nDate: now\r\nContent-Length: 0\r\n\r\n",
        )

    def test_date(self) -> None:
        """A date of the application replaces ours, and there is one only."""
        written = head((("date", "then"), ("Date", "later")))
        self.assertEqual(written.lower().count(b"date:"), 1)
        self.assertIn(b"date: then\r\n", written)

    def test_splitting(self) -> None:
        """What would begin another line or another answer is not written."""
        for name, value in (
            ("X", "a\r\nSet-Cookie: b"),
            ("X", "a\rb"),
            ("X", "a\nb"),
            ("X", "a\0"),
            ("X", "\u010a"),
            ("X\r\nY", "a"),
            ("X Y", "a"),
            ("X:", "a"),
            ("", "a"),
            ("Date", "a\r\nb"),
        ):
            self.assertRaises(Unsendable, head, ((name, value),))

    def test_many_names(self) -> None:
        """What is remembered of names has an end, and writing goes on."""
        for number in range(5000):
            self.assertIn(b"X-%d: y" % number, head(((f"X-{number}", "y"),)))

    def test_refusal(self) -> None:
        """What is no request gets a text, and the end of the connection."""
        self.assertEqual(
            refusal(400, "400 Bad Request"),
            b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
            b"Connection: close\r\nContent-Length: 15\r\n\r\n400 Bad Request",
        )

    def test_date_line(self) -> None:
        """RFC 9110, section 5.6.7."""
        self.assertEqual(date_line(784111777.9), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n")
