"""
Translate version names of the configuration to OpenSSL's.

A name that is not in the table, such as ``TLS1.2``, means TLS 1.3.  That is surprising and
kept for compatibility (conformance case ``tls-server``): so does a ``max_version`` below
``min_version`` leave no version at all, and every handshake fails.
"""

from __future__ import annotations

from OpenSSL import SSL

__all__ = ["limit_versions", "needs_old_signatures", "version"]

_VERSIONS: dict[str, int] = {
    "SSL3.0": SSL.TLS1_VERSION,  # SSL 3 itself is gone for good: its successor is the lowest
    "TLS10": SSL.TLS1_VERSION,
    "TLS11": SSL.TLS1_1_VERSION,
    "TLS12": SSL.TLS1_2_VERSION,
    "TLS13": SSL.TLS1_3_VERSION,
}


def version(name: str) -> int:
    """Give OpenSSL's number of a version."""
    return _VERSIONS.get(name, _VERSIONS["TLS13"])


def limit_versions(context: SSL.Context, lowest: str, highest: str) -> None:
    """
    Accept only these versions.

    OpenSSL takes SHA-1 signatures, which TLS 1.0 and 1.1 cannot do without, only at its
    lowest security level; whoever asks for these versions asks for that.
    """
    context.set_min_proto_version(version(lowest))
    context.set_max_proto_version(version(highest))


def needs_old_signatures(lowest: str) -> bool:
    """Tell whether TLS 1.0 or 1.1 is wanted."""
    return version(lowest) < _VERSIONS["TLS12"]
