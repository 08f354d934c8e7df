"""Texts that clients may see."""

from __future__ import annotations

from OpenSSL import SSL
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.tls.reasons import chain_reason, explain


class ExplainTests(SynchronousTestCase):
    """The words of the original, kept for compatibility."""

    def test_texts(self) -> None:
        """What ended a connection, and what is said about it."""

        def openssl(reason: str) -> SSL.Error:
            return SSL.Error([("SSL routines", "", reason)])

        table = [
            (ConnectionDone(), "EOF"),
            (ConnectionLost(), "EOF"),
            (openssl("ssl/tls alert handshake failure"), "remote error: tls: handshake failure"),
            (
                openssl("tlsv13 alert certificate required"),
                "remote error: tls: certificate required",
            ),
            (
                openssl("tlsv1 alert protocol version"),
                "remote error: tls: protocol version not supported",
            ),
            (
                openssl("wrong version number"),
                "tls: first record does not look like a TLS handshake",
            ),
            (openssl("bad signature"), "tls: bad signature"),
            (ValueError("other"), "other"),
        ]
        for error, text in table:
            with self.subTest(text=text):
                self.assertEqual(text, explain(error))

    def test_an_unusual_reason(self) -> None:
        """A code without a text of its own is shown as a number."""
        self.assertIn("(reason 79)", chain_reason(79))
