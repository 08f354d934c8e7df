"""Tests for `gatekeeper.wire.causes`."""

from __future__ import annotations

import errno
import socket

from OpenSSL import SSL
from service_identity import VerificationError
from twisted.internet import error
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.causes import connect_cause, lost_cause
from gatekeeper.wire.client import ConnectFailed, ConnectionBroken, Origin
from gatekeeper.wire.edges import failed

HERE = Origin("http", "127.0.0.1", 9199)
NAMED = Origin("https", "nohost", 443)
SIX = Origin("http", "::1", 80)
VERIFY = "tls: failed to verify certificate: x509: "


CONNECT = [
    (HERE, error.ConnectionRefusedError(), "dial tcp 127.0.0.1:9199: connect: connection refused"),
    (HERE, ConnectionRefusedError(), "dial tcp 127.0.0.1:9199: connect: connection refused"),
    (SIX, error.TimeoutError(), "dial tcp [::1]:80: i/o timeout"),
    (SIX, TimeoutError(), "dial tcp [::1]:80: i/o timeout"),
    (HERE, error.NoRouteError(), "dial tcp 127.0.0.1:9199: connect: no route to host"),
    (
        HERE,
        error.ConnectError(errno.ENETUNREACH),
        "dial tcp 127.0.0.1:9199: connect: network is unreachable",
    ),
    (HERE, OSError(errno.EACCES, "x"), "dial tcp 127.0.0.1:9199: connect: permission denied"),
    (HERE, KeyError("secret"), "dial tcp 127.0.0.1:9199: connect: connection failed"),
    (NAMED, error.DNSLookupError("x"), "dial tcp: lookup nohost: no such host"),
    (NAMED, socket.gaierror(-2, "x"), "dial tcp: lookup nohost: no such host"),
    (NAMED, ConnectFailed("tls: as told"), "tls: as told"),
    (NAMED, VerificationError([]), VERIFY + "certificate is not valid for nohost"),
]

LOST = [
    (error.ConnectionDone(), False, ConnectionBroken, "EOF"),
    (error.ConnectionDone(), True, ConnectionBroken, "unexpected EOF"),
    (
        error.ConnectionLost(),
        False,
        ConnectionBroken,
        "read tcp nohost:443: read: connection reset by peer",
    ),
    (
        VerificationError([]),
        False,
        ConnectFailed,
        VERIFY + "certificate is not valid for nohost",
    ),
    (
        SSL.Error([("SSL routines", "", "certificate verify failed")]),
        False,
        ConnectFailed,
        VERIFY + "certificate signed by unknown authority",
    ),
    (
        SSL.Error([("SSL routines", "", "sslv3 alert handshake failure")]),
        False,
        ConnectFailed,
        "remote error: tls: handshake failure",
    ),
    (
        SSL.Error([("SSL routines", "", "wrong version number")]),
        False,
        ConnectFailed,
        "tls: first record does not look like a TLS handshake",
    ),
    (
        SSL.Error([("SSL routines", "", "unsupported protocol")]),
        False,
        ConnectFailed,
        "tls: server selected unsupported protocol version",
    ),
    (SSL.Error([]), False, ConnectFailed, "tls: handshake failure"),
    (SSL.Error([("SSL routines", "", "bad record mac")]), True, ConnectionBroken, "unexpected EOF"),
]


class CausesTests(SynchronousTestCase):
    """The original's words for every cause."""

    def test_connecting(self) -> None:
        """Why there is no connection."""
        for origin, reason, text in CONNECT:
            with self.subTest(text=text):
                cause = connect_cause(origin, failed(reason))
                self.assertEqual((type(cause), str(cause)), (ConnectFailed, text))

    def test_lost(self) -> None:
        """Why there is no answer."""
        for reason, begun, kind, text in LOST:
            with self.subTest(text=text):
                cause = lost_cause(NAMED, failed(reason), begun=begun)
                self.assertEqual((type(cause), str(cause)), (kind, text))
