"""What becomes of the fields of a request; nothing that HTTP/1.1 would misread goes on."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.h2_hyper import HyperEngine
from gatekeeper.wire.h2_nghttp2 import NGHTTP2Engine
from gatekeeper.wire.h2_request import H2Head, Malformed, read_fields
from gatekeeper.wire.limits import Limits
from gatekeeper.wire.request_head import request_head
from gatekeeper.wire.strict import Refusal
from tests.wire.h2_clients import GET, H2Client

METHOD, SCHEME, PATH, AUTHORITY = GET
POST = (":method", "POST")

MALFORMED: tuple[tuple[tuple[str, str], ...], ...] = (
    (SCHEME, PATH, AUTHORITY),
    (METHOD, PATH, AUTHORITY),
    (METHOD, SCHEME, AUTHORITY),
    (METHOD, METHOD, SCHEME, PATH, AUTHORITY),
    (METHOD, SCHEME, PATH, PATH, AUTHORITY),
    (*GET, (":status", "200")),
    (*GET, (":protocol", "websocket")),
    (*GET, ("X-Upper", "a")),
    (*GET, ("x upper", "a")),
    (*GET, ("x:y", "a")),
    (*GET, ("", "a")),
    (*GET, ("x\r\ny", "a")),
    (*GET, ("x\0", "a")),
    (*GET, ("x", "a\r\nHost: evil")),
    (*GET, ("x", "a\rb")),
    (*GET, ("x", "a\nb")),
    (*GET, ("x", "a\0b")),
    (*GET, ("x", "a\x7fb")),
    (*GET, ("connection", "close")),
    (*GET, ("connection", "x-forwarded-for")),
    (*GET, ("keep-alive", "timeout=5")),
    (*GET, ("proxy-connection", "close")),
    (*GET, ("transfer-encoding", "chunked")),
    (*GET, ("transfer-encoding", "identity")),
    (*GET, ("upgrade", "h2c")),
    (*GET, ("te", "gzip")),
    (*GET, ("te", "trailers, deflate")),
    (*GET, ("content-length", "1"), ("content-length", "2")),
    (*GET, ("content-length", "-1")),
    (*GET, ("content-length", "+1")),
    (*GET, ("content-length", "0x1")),
    (*GET, ("content-length", "1, 1")),
    (*GET, ("content-length", "")),
    (*GET, ("content-length", "99999999999999999999")),
    (*GET, ("content-length", "9223372036854775808")),
    ((":method", "GET / HTTP/1.1"), SCHEME, PATH, AUTHORITY),
    ((":method", "G\r\nET"), SCHEME, PATH, AUTHORITY),
    ((":method", "GE T"), SCHEME, PATH, AUTHORITY),
    ((":method", ""), SCHEME, PATH, AUTHORITY),
    (METHOD, (":scheme", "javascript"), PATH, AUTHORITY),
    (METHOD, (":scheme", "http://evil/?"), PATH, AUTHORITY),
    (METHOD, SCHEME, (":path", ""), AUTHORITY),
    (METHOD, SCHEME, (":path", "order"), AUTHORITY),
    (METHOD, SCHEME, (":path", "/a b"), AUTHORITY),
    (METHOD, SCHEME, (":path", "/ HTTP/1.1\r\nHost: evil"), AUTHORITY),
    (METHOD, SCHEME, (":path", "/\r\nx: y"), AUTHORITY),
    (METHOD, SCHEME, (":path", "/\0"), AUTHORITY),
    (METHOD, SCHEME, (":path", "/\t"), AUTHORITY),
    (METHOD, SCHEME, (":path", "http://evil/"), AUTHORITY),
    (METHOD, SCHEME, (":path", "*"), AUTHORITY),
)
"""No answer is due; the stream is reset."""

REFUSED: tuple[tuple[tuple[tuple[str, str], ...], int], ...] = (
    ((METHOD, SCHEME, PATH), 400),
    ((METHOD, SCHEME, PATH, (":authority", "")), 400),
    ((METHOD, SCHEME, PATH, (":authority", "u@shop.example")), 400),
    ((METHOD, SCHEME, PATH, (":authority", "a/b")), 400),
    ((METHOD, SCHEME, PATH, (":authority", "a?b")), 400),
    ((METHOD, SCHEME, PATH, (":authority", "a#b")), 400),
    ((METHOD, SCHEME, PATH, (":authority", "a b")), 400),
    ((METHOD, SCHEME, PATH, (":authority", "a,b")), 400),
    ((METHOD, SCHEME, PATH, (":authority", "shop:80:90")), 400),
    ((*GET, ("host", "evil.example")), 400),
    ((*GET, ("host", "shop.example"), ("host", "shop.example")), 400),
    ((METHOD, SCHEME, (":path", "/a#b"), AUTHORITY), 400),
    ((METHOD, SCHEME, (":path", "/%zz"), AUTHORITY), 400),
    (((":method", "CONNECT"), (":authority", "evil.example:443")), 400),
    ((*GET, ("expect", "200-maybe")), 417),
    ((*GET, *((f"x-{number}", "a") for number in range(101))), 431),
    ((*GET, ("x", "a" * 40000)), 431),
    ((METHOD, SCHEME, (":path", "/" + "a" * 9000), AUTHORITY), 414),
)
"""This answer is due."""


def read(*fields: tuple[str, str], **limits: Any) -> H2Head:
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields]
    return read_fields(encoded, Limits(**limits))


class ReadTests(SynchronousTestCase):
    """Fields of a request."""

    def test_plain(self) -> None:
        """A usual request."""
        self.assertEqual(
            read(*GET, ("accept", "*/*"), ("x-tenant", "a")),
            H2Head("GET", "/", "shop.example", {"Accept": ["*/*"], "X-Tenant": ["a"]}, None, False),
        )

    def test_host(self) -> None:
        """``Host`` stands in for the authority, and may say the same."""
        self.assertEqual(read(METHOD, SCHEME, PATH, ("host", "a:1")).host, "a:1")
        head = read(*GET, ("host", "shop.example"))
        self.assertEqual((head.host, head.headers), ("shop.example", {}))

    def test_malformed(self) -> None:
        """What is no request is reset."""
        for fields in MALFORMED:
            self.assertRaises(Malformed, read, *fields)

    def test_refused(self) -> None:
        """What may not be asked is refused."""
        for fields, status in REFUSED:
            error = self.assertRaises(Refusal, read, *fields)
            self.assertEqual(error.status, status, fields)

    def test_one_limit(self) -> None:
        """A configured limit replaces the one for paths."""
        path = (":path", "/" + "a" * 9000)
        read(METHOD, SCHEME, path, AUTHORITY, request_line_bytes=20000, head_bytes=20000)
        error = self.assertRaises(
            Refusal, read, METHOD, SCHEME, path, AUTHORITY,
            request_line_bytes=9000, head_bytes=9000,
        )  # fmt: skip
        self.assertEqual(error.status, 431)

    def test_dropped(self) -> None:
        """What concerns only us ends here; so do names that pass for ours behind us."""
        head = read(
            *GET, ("te", "trailers"), ("trailer", "x"), ("http2-settings", "AAMAAABk"),
            ("x_forwarded_for", "1.2.3.4"), ("content_length", "5"), ("x_tenant", "a"),
        )  # fmt: skip
        self.assertEqual(head.headers, {"X_tenant": ["a"]})

    def test_cookies(self) -> None:
        """Crumbs are joined."""
        head = read(*GET, ("cookie", "a=1"), ("x", "y"), ("cookie", "b=2"))
        self.assertEqual(head.headers["Cookie"], ["a=1; b=2"])

    def test_length(self) -> None:
        """A length is read, and written anew."""
        head = read(POST, *GET[1:], ("content-length", "007"))
        self.assertEqual((head.length, head.headers["Content-Length"]), (7, ["7"]))

    def test_raw_utf8(self) -> None:
        """Bytes beyond ASCII are escaped, as in HTTP/1.1."""
        head = read(METHOD, SCHEME, (":path", "/caf\xc3\xa9"), AUTHORITY)
        self.assertEqual(head.target, "/caf%C3%A9")

    def test_expect(self) -> None:
        """Only 100-continue may be expected."""
        head = read(POST, *GET[1:], ("expect", "100-Continue"))
        self.assertEqual((head.expects, head.headers), (True, {}))


class DowngradeTests(SynchronousTestCase):
    """The same tables through whole connections: nothing unsafe reaches the application."""

    engine: Any = NGHTTP2Engine

    def reached(self, fields: Any) -> H2Client:
        client = H2Client(engine=self.engine)
        client.ask(1, base=fields)
        client.turn()
        return client

    def test_tables(self) -> None:
        """Every row ends as a reset, a refusal, or the end of the connection."""
        for fields in (*MALFORMED, *(fields for fields, _ in REFUSED)):
            client = self.reached(fields)
            self.assertEqual(client.exchanges, [], fields)
            refused = (client.status() or "")[:1] == "4"
            self.assertTrue(refused or client.resets or client.closed, fields)

    def test_forwarded(self) -> None:
        """What does reach it can be written as HTTP/1.1, and reads the same there."""
        client = self.reached((*GET, ("x", "a: b; c"), ("y", "\xe9")))
        exchange = client.exchanges[0]
        lines = [(name, value) for name, values in exchange.headers.items() for value in values]
        head = request_head(
            exchange.method, exchange.target, exchange.host, lines, length=0, close=False
        )
        self.assertEqual(
            head.data, b"GET / HTTP/1.1\r\nHost: shop.example\r\nX: a: b; c\r\nY: \xc3\xa9\r\n\r\n"
        )


class HyperDowngradeTests(DowngradeTests):
    """The same with h2."""

    engine = HyperEngine
