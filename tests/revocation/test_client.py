"""Tests of `gatekeeper.revocation.client`."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SynchronousTestCase, TestCase

from gatekeeper.revocation.calls import ADD, Conversation
from gatekeeper.revocation.client import Answer, NotRevoked, call, revoke
from gatekeeper.revocation.listener import RevocationFactory
from gatekeeper.testing import RecordedLog
from gatekeeper.wire.deadlines import Deadlines
from tests.revocation import captured


class AnswerTests(SynchronousTestCase):
    """What comes back."""

    def test_the_originals(self) -> None:
        """Answers of KrakenD are understood, in any pieces."""
        answer = Answer()
        found = [answer.feed(bytes((byte,))) for byte in captured.COUNTED_ONE]
        self.assertEqual([1], [one for one in found if one is not None])

    def test_an_error(self) -> None:
        """It is told in the server's words."""
        told = Conversation(set(), lambda _: None).feed(call("BloomfilterRPC.Nope", []))  # type: ignore[arg-type]
        with self.assertRaises(NotRevoked) as raised:
            Answer().feed(told)
        self.assertEqual("rpc: can't find method BloomfilterRPC.Nope", str(raised.exception))

    def test_no_revoker(self) -> None:
        """Another server on that port is noticed."""
        with self.assertRaises(NotRevoked):
            Answer().feed(b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"x" * 100)

    def test_the_same_bytes(self) -> None:
        """A call differs from the original's only where numbers of types are a choice."""
        ours = call(ADD, [b"jti-J1"])
        self.assertIn(b"BloomfilterRPC.Add", ours)
        self.assertIn(b"\x06jti-J1\x00", ours)
        self.assertEqual(len(captured.ADD_ONE), len(ours))


class RevokeTests(TestCase):
    """Over loopback, to a real listener."""

    def listen(self, factory: Factory) -> str:
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")  # type: ignore[attr-defined]
        self.addCleanup(port.stopListening)
        return f"127.0.0.1:{port.getHost().port}"

    @inlineCallbacks
    def test_added(self) -> Deferred[None]:  # type: ignore[misc]
        """The elements arrive and are counted."""
        revoked: set[bytes] = set()
        factory = RevocationFactory(revoked, Deadlines(reactor), RecordedLog())  # type: ignore[arg-type]
        count = yield deferToThread(revoke, self.listen(factory), ["jti-a", "sub-é"])
        self.assertEqual(2, count)
        self.assertEqual({b"jti-a", "sub-é".encode()}, revoked)

    @inlineCallbacks
    def test_closed(self) -> Deferred[None]:  # type: ignore[misc]
        """A connection that ends without answer is a failure, not a success."""

        class Closes(Protocol):
            def dataReceived(self, data: bytes) -> None:
                self.transport.loseConnection()  # type: ignore[union-attr]

        where = self.listen(Factory.forProtocol(Closes))
        yield self.assertFailure(deferToThread(revoke, where, ["jti-a"]), NotRevoked)

    def test_no_address(self) -> None:
        """Says what was expected."""
        with self.assertRaises(NotRevoked):
            revoke("gateway", ["jti-a"])
