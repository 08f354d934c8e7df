"""
Say why an exchange failed, in the original's words.

Operators search for these texts, and clients see them when ``return_error_msg`` is on.  The
original's carry addresses of its own side and of name servers; ours leave those out.
"""

from __future__ import annotations

import errno
import os
import socket

from OpenSSL import SSL
from service_identity import VerificationError
from twisted.internet import error
from twisted.python.failure import Failure

from gatekeeper.wire.client import ConnectFailed, ConnectionBroken, ExchangeError, Origin

__all__ = ["connect_cause", "ended_cleanly", "lost_cause"]


def connect_cause(origin: Origin, failure: Failure) -> ExchangeError:
    """Translate why there is no connection."""
    reason = failure.value
    if isinstance(reason, ExchangeError):  # an endpoint that knows better, such as our TLS
        return reason
    secure = _tls_cause(reason, origin)
    if secure is not None:
        return ConnectFailed(secure)
    if isinstance(reason, (error.DNSLookupError, error.UnknownHostError, socket.gaierror)):
        return ConnectFailed(f"dial tcp: lookup {origin.host}: no such host")
    return ConnectFailed(f"dial tcp {_address(origin)}: {_dial_cause(reason)}")


def lost_cause(origin: Origin, failure: Failure, *, begun: bool) -> ExchangeError:
    """
    Translate why a connection was lost before its answer was complete.

    Args:
        begun: Whether a part of the answer had come.
    """
    reason = failure.value
    secure = None if begun else _tls_cause(reason, origin)
    if secure is not None:
        return ConnectFailed(secure)
    if ended_cleanly(failure):
        return ConnectionBroken("unexpected EOF" if begun else "EOF")
    if isinstance(reason, SSL.Error):
        return ConnectionBroken("unexpected EOF" if begun else "remote error: tls: broken record")
    return ConnectionBroken(f"read tcp {_address(origin)}: read: connection reset by peer")


def ended_cleanly(failure: Failure) -> bool:
    """Tell an orderly end of the connection from a reset."""
    return isinstance(failure.value, error.ConnectionDone)


def _address(origin: Origin) -> str:
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return f"{host}:{origin.port}"


def _dial_cause(reason: BaseException | None) -> str:
    if isinstance(reason, (error.TimeoutError, TimeoutError)):
        return "i/o timeout"
    if isinstance(reason, (error.ConnectionRefusedError, ConnectionRefusedError)):
        return "connect: connection refused"
    if isinstance(reason, error.NoRouteError):
        return "connect: no route to host"
    number = getattr(reason, "osError", None) or getattr(reason, "errno", None)
    if isinstance(number, int) and number in errno.errorcode:
        return f"connect: {os.strerror(number).lower()}"
    return "connect: connection failed"


def _tls_cause(reason: BaseException | None, origin: Origin) -> str | None:
    """Translate what OpenSSL or service-identity say, if it is that."""
    if isinstance(reason, VerificationError):
        return (
            f"tls: failed to verify certificate: x509: certificate is not valid for {origin.host}"
        )
    if isinstance(reason, SSL.Error):
        return _openssl_cause(str(reason).lower())
    return None


def _openssl_cause(words: str) -> str:
    if "certificate verify failed" in words:
        return "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    if "alert" in words:
        return "remote error: tls: handshake failure"
    if "wrong version number" in words or "packet length" in words:
        return "tls: first record does not look like a TLS handshake"
    if "unsupported protocol" in words or "protocol version" in words:
        return "tls: server selected unsupported protocol version"
    return "tls: handshake failure"
