"""Records between two ends that have met."""

from __future__ import annotations

from typing import Any

from twisted.internet.error import ConnectionLost
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import TLS, ClientTLS
from gatekeeper.tls import records
from tests.tls.wires import AUTHORITY, Folder, Meeting


class RecordTests(SynchronousTestCase):
    """A server, a client, and TLS between them."""

    def setUp(self) -> None:
        pair = Folder(self.mktemp()).pair("server", AUTHORITY.server(["shop.example"]))
        self.meet(TLS(keys=[pair]))

    def meet(self, tls: TLS) -> None:
        self.meeting = Meeting(tls, ClientTLS(allow_insecure_connections=True))
        self.client: Any = self.meeting.client
        self.server = self.meeting.server

    def written(self) -> list[bytes]:
        """Watch what the server hands to its transport."""
        below: Any = self.server.transport
        found: list[bytes] = []
        write = below.transport.write
        below.transport.write = lambda data: (found.append(data), write(data))
        return found

    def test_quick(self) -> None:
        """The binding is as we know it, so the quick way is the one that is tested."""
        self.assertTrue(records.IS_QUICK)

    def test_any_size(self) -> None:
        """Every length arrives, in both directions, in order."""
        sizes = [0, 1, 16384, 16385, 65536, 65537, 300_000]
        parts = [bytes((index,)) * size for index, size in enumerate(sizes)]
        for part in parts:
            self.meeting.say(part)
            self.server.transport.write(part)  # type: ignore[union-attr]
        self.meeting.flush()
        self.assertEqual(self.server.heard, b"".join(parts))
        self.assertEqual(self.client.heard, b"".join(parts))

    def test_one_write_for_a_packet(self) -> None:
        """What is answered while a packet is read leaves in one piece."""
        answered: Any = self.server
        transport: Any = self.server.transport
        answered.dataReceived = lambda data: [transport.write(b"a"), transport.write(b"b")]
        found = self.written()
        self.meeting.say(b"x")
        self.assertEqual(len(found), 1)
        self.assertEqual(self.client.heard, b"ab")

    def test_bounded_pieces(self) -> None:
        """A long answer is not encrypted as a whole before it is handed over."""
        found = self.written()
        self.server.transport.write(b"x" * 1_000_000)  # type: ignore[union-attr]
        self.assertLess(max(map(len, found)), 70_000)

    def test_answer_and_end(self) -> None:
        """A last answer in the packet that ends the connection is sent before the end."""
        transport: Any = self.server.transport
        answered: Any = self.server
        answered.dataReceived = lambda data: [transport.write(b"bye"), transport.loseConnection()]
        self.meeting.say(b"x")
        self.assertEqual(self.client.heard, b"bye")
        self.assertIsNotNone(self.client.lost)

    def test_abort_while_reading(self) -> None:
        """Records behind an abort are not delivered."""
        heard: list[bytes] = []
        server: Any = self.server

        def cut(data: bytes) -> None:
            heard.append(data)
            server.transport.abortConnection()

        server.dataReceived = cut
        self.client.transport.write(b"one")
        self.client.transport.write(b"two")
        self.meeting.flush()
        self.assertEqual(heard, [b"one"])

    def test_rubbish_later(self) -> None:
        """Bytes that are no record end the connection, and are not taken for an orderly end."""
        below: Any = self.server.transport
        below.dataReceived(b"\x17\x03\x03\x00\x10" + b"r" * 16)
        self.meeting.flush()
        assert self.server.lost is not None
        self.assertNotIsInstance(self.server.lost.value, type(None))
        self.assertTrue(self.meeting.wire.closed)

    def test_cut_without_goodbye(self) -> None:
        """The end of a connection in the middle of a record is a loss."""
        below: Any = self.server.transport
        below.dataReceived(b"\x17\x03\x03\x00")
        from twisted.python.failure import Failure

        below.connectionLost(Failure(ConnectionLost()))
        assert self.server.lost is not None
        self.server.lost.trap(ConnectionLost)

    def test_byte_by_byte(self) -> None:
        """Records may come in any pieces."""
        below: Any = self.server.transport
        carried = below.dataReceived
        below.dataReceived = lambda data: [carried(data[i : i + 1]) for i in range(len(data))]
        self.assertEqual(self.meeting.say(b"slowly"), b"slowly")


class StockTests(RecordTests):
    """The same promises without the quick way."""

    def setUp(self) -> None:
        self.patch(records, "IS_QUICK", False)
        super().setUp()

    def test_quick(self) -> None:
        """It is switched off."""
        self.assertFalse(records.IS_QUICK)

    def test_one_write_for_a_packet(self) -> None:
        """Twisted's layer sends each write by itself; what arrives is the same."""
        transport: Any = self.server.transport
        answered: Any = self.server
        answered.dataReceived = lambda data: [transport.write(b"a"), transport.write(b"b")]
        self.meeting.say(b"x")
        self.assertEqual(self.client.heard, b"ab")
