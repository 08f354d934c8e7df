"""A head is read in one way or not at all."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.h1_request import CHUNKED, Head, check_beginning, read_head
from gatekeeper.wire.limits import Limits
from gatekeeper.wire.strict import Refusal

LIMITS = Limits()
HOST = b"\r\nHost: shop.example"

LINES: list[tuple[bytes, int]] = [
    (b"GET /\x20/ HTTP/1.1", 400),
    (b"GET  / HTTP/1.1", 400),
    (b"GET\t/ HTTP/1.1", 400),
    (b" GET / HTTP/1.1", 400),
    (b"GET / HTTP/1.1 ", 400),
    (b"GET /", 400),
    (b"GET", 400),
    (b"", 400),
    (b"GET / HTTP/1.1\x00", 400),
    (b"GET / http/1.1", 400),
    (b"GET / FTP/1.1", 400),
    (b"GET / HTTP/1", 400),
    (b"GET / HTTP/1.10", 400),
    (b"GET / HTTP/11.1", 400),
    (b"GET / HTTP/1.2", 505),
    (b"GET / HTTP/2.0", 505),
    (b"GET / HTTP/0.9", 505),
    (b"PRI * HTTP/2.0", 505),
    (b"G\x00T / HTTP/1.1", 400),
    (b"G:T / HTTP/1.1", 400),
    (b"GET order HTTP/1.1", 400),
    (b"GET * HTTP/1.1", 400),
    (b"GET /%zz HTTP/1.1", 400),
    (b"GET /%4 HTTP/1.1", 400),
    (b"GET /a#b HTTP/1.1", 400),
    (b"GET /a\x01 HTTP/1.1", 400),
    (b"GET /a\x7f HTTP/1.1", 400),
    (b"GET http:// HTTP/1.1", 400),
    (b"GET http://u@shop.example/ HTTP/1.1", 400),
    (b"GET http://shop.example:port/ HTTP/1.1", 400),
    (b"GET ftp://shop.example/ HTTP/1.1", 400),
    (b"GET file:///etc/passwd HTTP/1.1", 400),
    (b"CONNECT shop.example:443 HTTP/1.1", 400),
    (b"CONNECT http://shop.example/ HTTP/1.1", 400),
    (b"GET /" + b"a" * 9000 + b" HTTP/1.1", 414),
]

HEADERS: list[tuple[bytes, int, str]] = [
    (b"", 400, "400 Bad Request: missing required Host header"),
    (b"\r\nHost: a\r\nHost: a", 400, "400 Bad Request"),
    (b"\r\nHost: a\r\nhost: b", 400, "400 Bad Request"),
    (b"\r\nHost:", 400, "400 Bad Request: malformed Host header"),
    (b"\r\nHost: a b", 400, "400 Bad Request: malformed Host header"),
    (b"\r\nHost: a,b", 400, "400 Bad Request: malformed Host header"),
    (b"\r\nHost: u@a", 400, "400 Bad Request: malformed Host header"),
    (b"\r\nHost: a/b", 400, "400 Bad Request: malformed Host header"),
    (b"\r\nHost: a:b", 400, "400 Bad Request: malformed Host header"),
    (b"\r\nHost: [::1", 400, "400 Bad Request: malformed Host header"),
    (b"\r\nHost: a\xff", 400, "400 Bad Request: malformed Host header"),
    (HOST + b"\r\nBad Name: x", 400, "400 Bad Request: invalid header name"),
    (HOST + b"\r\nName : x", 400, "400 Bad Request: invalid header name"),
    (HOST + b"\r\nTransfer-Encoding\t: chunked", 400, "400 Bad Request: invalid header name"),
    (HOST + b"\r\nN\xe4me: x", 400, "400 Bad Request: invalid header name"),
    (HOST + b"\r\nN\x00me: x", 400, "400 Bad Request: invalid header name"),
    (HOST + b"\r\nN(me): x", 400, "400 Bad Request: invalid header name"),
    (HOST + b"\r\nNoColon", 400, "400 Bad Request"),
    (HOST + b"\r\n: x", 400, "400 Bad Request"),
    (HOST + b"\r\nX-A: b\r\n folded", 400, "400 Bad Request"),
    (HOST + b"\r\n\tX-A: b", 400, "400 Bad Request"),
    (b"\r\n Host: a" + HOST, 400, "400 Bad Request"),
    (HOST + b"\r\nX-A: b\x00", 400, "400 Bad Request: invalid header value"),
    (HOST + b"\r\nX-A: b\rX-B: c", 400, "400 Bad Request: invalid header value"),
    (HOST + b"\r\nX-A: b\nX-B: c", 400, "400 Bad Request: invalid header value"),
    (HOST + b"\r\nX-A: b\x0bc", 400, "400 Bad Request: invalid header value"),
    (HOST + b"\r\nX-A: b\x7f", 400, "400 Bad Request: invalid header value"),
    (HOST + b"\r\nX-A:\x08", 400, "400 Bad Request: invalid header value"),
    (HOST + b"\nX-A: b", 400, "400 Bad Request: invalid header value"),
    (HOST + b"\r\r\nX-A: b", 400, "400 Bad Request: invalid header value"),
    (HOST + b"\r\nX: y" * 100, 431, "431 Request Header Fields Too Large"),
    (HOST + b"\r\nExpect: 200-ok", 417, "417 Expectation Failed"),
    (HOST + b"\r\nExpect: 100-continue, x", 417, "417 Expectation Failed"),
]

FRAMING: list[tuple[bytes, int]] = [
    (b"Content-Length: 5\r\nTransfer-Encoding: chunked", 400),
    (b"Transfer-Encoding: chunked\r\nContent-Length: 5", 400),
    (b"Content-Length: 5\r\nContent-Length: 5", 400),
    (b"Content-Length: 5\r\ncontent-length: 6", 400),
    (b"Content-Length: 5, 5", 400),
    (b"Content-Length:", 400),
    (b"Content-Length: +5", 400),
    (b"Content-Length: -5", 400),
    (b"Content-Length: 0x5", 400),
    (b"Content-Length: 5_0", 400),
    (b"Content-Length: 5 5", 400),
    (b"Content-Length: 5.0", 400),
    (b"Content-Length: \xb2", 400),
    (b"Content-Length: 9223372036854775808", 400),
    (b"Content-Length: " + b"9" * 5000, 400),
    (b"Transfer-Encoding:", 400),
    (b"Transfer-Encoding: chunked, chunked", 400),
    (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400),
    (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", 400),
    (b"Transfer-Encoding: gzip, chunked", 400),
    (b"Transfer-Encoding: chunked, gzip", 400),
    (b"Transfer-Encoding: xchunked", 400),
    (b"Transfer-Encoding: chunkedx", 400),
    (b"Transfer-Encoding: \"chunked\"", 400),
    (b"Transfer-Encoding: chunked;q=1", 400),
    (b"Transfer-Encoding: ,chunked", 400),
    (b"Transfer-Encoding: \x0bchunked", 400),
    (b"Transfer-Encoding: chunked\x0b", 400),
    (b"Transfer-Encoding: chunked\x00", 400),
    (b"Transfer-Encoding : chunked", 400),
    (b"Transfer-Encoding:\r\n chunked", 400),
    (b"Transfer-Encoding: gzip", 501),
    (b"Transfer-Encoding: identity", 501),
]  # fmt: skip


def request(lines: bytes = b"", first: bytes = b"GET / HTTP/1.1", host: bytes = HOST) -> Head:
    return read_head(first + host + (b"\r\n" + lines if lines else b""), LIMITS)


class RefusedTests(SynchronousTestCase):
    """What is refused, and how."""

    def refused(self, data: bytes) -> Refusal:
        return self.assertRaises(Refusal, read_head, data, LIMITS)  # type: ignore[no-any-return]  # trial's own is untyped

    def test_request_lines(self) -> None:
        """A request line is three words that mean something, or an error."""
        for line, status in LINES:
            self.assertEqual(self.refused(line + HOST).status, status, line)

    def test_headers(self) -> None:
        """A header line is a token, a colon and printable text."""
        for lines, status, text in HEADERS:
            error = self.refused(b"GET / HTTP/1.1" + lines)
            self.assertEqual((error.status, error.text), (status, text), lines)

    def test_framing(self) -> None:
        """A body has one length, said once, or comes in chunks."""
        for lines, status in FRAMING:
            self.assertEqual(
                self.refused(b"POST / HTTP/1.1" + HOST + b"\r\n" + lines).status, status, lines
            )

    def test_framing_of_old_requests(self) -> None:
        """HTTP/1.0 knows no chunks: whoever says so is understood differently elsewhere."""
        data = b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked"
        self.assertEqual(self.refused(data).status, 400)

    def test_known_names_are_no_short_cut(self) -> None:
        """A line is checked in the same way when its name was seen before."""
        request(b"X-Known: y")
        self.assertEqual(self.refused(b"GET / HTTP/1.1" + HOST + b"\r\nX-Known: \x01").status, 400)
        self.assertEqual(self.refused(b"GET / HTTP/1.1" + HOST + b"\r\nX-Known : y").status, 400)


class AcceptedTests(SynchronousTestCase):
    """What is understood, and how."""

    def test_smallest(self) -> None:
        """A method, a target and a host are enough."""
        expected = Head("GET", "/", "HTTP/1.1", "shop.example", {}, True, 0, False)
        self.assertEqual(request(), expected)

    def test_headers(self) -> None:
        """Names in any letter case and values without surrounding blanks."""
        head = request(b"x-TENANT:  acme \t\r\nX-Tenant:b\r\nEmpty:\r\nX: \xe4\tb")
        expected = {"X-Tenant": ["acme", "b"], "Empty": [""], "X": ["\xe4\tb"]}
        self.assertEqual(head.headers, expected)

    def test_methods(self) -> None:
        """Any token is a method; which ones exist is not ours to say."""
        for method in (b"get", b"PROPFIND", b"M-SEARCH", b"!"):
            head = request(first=method + b" / HTTP/1.1")
            self.assertEqual(head.method, method.decode())

    def test_targets(self) -> None:
        """What stands for one path only."""
        for sent, read in (
            (b"/a?b=%zz", "/a?b=%zz"),
            (b"/%2F%c3%a9", "/%2F%c3%a9"),
            (b"//evil/..", "//evil/.."),
            (b"/caf\xc3\xa9", "/caf%C3%A9"),
            (b'/a|b"{}\\', '/a|b"{}\\'),
        ):
            head = request(first=b"GET " + sent + b" HTTP/1.1")
            self.assertEqual(head.target, read)

    def test_absolute_target(self) -> None:
        """An absolute target's host is the host."""
        for target in (b"http://other.example:8080/a", b"HTTPS://other.example:8080"):
            head = request(first=b"GET " + target + b" HTTP/1.1")
            self.assertEqual((head.target, head.host), (target.decode(), "other.example:8080"))

    def test_hosts(self) -> None:
        """Names, addresses, ports."""
        for host in ("shop.example", "shop_1.example.:80", "127.0.0.1:8080", "[::1]:80", "a:"):
            self.assertEqual(request(host=f"\r\nHost: {host}".encode()).host, host)

    def test_old_requests_need_no_host(self) -> None:
        """HTTP/1.0 did not know `Host`."""
        head = read_head(b"GET / HTTP/1.0\r\nX: y", LIMITS)
        self.assertEqual((head.host, head.keep_alive), ("", False))

    def test_connection(self) -> None:
        """Every line and every element of `Connection` is read."""
        for version, lines, keeps in (
            (b"1.1", b"Connection: close", False),
            (b"1.1", b"Connection: Close, TE", False),
            (b"1.1", b"Connection: keep-alive\r\nConnection: x ,\tCLOSE", False),
            (b"1.1", b"Connection: closed", True),
            (b"1.1", b"Connection: upgrade", True),
            (b"1.0", b"Connection: Keep-Alive", True),
            (b"1.0", b"Connection: keep-alive, close", False),
            (b"1.0", b"X: y", False),
        ):
            head = request(lines, first=b"GET / HTTP/" + version)
            self.assertEqual(head.keep_alive, keeps, lines)

    def test_lengths(self) -> None:
        """A length is digits; chunks are chunks in any letter case."""
        for lines, length in (
            (b"Content-Length: 5", 5),
            (b"Content-Length: 0", 0),
            (b"Content-Length: 007", 7),
            (b"Content-Length: 9223372036854775807", 9223372036854775807),
            (b"Transfer-Encoding: chunked", CHUNKED),
            (b"transfer-encoding:Chunked", CHUNKED),
        ):
            head = request(lines)
            self.assertEqual(head.length, length)
            self.assertNotIn("Transfer-Encoding", head.headers)
        self.assertEqual(request(b"Content-Length: 007").headers, {"Content-Length": ["7"]})

    def test_what_ends_here(self) -> None:
        """What is between the client and us is not handed on."""
        head = request(
            b"Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\nExpect: 100-Continue\r\n"
            b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nX: y"
        )
        self.assertEqual(head.headers, {"X": ["y"]})
        self.assertTrue(head.expects)

    def test_upgrade(self) -> None:
        """Any other offer is a header like others."""
        self.assertEqual(request(b"Upgrade: websocket").headers, {"Upgrade": ["websocket"]})

    def test_old_requests_expect_nothing(self) -> None:
        """HTTP/1.0 does not wait for 100."""
        head = read_head(b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1", LIMITS)
        self.assertFalse(head.expects)

    def test_underscores(self) -> None:
        """Names that a backend could take for a trusted one are dropped, others are not."""
        head = request(
            b"X_Forwarded_For: 1\r\nX-Forwarded_Host: 2\r\nContent_Length: 3\r\n"
            b"transfer_encoding: chunked\r\nX_Real_IP: 4\r\nhost_: 5\r\nX_Mine: 6"
        )
        self.assertEqual(head.headers, {"Host_": ["5"], "X_mine": ["6"]})

    def test_an_empty_line_in_front(self) -> None:
        """One is ignored, as old clients send it behind a body; two are not."""
        self.assertEqual(read_head(b"\r\nGET / HTTP/1.1" + HOST, LIMITS).method, "GET")
        self.assertRaises(Refusal, read_head, b"\r\n\r\nGET / HTTP/1.1" + HOST, LIMITS)

    def test_many_names(self) -> None:
        """What is remembered of names and hosts has an end, and reading goes on."""
        for number in range(5000):
            head = request(b"X-N%d: y" % number, host=b"\r\nHost: h%d" % number)
            self.assertEqual(head.headers, {f"X-N{number}": ["y"]})


class BeginningTests(SynchronousTestCase):
    """A hopeless head is not waited for."""

    def test_hopeless(self) -> None:
        """What cannot become a request is refused at once."""
        for data, status in (
            (b"\x16\x03\x01\x02\x00\x01", 400),
            (b"GET / HTTP/1.1\nHost: a\n", 400),
            (b"GET / HTTP/1.1\rHost", 400),
            (b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00", 400),
            (b"GET /order\r\n", 400),
            (b"PRI * HTTP/2.0\r\n", 505),
            (b"\r\n\r\n", 400),
            (b"\n", 400),
            (b"GET /" + b"a" * 9000, 414),
            (b"GET / HTTP/1.1\r\nX: " + b"a" * 40000, 431),
        ):
            error = self.assertRaises(Refusal, check_beginning, data, LIMITS)
            self.assertEqual(error.status, status, data)

    def test_hopeful(self) -> None:
        """Every beginning of a good head is waited for."""
        data = b"\r\nGET /a HTTP/1.1\r\nHost: shop.example\r\nX: y\r\n\r"
        for size in range(len(data)):
            check_beginning(data[:size], LIMITS)

    def test_one_limit(self) -> None:
        """With a configured limit the request line has no limit of its own."""
        limits = Limits.configured(max_header_bytes=20000)
        check_beginning(b"GET /" + b"a" * 20000, limits)
        error = self.assertRaises(Refusal, check_beginning, b"GET /" + b"a" * 30000, limits)
        self.assertEqual(error.status, 431)
