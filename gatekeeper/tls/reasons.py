"""
Say why a handshake failed, in the words of the original.

Clients can see these texts (``router.return_error_msg``), and operators search their logs
for them, so they are kept for compatibility.
"""

from __future__ import annotations

from cryptography import x509
from OpenSSL import SSL
from twisted.internet.error import ConnectionDone, ConnectionLost

from gatekeeper.wire.client import ConnectFailed

__all__ = ["HandshakeFailed", "chain_reason", "explain", "name_reason"]

_UNTRUSTED = frozenset({18, 19, 20, 21, 27})
_DATES = frozenset({9, 10})
_PURPOSE = 26

_ALERTS = {
    "protocol version": "protocol version not supported",
    "unknown ca": "unknown certificate authority",
    "certificate expired": "expired certificate",
    "certificate unknown": "unknown certificate",
}


class HandshakeFailed(ConnectFailed):
    """TLS with a backend could not be agreed upon; the text is the cause as Go prints it."""


def chain_reason(code: int) -> str:
    """
    Explain why a chain of certificates is not trusted.

    Args:
        code: OpenSSL's ``X509_V_ERR_...``.
    """
    if code in _UNTRUSTED:
        text = "certificate signed by unknown authority"
    elif code in _DATES:
        text = "certificate has expired or is not yet valid"
    elif code == _PURPOSE:
        text = "certificate specifies an incompatible key usage"
    else:
        text = f"certificate is not acceptable (reason {code})"
    return f"tls: failed to verify certificate: x509: {text}"


def name_reason(certificate: x509.Certificate, wanted: str, is_address: bool) -> str:
    """Explain that a certificate is somebody else's."""
    names = _names(certificate, is_address)
    if names:
        text = f"certificate is valid for {', '.join(names)}, not {wanted}"
    elif is_address:
        text = f"cannot validate certificate for {wanted} because it doesn't contain any IP SANs"
    else:
        text = f"certificate is not valid for any names, but wanted to match {wanted}"
    return f"tls: failed to verify certificate: x509: {text}"


def _names(certificate: x509.Certificate, addresses: bool) -> list[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return []
    if addresses:
        return [str(address) for address in extension.value.get_values_for_type(x509.IPAddress)]
    return extension.value.get_values_for_type(x509.DNSName)


def explain(error: BaseException) -> str:
    """Explain what ended a connection that speaks TLS."""
    if isinstance(error, (ConnectionDone, ConnectionLost)):
        return "EOF"
    if isinstance(error, SSL.Error) and error.args and error.args[0]:
        return _openssl_reason(str(error.args[0][0][-1]))
    return str(error)


def _openssl_reason(reason: str) -> str:
    """Translate OpenSSL's words, such as ``tlsv1 alert protocol version``."""
    _, alert, text = reason.partition(" alert ")
    if alert:
        return f"remote error: tls: {_ALERTS.get(text, text)}"
    if reason in {"wrong version number", "http request", "packet length too long"}:
        return "tls: first record does not look like a TLS handshake"
    return f"tls: {reason}"
