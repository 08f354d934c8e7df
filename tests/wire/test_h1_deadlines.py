"""Whatever waits for a client has an end, and ends in the right way."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from tests.wire.channels import Client, hello
from tests.wire.test_h1_channel import GET, OK

POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n"


class HeadTests(SynchronousTestCase):
    """Ten seconds for a whole head."""

    def test_silence(self) -> None:
        """A connection without a request is closed, without a word."""
        client = Client()
        client.pass_time(10)
        self.assertFalse(client.closed)
        client.pass_time(1)
        self.assertTrue(client.closed)
        self.assertEqual((client.received, client.transport.aborted), (b"", False))

    def test_drip(self) -> None:
        """Bytes now and then do not lengthen it."""
        client = Client()
        for byte in b"GET / HTTP":
            client.send(bytes((byte,)))
            client.pass_time(1)
        self.assertFalse(client.closed)
        client.pass_time(1)
        self.assertTrue(client.closed)

    def test_later_requests(self) -> None:
        """It counts from the first byte of a later request."""
        client = Client()
        client.send(GET)
        client.pass_time(50)
        client.send(b"G")
        client.pass_time(10)
        self.assertFalse(client.closed)
        client.pass_time(1)
        self.assertTrue(client.closed)

    def test_pipelined_request(self) -> None:
        """It counts from the answer in front of a request that has begun to come."""
        client = Client(None)
        client.send(GET + b"GET")
        client.pass_time(100)
        hello(client.exchanges[0])
        client.pass_time(10)
        self.assertFalse(client.closed)
        client.pass_time(1)
        self.assertTrue(client.closed)


class IdleTests(SynchronousTestCase):
    """A minute for the next request."""

    def test_idle(self) -> None:
        """An idle connection is closed."""
        client = Client()
        client.send(GET)
        client.pass_time(60)
        self.assertFalse(client.closed)
        client.pass_time(1)
        self.assertEqual((client.closed, client.transport.aborted), (True, False))

    def test_used(self) -> None:
        """Every request begins the minute anew."""
        client = Client()
        for _ in range(5):
            client.send(GET)
            client.pass_time(50)
        self.assertEqual((client.closed, client.received), (False, OK * 5))

    def test_peer_that_does_not_close(self) -> None:
        """Closing politely has an end, too."""
        client = Client()
        client.send(GET)
        client.pass_time(61)
        client.pass_time(31)
        self.assertTrue(client.transport.aborted)


class BusyTests(SynchronousTestCase):
    """The application takes the time that it takes."""

    def test_unlimited(self) -> None:
        """A request that is being served is not cut."""
        client = Client(None)
        client.send(GET)
        client.pass_time(1000, 10)
        hello(client.exchanges[0])
        self.assertEqual(client.received, OK)

    def test_write_timeout(self) -> None:
        """With `write_timeout` it is, and no late answer is sent."""
        gone: list[bool] = []
        client = Client(None, answer_s=0.3)
        client.send(GET)
        client.exchanges[0].gone = lambda: gone.append(True)
        client.pass_time(0.3, 0.05)
        self.assertFalse(client.closed)
        client.pass_time(0.2, 0.05)
        self.assertEqual((client.closed, client.transport.aborted, gone), (True, False, [True]))
        hello(client.exchanges[0])
        self.assertEqual(client.received, b"")

    def test_write_timeout_of_the_next(self) -> None:
        """Every request has its own."""
        client = Client(answer_s=0.3)
        for _ in range(5):
            client.send(GET)
            client.pass_time(1, 0.05)
        self.assertFalse(client.closed)


class BodyTests(SynchronousTestCase):
    """Half a minute between two reads, and a least speed."""

    def read(self, client: Client) -> Deferred[bytes]:
        body = client.exchanges[0].body
        assert not isinstance(body, bytes)
        return Deferred.fromCoroutine(body.read())

    def test_silence(self) -> None:
        """A client that stops in the middle has gone."""
        gone: list[bool] = []
        client = Client(None)
        client.send(POST)
        client.exchanges[0].gone = lambda: gone.append(True)
        reading = self.read(client)
        client.pass_time(30)
        self.assertNoResult(reading)
        client.pass_time(1)
        self.failureResultOf(reading, ConnectionError)
        self.assertEqual((client.closed, gone), (True, [True]))

    def test_drip(self) -> None:
        """A byte now and then is too slow."""
        client = Client(None)
        client.send(POST)
        for _ in range(7):
            client.send(b"x")
            client.pass_time(8)
        self.assertFalse(client.closed)
        client.send(b"x")
        client.pass_time(8)
        self.assertTrue(client.closed)

    def test_slow_but_steady(self) -> None:
        """A megabyte in a minute is fast enough, for as long as it takes."""
        client = Client(None)
        client.send(POST)
        for _ in range(200):
            self.successResultOf(self.read(client)) if client.channel._stream.size else None
            client.send(b"x" * 40000)
            client.pass_time(2)
        self.assertFalse(client.closed)

    def test_busy_application(self) -> None:
        """Time in which we do not want to read is not the client's."""
        client = Client(None)
        client.send(POST + b"x" * 70000)
        client.send(b"x")
        client.pass_time(1000, 10)
        self.assertFalse(client.closed)

    def test_unwanted_rest(self) -> None:
        """So it is while the rest of an unwanted body is awaited."""
        client = Client()
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
        self.assertEqual(client.received, OK)
        client.pass_time(31)
        self.assertTrue(client.closed)

    def test_read_timeout(self) -> None:
        """With `read_timeout` all of a request has an end, however steady it comes."""
        client = Client(None, request_s=5)
        client.send(POST)
        for _ in range(5):
            client.send(b"x")
            client.pass_time(1)
        self.assertFalse(client.closed)
        client.send(b"x")
        client.pass_time(1)
        self.assertTrue(client.closed)


class SlowReaderTests(SynchronousTestCase):
    """Half a minute to take something of an answer."""

    def test_stall(self) -> None:
        """A client that takes nothing is cut, and the application is told."""
        gone: list[bool] = []
        client = Client(None)
        client.send(GET)
        client.exchanges[0].gone = lambda: gone.append(True)
        sink = client.exchanges[0].start(200, (), None)
        sink.write(b"x" * 100000)
        client.channel.pauseProducing()
        client.pass_time(30)
        self.assertFalse(client.closed)
        client.pass_time(1)
        self.assertEqual((client.transport.aborted, gone), (True, [True]))

    def test_progress(self) -> None:
        """A client that takes a little now and then is not."""
        client = Client(None)
        client.send(GET)
        sink = client.exchanges[0].start(200, (), None)
        for _ in range(10):
            sink.write(b"x")
            client.channel.pauseProducing()
            client.pass_time(25)
            client.channel.resumeProducing()
        client.pass_time(100)
        self.assertFalse(client.closed)

    def test_after_the_answer(self) -> None:
        """The end of an answer is waited for in the same way, then the connection is idle."""
        client = Client(None)
        client.send(GET)
        client.channel.pauseProducing()
        hello(client.exchanges[0])
        client.pass_time(25)
        client.channel.resumeProducing()
        client.pass_time(55)
        self.assertFalse(client.closed)
        client.send(GET)
        client.channel.pauseProducing()
        hello(client.exchanges[1])
        client.pass_time(31)
        self.assertTrue(client.transport.aborted)

    def test_pipeline(self) -> None:
        """Requests that wait for a slow reader do not run out of their own time."""
        client = Client()
        client.channel.pauseProducing()
        client.send(GET)
        client.pass_time(25)
        client.channel.resumeProducing()
        self.assertEqual(client.received, OK)
