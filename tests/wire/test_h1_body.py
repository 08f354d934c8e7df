"""Bodies end where they say, and wait for their reader."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.h1_body import BodyBuffer, ChunkedDecoder, LengthDecoder
from gatekeeper.wire.limits import Limits
from gatekeeper.wire.strict import Refusal

LIMITS = Limits()

BROKEN: list[bytes] = [
    b"5\nhello\r\n0\r\n\r\n",
    b"5\r\nhello\n0\r\n\r\n",
    b"5\r\nhello0\r\n\r\n",
    b"5\r\nhelloXX0\r\n\r\n",
    b"5\r\nhello\r0\r\n\r\n",
    b"5 \r\nhello\r\n0\r\n\r\n",
    b" 5\r\nhello\r\n0\r\n\r\n",
    b"+5\r\nhello\r\n0\r\n\r\n",
    b"-5\r\nhello\r\n0\r\n\r\n",
    b"0x5\r\nhello\r\n0\r\n\r\n",
    b"5_\r\nhello\r\n0\r\n\r\n",
    b"\r\nhello\r\n0\r\n\r\n",
    b";a\r\nhello\r\n0\r\n\r\n",
    b"g\r\nhello\r\n0\r\n\r\n",
    b"5;\r\nhello\r\n0\r\n\r\n",
    b"5;a=\r\nhello\r\n0\r\n\r\n",
    b"5;a b\r\nhello\r\n0\r\n\r\n",
    b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    b"5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n",
    b"5;a=\x00\r\nhello\r\n0\r\n\r\n",
    b"5\x00\r\nhello\r\n0\r\n\r\n",
    b"00000000000000005\r\nhello\r\n0\r\n\r\n",
    b"8000000000000000\r\nhello",
    b"FFFFFFFFFFFFFFFF\r\nhello",
    b"10000000000000005\r\nhello",
    b"0\n\r\n",
    b"0\r\n\n",
    b"0\r\nX: y\n\r\n",
    b"0\r\nX : y\r\n\r\n",
    b"0\r\nNoColon\r\n\r\n",
    b"0\r\n folded\r\n\r\n",
    b"0\r\nX: \x00\r\n\r\n",
    b"0\r\n" + b"X: y\r\n" * 2000 + b"\r\n",
    b"0\r\nX: " + b"y" * 2000 + b"\r\n\r\n",
    b"5;" + b"a" * 2000 + b"\r\nhello\r\n0\r\n\r\n",
    (b"1;" + b"a" * 1000 + b"\r\nx\r\n") * 20 + b"0\r\n\r\n",
]  # fmt: skip

GOOD: list[tuple[bytes, bytes]] = [
    (b"0\r\n\r\n", b""),
    (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
    (b"5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n", b"hello world"),
    (b"00a;a;b=c;d=\"e f\"\r\n0123456789\r\n000\r\n\r\n", b"0123456789"),
    (b"4\r\n\r\n\r\n\r\n0\r\n\r\n", b"\r\n\r\n"),
    (b"0\r\nContent-Length: 5\r\nHost: evil\r\n\r\n", b""),
]  # fmt: skip


class ChunkedTests(SynchronousTestCase):
    """Chunks are read strictly, however they arrive."""

    def test_good(self) -> None:
        """Whole, byte by byte, and with rubbish behind, the same body comes out."""
        for data, body in GOOD:
            behind = b"GET /"
            self.assertEqual(ChunkedDecoder(LIMITS).feed(data), (body, b""))
            self.assertEqual(ChunkedDecoder(LIMITS).feed(data + behind), (body, behind))
            decoder = ChunkedDecoder(LIMITS)
            fed = [decoder.feed(bytes((byte,))) for byte in data]
            self.assertEqual(b"".join(part for part, _ in fed), body)
            self.assertEqual([rest for _, rest in fed], [None] * (len(data) - 1) + [b""])

    def test_broken(self) -> None:
        """What could be read in another way is refused, whole and byte by byte."""
        for data in BROKEN:
            self.assertRaises(Refusal, ChunkedDecoder(LIMITS).feed, data)
            decoder = ChunkedDecoder(LIMITS)

            def drip(data: bytes = data, decoder: ChunkedDecoder = decoder) -> None:
                for byte in data:
                    decoder.feed(bytes((byte,)))

            self.assertRaises(Refusal, drip)

    def test_refused_early(self) -> None:
        """A line that cannot become good any more is not waited for."""
        for data in (b"x", b"5\r\nhelloX", b"5" + b";a" * 600, b"5\r\nhello\rx"):
            self.assertRaises(Refusal, ChunkedDecoder(LIMITS).feed, data)

    def test_large(self) -> None:
        """A chunk is handed on as it comes."""
        decoder = ChunkedDecoder(LIMITS)
        self.assertEqual(decoder.feed(b"100000\r\nabc"), (b"abc", None))
        self.assertEqual(decoder.feed(b"d" * 70000), (b"d" * 70000, None))


class LengthTests(SynchronousTestCase):
    """So many bytes and no more."""

    def test_split(self) -> None:
        """What is behind the body is not the body."""
        decoder = LengthDecoder(5)
        self.assertEqual(decoder.feed(b"hel"), (b"hel", None))
        self.assertEqual(decoder.left, 2)
        self.assertEqual(decoder.feed(b"loGET"), (b"lo", b"GET"))


class BodyBufferTests(SynchronousTestCase):
    """A reader gets what is there, or waits."""

    def setUp(self) -> None:
        self.calls: list[str] = []
        self.body = BodyBuffer(
            5, lambda: self.calls.append("wanted"), lambda: self.calls.append("unwanted")
        )

    def read(self) -> Deferred[bytes]:
        return Deferred.fromCoroutine(self.body.read())

    def test_there(self) -> None:
        """What has arrived is given in one piece, and more may come."""
        self.body.arrived(b"he")
        self.body.arrived(b"l")
        self.assertEqual(self.successResultOf(self.read()), b"hel")
        self.assertEqual((self.body.size, self.calls), (0, ["wanted"]))

    def test_waiting(self) -> None:
        """A reader that waits is woken."""
        reading = self.read()
        self.assertNoResult(reading)
        self.body.arrived(b"")
        self.assertNoResult(reading)
        self.body.arrived(b"hello")
        self.assertEqual(self.successResultOf(reading), b"hello")

    def test_end(self) -> None:
        """The end is b"", again and again."""
        reading = self.read()
        self.body.ended()
        self.assertEqual(self.successResultOf(reading), b"")
        self.assertEqual(self.successResultOf(self.read()), b"")

    def test_failure(self) -> None:
        """What arrived before a failure is given, then the failure."""
        self.body.arrived(b"he")
        self.body.failed(ConnectionError("gone"))
        self.assertEqual(self.successResultOf(self.read()), b"he")
        self.failureResultOf(self.read(), ConnectionError)

    def test_cancelled(self) -> None:
        """A reader that was cancelled loses nothing for the next."""
        reading = self.read()
        reading.cancel()
        self.failureResultOf(reading)
        self.body.arrived(b"hello")
        self.assertEqual(self.successResultOf(self.read()), b"hello")

    def test_closed(self) -> None:
        """A closed body tells its connection, once, and gives nothing."""
        self.body.arrived(b"he")
        self.body.close()
        self.body.close()
        self.body.arrived(b"llo")
        self.assertEqual((self.calls, self.body.size), (["unwanted"], 0))
        self.failureResultOf(self.read(), ConnectionError)
