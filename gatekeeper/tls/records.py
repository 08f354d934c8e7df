"""
Move TLS records between OpenSSL and a transport, with few steps.

Twisted's layer asks OpenSSL for more until it raises that there is no more, twice for every
packet, and sends each write by itself.  This one looks before it asks, and sends what was
written while a packet was handled in one piece.  Everything else is Twisted's: handshake,
shutdown, producers and what an error means.

It calls OpenSSL through pyOpenSSL's own binding.  Where that looks different some day,
Twisted's way is used.
"""

from __future__ import annotations

from typing import Any

from OpenSSL import SSL
from twisted.internet.protocol import connectionDone
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure

from gatekeeper.tls.untyped import untyped

__all__ = ["IS_QUICK", "RecordProtocol"]

_SSL: Any = SSL

_NEEDED = (
    "BIO_get_mem_data", "BIO_read", "BIO_write", "SSL_ERROR_WANT_READ", "SSL_get_error",
    "SSL_pending", "SSL_read", "SSL_write",
)  # fmt: skip


def _is_quick() -> bool:
    """Tell whether the binding is as we know it."""
    if not all(hasattr(getattr(_SSL, "_lib", None), name) for name in _NEEDED):
        return False
    probe = _SSL.Connection(_SSL.Context(SSL.TLS_METHOD), None)
    parts = ("_ssl", "_into_ssl", "_from_ssl", "_raise_ssl_error")
    return all(getattr(probe, part, None) is not None for part in parts)


IS_QUICK = _is_quick()

_RECORD = 16 << 10
_ROOM = 128 << 10
_TOGETHER = 64 << 10
"""How much is encrypted before it is handed over."""

if IS_QUICK:
    _lib, _ffi = _SSL._lib, _SSL._ffi
    _NULL, _WANT_READ = _ffi.NULL, _lib.SSL_ERROR_WANT_READ
    _pending_bytes, _bio_read, _bio_write = _lib.BIO_get_mem_data, _lib.BIO_read, _lib.BIO_write
    _ssl_read, _ssl_write, _ssl_pending = _lib.SSL_read, _lib.SSL_write, _lib.SSL_pending
    _get_error = _lib.SSL_get_error
    _unpack, _from_buffer = _ffi.unpack, _ffi.from_buffer
    _buffer = _ffi.new("char[]", _ROOM)  # for all connections: it is empty between two calls


class RecordProtocol(TLSMemoryBIOProtocol):
    """One connection; as `TLSMemoryBIOProtocol`, but quicker once the handshake is done."""

    _is_reading = False

    def is_unwelcome(self, data: bytes) -> bool:
        """Refuse what comes before the handshake is done; for subclasses."""
        return False

    def dataReceived(self, data: bytes) -> None:
        """Decrypt, hand over, and send what was written meanwhile."""
        connection = self._tlsConnection
        if not self._handshakeDone or self._appSendBuffer or not IS_QUICK:
            if self._handshakeDone or not self.is_unwelcome(data):
                untyped(super()).dataReceived(data)
            return
        if _bio_write(connection._into_ssl, data, len(data)) == len(data):
            self._flushReceiveBIO()
        else:
            untyped(self)._tlsShutdownFinished(Failure(SSL.Error("no memory for a record")))

    def _flushReceiveBIO(self) -> None:
        if not IS_QUICK or self._lostTLSConnection:
            untyped(super())._flushReceiveBIO()
            return
        connection = self._tlsConnection
        ssl, incoming = connection._ssl, connection._into_ssl
        inner: Any = self.wrappedProtocol
        self._is_reading = True
        try:
            while not self._lostTLSConnection:
                size = _ssl_read(ssl, _buffer, _ROOM)
                if size <= 0:
                    if _get_error(ssl, size) != _WANT_READ:
                        self._ended(connection, size)
                    break
                if not self._aborted:
                    inner.dataReceived(_unpack(_buffer, size))
                if not _pending_bytes(incoming, _NULL) and not _ssl_pending(ssl):
                    break
        finally:
            self._is_reading = False
        self._flushSendBIO()

    def _ended(self, connection: Any, result: int) -> None:
        """React to what is not data, as Twisted does."""
        try:
            connection._raise_ssl_error(connection._ssl, result)
        except SSL.ZeroReturnError:
            untyped(self)._shutdownTLS()
            untyped(self)._tlsShutdownFinished(None)
        except SSL.Error:
            untyped(self)._tlsShutdownFinished(Failure())

    def _flushSendBIO(self) -> None:
        connection = self._tlsConnection
        if not IS_QUICK or connection is None:
            untyped(super())._flushSendBIO()
            return
        outgoing = connection._from_ssl
        transport: Any = self.transport
        size = _pending_bytes(outgoing, _NULL)
        while size > 0:
            taken = _bio_read(outgoing, _buffer, _ROOM)
            if taken <= 0:
                break
            size -= taken
            transport.write(_unpack(_buffer, taken))

    def write(self, data: bytes) -> None:
        """Encrypt; it is sent at once, or when the packet that is being read is done with."""
        quick = IS_QUICK and self._handshakeDone and type(data) is bytes and len(data) <= _RECORD
        if not quick or self._lostTLSConnection or self.disconnecting or self._appSendBuffer:
            untyped(super()).write(data)
            return
        connection = self._tlsConnection
        size = _ssl_write(connection._ssl, data, len(data)) if data else 0
        if size != len(data):
            self._unwritten(connection, size, data)
        elif not self._is_reading:
            self._flushSendBIO()

    def _write(self, data: bytes) -> None:
        if not IS_QUICK or not self._handshakeDone or self._lostTLSConnection:
            untyped(super())._write(data)
            return
        connection = self._tlsConnection
        start: Any = _from_buffer(data)
        length, at, held = len(data), 0, 0
        while at < length:
            size = _ssl_write(connection._ssl, start + at, length - at)
            if size <= 0:
                self._unwritten(connection, size, data[at:])
                return
            at += size
            held += size
            if held >= _TOGETHER:
                held = 0
                self._flushSendBIO()
        if not self._is_reading:
            self._flushSendBIO()

    def _unwritten(self, connection: Any, result: int, rest: bytes) -> None:
        """Keep what cannot be written now, as Twisted does."""
        try:
            connection._raise_ssl_error(connection._ssl, result)
        except SSL.WantReadError:
            untyped(self)._bufferedWrite(rest)
        except SSL.Error:
            untyped(self)._tlsShutdownFinished(Failure())

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Nothing is read any more."""
        self._is_reading = False
        untyped(super()).connectionLost(reason)
