"""Messages for Graylog."""

from __future__ import annotations

import gzip
import json
import os
import socket
from typing import Any

from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.logging import gelf
from gatekeeper.logging.gelf import TCP, UDP, GELFUnreachable, chunks, encode


class EncodeTests(SynchronousTestCase):
    """One message."""

    def test_one_line(self) -> None:
        """There is no full message, and the level is always the same."""
        self.assertEqual(
            {
                "version": "1.1",
                "host": "here",
                "short_message": "a",
                "timestamp": 1.5,
                "level": 6,
                "_file": "gatekeeper/log.py",
                "_line": 1,
            },
            json.loads(encode("a", "here", 1.5)),
        )

    def test_more_lines(self) -> None:
        """The first is the short message."""
        message = json.loads(encode("a\nb", "here", 1.5, "gatekeeper"))
        self.assertEqual(("a", "a\nb"), (message["short_message"], message["full_message"]))
        self.assertEqual("gatekeeper", message["facility"])


class ChunkTests(SynchronousTestCase):
    """Datagrams."""

    def test_a_short_message(self) -> None:
        """It is one datagram."""
        self.assertEqual([b"x" * 1420], list(chunks(b"x" * 1420, b"12345678")))

    def test_a_long_message(self) -> None:
        """It is cut; every part tells its number and how many there are."""
        data = os.urandom(5000)
        parts = list(chunks(data, b"12345678"))
        self.assertEqual(4, len(parts))
        self.assertTrue(all(len(part) <= 1420 for part in parts))
        self.assertEqual(
            [b"\x1e\x0f12345678" + bytes((number, 4)) for number in range(4)],
            [part[:12] for part in parts],
        )
        self.assertEqual(data, b"".join(part[12:] for part in parts))

    def test_far_too_long(self) -> None:
        """Graylog takes 128 parts at most."""
        self.assertEqual([], list(chunks(b"x" * 128 * 1409, b"12345678")))
        self.assertEqual(128, len(list(chunks(b"x" * 128 * 1408, b"12345678"))))


class UDPTests(SynchronousTestCase):
    """Graylog listens for datagrams on the loopback."""

    def test_sent(self) -> None:
        """A message is compressed."""
        graylog = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(graylog.close)
        graylog.bind(("127.0.0.1", 0))
        sender = UDP(f"127.0.0.1:{graylog.getsockname()[1]}")
        self.addCleanup(sender._socket.close)
        sender.send("hello")
        message = json.loads(gzip.decompress(graylog.recv(2000)))
        self.assertEqual(("hello", "gatekeeper"), (message["short_message"], message["facility"]))

    def test_addresses(self) -> None:
        """What is no address is said at start."""
        for address in ("127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "::1"):
            with self.subTest(address=address), self.assertRaises(GELFUnreachable):
                UDP(address)


class TCPTests(SynchronousTestCase):
    """Graylog listens for connections, as far as the reactor tells."""

    def setUp(self) -> None:
        self.patch(gelf.socket, "create_connection", lambda *_: socket.socket())
        self.reactor = MemoryReactorClock()
        self.sender = TCP("127.0.0.1:12201")
        self.sender.begin(self.reactor)

    def attempts(self) -> int:
        return len(self.reactor.tcpClients)

    def connect(self) -> StringTransport:
        factory: Any = self.reactor.tcpClients[-1][2]
        connection = factory.buildProtocol(None)
        transport = StringTransport()
        connection.makeConnection(transport)
        self.connection = connection
        return transport

    def refuse(self) -> None:
        factory: Any = self.reactor.tcpClients[-1][2]
        factory.clientConnectionFailed(None, Failure(Refused()))

    def test_messages_wait_for_the_connection(self) -> None:
        """Then they are sent, each ended by a NUL."""
        self.sender.send("a")
        transport = self.connect()
        self.sender.send("b")
        first, second, rest = transport.value().split(b"\0")
        self.assertEqual(b"", rest)
        texts = [json.loads(message)["short_message"] for message in (first, second)]
        self.assertEqual(["a", "b"], texts)

    def test_a_lost_connection(self) -> None:
        """It is made again after a second, and nothing that waits is lost."""
        self.connect()
        self.connection.connectionLost(Failure(Refused()))
        self.sender.send("a")
        self.assertEqual(1, self.attempts())
        self.reactor.advance(1)
        self.assertEqual(2, self.attempts())
        self.assertIn(b'"a"', self.connect().value())

    def test_three_attempts(self) -> None:
        """Then what waits is lost and counted; the next message tries again."""
        self.sender.send("a")
        for _ in range(3):
            self.refuse()
            self.reactor.advance(1)
        self.assertEqual((3, 1), (self.attempts(), self.sender.dropped))
        self.sender.send("b")
        self.assertEqual(4, self.attempts())

    def test_a_bound(self) -> None:
        """Not more than a thousand messages wait."""
        for _ in range(1010):
            self.sender.send("a")
        self.assertEqual(10, self.sender.dropped)

    def test_the_end(self) -> None:
        """The connection is closed and not made again."""
        transport = self.connect()
        self.sender.end()
        self.assertTrue(transport.disconnecting)
        self.connection.connectionLost(Failure(Refused()))
        self.reactor.advance(5)
        self.assertEqual(1, self.attempts())


class UnreachableTests(SynchronousTestCase):
    """Nobody listens when we start."""

    def test_refused(self) -> None:
        """It is said in the original's words."""
        taken = socket.socket()
        self.addCleanup(taken.close)
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with self.assertRaises(GELFUnreachable) as raised:
            TCP(address)
        self.assertEqual(f"dial tcp {address}: connect: connection refused", str(raised.exception))
