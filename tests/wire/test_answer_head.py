"""Tests for `gatekeeper.wire.answer_head`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.answer_head import (
    BROKEN,
    MAX_LINES,
    check_beginning,
    quoted,
    read_answer_head,
)
from gatekeeper.wire.client import MalformedAnswer

REFUSED = [
    # The status line.
    ("garbage\r\n", 'malformed HTTP response "garbage"'),
    ("\r\n", 'malformed HTTP response ""'),
    ("\r\nHTTP/1.1 200 OK\r\n", 'malformed HTTP response ""'),
    (" HTTP/1.1 200 OK\r\n", 'malformed HTTP version ""'),
    ("XTTP/9.9 200 OK\r\n", 'malformed HTTP version "XTTP/9.9"'),
    ("http/1.1 200 OK\r\n", 'malformed HTTP version "http/1.1"'),
    ("HTTP/1.2 200 OK\r\n", 'malformed HTTP version "HTTP/1.2"'),
    ("HTTP/2.0 200 OK\r\n", 'malformed HTTP version "HTTP/2.0"'),
    ("HTTP/1.1 +200 OK\r\n", 'malformed HTTP status code "+200"'),
    ("HTTP/1.1 -20 OK\r\n", 'malformed HTTP status code "-20"'),
    ("HTTP/1.1 2_00 OK\r\n", 'malformed HTTP status code "2_00"'),
    ("HTTP/1.1 20 OK\r\n", 'malformed HTTP status code "20"'),
    ("HTTP/1.1 2000 OK\r\n", 'malformed HTTP status code "2000"'),
    ("HTTP/1.1 099 OK\r\n", 'malformed HTTP status code "099"'),
    ("HTTP/1.1 \u0662\u0660\u0660 OK\r\n", 'malformed HTTP status code "\\x662\\x660\\x660"'),
    ("HTTP/1.1  200 OK\r\n", 'malformed HTTP status code ""'),
    ("HTTP/1.1\t200 OK\r\n", 'malformed HTTP version "HTTP/1.1\\x09200"'),
    ("HTTP/1.1 200 OK\rX: y\r\n", 'malformed HTTP response "HTTP/1.1 200 OK\\x0dX: y"'),
    ("HTTP/1.1 200 \x00\r\n", 'malformed HTTP response "HTTP/1.1 200 \\x00"'),
    ("HTTP/1.1 200 OK\n", 'malformed HTTP response "HTTP/1.1 200 OK"'),
    # Header lines.
    ("HTTP/1.1 200 OK\r\nno colon\r\n", 'malformed MIME header line: "no colon"'),
    ("HTTP/1.1 200 OK\r\nA : b\r\n", 'malformed MIME header line: "A : b"'),
    ("HTTP/1.1 200 OK\r\n: b\r\n", 'malformed MIME header line: ": b"'),
    ("HTTP/1.1 200 OK\r\n A: b\r\n", 'malformed MIME header line: " A: b"'),
    ("HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n", 'malformed MIME header line: " folded"'),
    ("HTTP/1.1 200 OK\r\nA: b\r\n\tfolded: x\r\n", 'malformed MIME header line: "\\x09folded: x"'),
    ("HTTP/1.1 200 OK\r\nA: b\nC: d\r\n", 'malformed MIME header line: "A: b\\x0aC: d"'),
    ("HTTP/1.1 200 OK\r\nA: b\rC: d\r\n", 'malformed MIME header line: "A: b\\x0dC: d"'),
    ("HTTP/1.1 200 OK\r\nA: b\r\r\n", 'malformed MIME header line: "A: b\\x0d"'),
    ("HTTP/1.1 200 OK\r\nA: \x00\r\n", 'malformed MIME header line: "A: \\x00"'),
    ("HTTP/1.1 200 OK\r\nA: \x1b[2J\r\n", 'malformed MIME header line: "A: \\x1b[2J"'),
    ("HTTP/1.1 200 OK\r\nA: \x7f\r\n", 'malformed MIME header line: "A: \\x7f"'),
    ("HTTP/1.1 200 OK\r\nA\xe9: b\r\n", 'malformed MIME header line: "A\\xe9: b"'),
    ("HTTP/1.1 200 OK\r\nbad name: Content-Length: 3\r\n", None),
    # Framing.
    ("HTTP/1.1 200 OK\r\nContent-Length: \r\n", 'bad Content-Length ""'),
    ("HTTP/1.1 200 OK\r\nContent-Length: +3\r\n", 'bad Content-Length "+3"'),
    ("HTTP/1.1 200 OK\r\nContent-Length: -3\r\n", 'bad Content-Length "-3"'),
    ("HTTP/1.1 200 OK\r\nContent-Length: 0x3\r\n", 'bad Content-Length "0x3"'),
    ("HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n", 'bad Content-Length "1_0"'),
    ("HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n", 'bad Content-Length "3, 3"'),
    ("HTTP/1.1 200 OK\r\nContent-Length: 3 3\r\n", 'bad Content-Length "3 3"'),
    ("HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n", 'bad Content-Length "\\xb2"'),
    (f"HTTP/1.1 200 OK\r\nContent-Length: {'9' * 19}\r\n", None),
    (f"HTTP/1.1 200 OK\r\nContent-Length: {'9' * 5000}\r\n", None),
    (
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\ncontent-length: 3\r\n",
        'http: message cannot contain multiple Content-Length headers; got ["3" "3"]',
    ),
    (
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length and Transfer-Encoding together",
    ),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n",
        'unsupported transfer encoding: "gzip, chunked"',
    ),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: \r\n", 'unsupported transfer encoding: ""'),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n",
        'unsupported transfer encoding: "xchunked"',
    ),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: \x0bchunked\r\n",
        'malformed MIME header line: "Transfer-Encoding: \\x0bchunked"',
    ),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        'too many transfer encodings: ["chunked" "chunked"]',
    ),
    (
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n",
        'unsupported transfer encoding: "chunked"',
    ),
]

LASTING = [
    ("HTTP/1.1 200 OK\r\n", True),
    ("HTTP/1.0 200 OK\r\n", False),
    ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", True),
    ("HTTP/1.0 200 OK\r\nConnection: Keep-Alive, x\r\n", True),
    ("HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\n", False),
    ("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n", True),
    ("HTTP/1.1 200 OK\r\nConnection: close\r\n", False),
    ("HTTP/1.1 200 OK\r\nconnection:CLOSE\r\n", False),
    ("HTTP/1.1 200 OK\r\nConnection: Close \r\n", False),
    ("HTTP/1.1 200 OK\r\nConnection: x, close\r\n", False),
    ("HTTP/1.1 200 OK\r\nConnection: x\r\nConnection: y,\tClose ,z\r\n", False),
    ("HTTP/1.1 200 OK\r\nConnection: closed\r\n", True),
]

RELAYED = [
    ("Connection: close", []),
    ("Connection: Close, X-Hop", [("Connection", "X-Hop")]),
    ("connection: keep-alive", [("connection", "keep-alive")]),
    ("Transfer-Encoding: chunked", []),
    ("Trailer: X-Sum", []),
    ("Keep-Alive: timeout=7", [("Keep-Alive", "timeout=7")]),
    ("Upgrade: h2c", [("Upgrade", "h2c")]),
    ("Te: trailers", [("Te", "trailers")]),
    ("Content-Length: 2", [("Content-Length", "2")]),
    ("x-NOTE:\t two  words \t", [("x-NOTE", "two  words")]),
    ("X-Empty:", [("X-Empty", "")]),
    ("X-Empty:  ", [("X-Empty", "")]),
    ("X-Latin: caf\xe9", [("X-Latin", "caf\xe9")]),
]


class ReadAnswerHeadTests(SynchronousTestCase):
    """What is an answer, and what is not."""

    def test_refused(self) -> None:
        """What could be understood in two ways is refused, with the original's words."""
        for text, reason in REFUSED:
            with self.subTest(text=text[:60]):
                error = self.assertRaises(MalformedAnswer, read_answer_head, text)
                if reason is not None:
                    self.assertEqual(str(error), BROKEN + reason)

    def test_lasting(self) -> None:
        """`close` is found in any case, list and line; HTTP/1.0 must ask to stay."""
        for text, lasting in LASTING:
            with self.subTest(text=text):
                self.assertIs(read_answer_head(text).lasting, lasting)

    def test_relayed(self) -> None:
        """Lines stay as they are, but for framing and `close` (core/no-op)."""
        for line, kept in RELAYED:
            with self.subTest(line=line):
                head = read_answer_head(f"HTTP/1.1 200 OK\r\n{line}\r\n")
                self.assertEqual(list(head.headers), kept)

    def test_status_lines(self) -> None:
        """Unknown statuses, absent and odd reasons are an answer."""
        for line, status, reason in [
            ("HTTP/1.1 799 Strange", 799, "Strange"),
            ("HTTP/1.1 418 I'm a teapot", 418, "I'm a teapot"),
            ("HTTP/1.1 200", 200, ""),
            ("HTTP/1.1 200 ", 200, ""),
            ("HTTP/1.1 200 \xe0 la carte", 200, "\xe0 la carte"),
        ]:
            with self.subTest(line=line):
                head = read_answer_head(line + "\r\n")
                self.assertEqual((head.status, head.reason), (status, reason))

    def test_framing(self) -> None:
        """The length and chunks are found however they are spelled."""
        head = read_answer_head("HTTP/1.1 200 OK\r\ncontent-LENGTH:  007 \r\n")
        self.assertEqual((head.length, head.chunked), (7, False))
        head = read_answer_head("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n")
        self.assertEqual((head.length, head.chunked), (None, True))

    def test_too_many_lines(self) -> None:
        """There is a most of header lines."""
        line = "A: b\r\n"
        read_answer_head("HTTP/1.1 200 OK\r\n" + line * MAX_LINES)
        self.assertRaises(
            MalformedAnswer, read_answer_head, "HTTP/1.1 200 OK\r\n" + line * (MAX_LINES + 1)
        )

    def test_quoted_is_short(self) -> None:
        """A message shows a part of a long line."""
        self.assertEqual(quoted('a"\\' + "x" * 500), '"a\\"\\\\' + "x" * 117 + '"')


class CheckBeginningTests(SynchronousTestCase):
    """Nonsense is seen before it is complete."""

    def test_hopeless(self) -> None:
        """No more bytes can make these an answer."""
        for data in [
            b"g",
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"HTTP/2",
            b"\x15\x03\x01\x00\x02",
            b"\r\n",
            b"HTTP/1.1 200 OK\nA: b\n\n",
            b"HTTP/1.1 200 OK\r\nA: b\nC: d",
            b"HTTP/1.1 20x OK\r\n",
        ]:
            with self.subTest(data=data):
                self.assertRaises(MalformedAnswer, check_beginning, data)

    def test_hopeful(self) -> None:
        """Every beginning of a good head passes."""
        head = b"HTTP/1.1 200 OK\r\nA: b\r\n\r"
        for end in range(len(head) + 1):
            check_beginning(head[:end])
