"""
Choose which of our certificates a backend is shown.

A backend that asks for a certificate may say whose it accepts.  The first pair whose chain
leads to one of these authorities is shown; a backend that says nothing gets the first pair,
and one that accepts none of ours gets none, so that it never learns who we are elsewhere.

OpenSSL asks in the middle of the handshake, when the names are known.  pyOpenSSL has no
method for that, its binding has.

Source: specification of authentication, section 5.2; RFC 8446, section 4.2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from OpenSSL import SSL

from gatekeeper.tls.context import use_pair
from gatekeeper.tls.files import Pair
from gatekeeper.tls.untyped import untyped

__all__ = ["Identities", "accepts"]

_SSL: Any = SSL


class Identities:
    """The pairs that can be shown, in the order of the configuration."""

    def __init__(self) -> None:
        self._known: list[tuple[Pair, SSL.Context]] = []

    def add(self, pair: Pair) -> None:
        """
        Add a pair.

        Raises:
            UnusableFile: OpenSSL refuses it.
        """
        holder = SSL.Context(SSL.TLS_METHOD)  # has the pair and its chain, nothing else
        use_pair(holder, pair)
        self._known.append((pair, holder))

    def show_to_servers_of(self, made: SSL.Context) -> None:
        """Let every connection of a context choose when it is asked."""
        if not self._known:
            return

        def asked(handle: Any, _: Any) -> int:
            connection = _SSL.Connection._reverse_mapping[handle]
            names = connection.get_client_ca_list(as_cryptography=True)
            wanted = [name.public_bytes() for name in names]
            for pair, holder in self._known:
                if accepts(wanted, pair):
                    connection.set_context(holder)
                    break
            return 1

        # 0, when it raises, ends the handshake
        callback = _SSL._ffi.callback("int (*)(SSL *, void *)", asked, error=0)
        context = untyped(made)
        context._asked_for_certificate = callback  # OpenSSL does not keep it alive
        _SSL._lib.SSL_CTX_set_cert_cb(context._context, callback, _SSL._ffi.NULL)


def accepts(wanted: Sequence[bytes], pair: Pair) -> bool:
    """
    Tell whether a server accepts a pair.

    Args:
        wanted: Names of authorities, DER; none means everybody.
    """
    if not wanted:
        return True
    return any(certificate.issuer.public_bytes() in wanted for certificate in pair.chain)
