"""
The server's side of TLS: who we are, by name, and whom we let in.

There is one context for each key pair.  The first is the default; the others are chosen
by the name that the client asks for, exactly or by a wildcard that stands for one label.
All contexts have the same rules, because OpenSSL takes some of them from the one it began
with and some from the one it was switched to.

Sessions are resumed with tickets only, which cost us no memory.  With client certificates
they are not resumed at all: a resumed session would not look at the certificate again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cryptography import x509
from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer

from gatekeeper.config.model import TLS, KeyPair
from gatekeeper.errors import Problems
from gatekeeper.tls.ciphers import DEFAULT_CIPHERS
from gatekeeper.tls.context import context, trust, use_pair
from gatekeeper.tls.files import Pair, UnusableFile, expiry_warning, read_pair, utc_now

__all__ = ["ServerConnections", "server_context"]

POINTER = "/tls"


@implementer(IOpenSSLServerConnectionCreator)
class ServerConnections:
    """Make an OpenSSL connection for each client; what `TLSMemoryBIOFactory` asks for."""

    def __init__(self, default: SSL.Context) -> None:
        self.default = default

    def serverConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Called by Twisted when a client has connected."""
        del tlsProtocol
        return SSL.Connection(self.default, None)


def server_context(
    tls: TLS,
    problems: Problems | None = None,
    protocols: Sequence[bytes] = (b"h2", b"http/1.1"),
) -> ServerConnections:
    """
    Read the files of a ``tls`` block and make its contexts.

    Args:
        tls: The block.
        problems: Gets warnings; everything fatal is raised together at the end.
        protocols: What ALPN offers, the best first.

    Raises:
        ConfigError: A pair is missing, unreadable or does not fit, or a choice of ciphers or
            curves leaves nothing.
    """
    problems = problems if problems is not None else Problems()
    if not tls.keys:
        problems.add(f"{POINTER}/keys", "public key not defined")
    pairs = [_pair(index, key, problems) for index, key in enumerate(tls.keys)]
    usable = [pair for pair in pairs if pair is not None]
    problems.check()
    contexts = [(pair, _context(tls, pair, usable, protocols, problems)) for pair in usable]
    problems.check()
    default = contexts[0][1]
    if len(contexts) > 1:
        default.set_tlsext_servername_callback(_chooser(_by_name(contexts)))
    return ServerConnections(default)


def _pair(index: int, key: KeyPair, problems: Problems) -> Pair | None:
    pointer = f"{POINTER}/keys/{index}"
    try:
        pair = read_pair(key)
    except UnusableFile as error:
        problems.add(pointer, str(error))
        return None
    warning = expiry_warning(key.certificate, pair.chain[0], utc_now())
    if warning:
        problems.add(pointer, warning, fatal=False)
    return pair


def _context(
    tls: TLS,
    pair: Pair,
    pairs: Sequence[Pair],
    protocols: Sequence[bytes],
    problems: Problems,
) -> SSL.Context:
    versions = (tls.min_version, tls.max_version)
    made = context(versions, tls.ciphers, tls.curves, problems, POINTER)
    try:
        use_pair(made, pair)
    except UnusableFile as error:
        problems.add(f"{POINTER}/keys/{pairs.index(pair)}", str(error))
    made.set_alpn_select_callback(_selector(protocols, tls.ciphers or DEFAULT_CIPHERS))
    made.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    made.set_session_id(b"gatekeeper")
    if tls.enable_mtls:
        _ask_for_certificates(made, tls, pairs, problems)
    return made


def _ask_for_certificates(
    made: SSL.Context, tls: TLS, pairs: Sequence[Pair], problems: Problems
) -> None:
    """
    Let in only those who show a certificate that we trust.

    The files of our own pairs may be among the authorities.  Of these the certificate itself
    counts but not its intermediates: a public authority that signed for us must not vouch
    for our clients.
    """
    own_files = {key.certificate for key in tls.keys}
    others = [path for path in tls.client_cas if path not in own_files]
    own = [
        pair.chain[0]
        for pair, key in zip(pairs, tls.keys, strict=True)
        if key.certificate in tls.client_cas
    ]
    system = not tls.disable_system_ca_pool
    listed = trust(made, others, system_pool=system, problems=problems, pointer=POINTER, also=own)
    if not system:  # otherwise the list of acceptable authorities stays open
        for certificate in [*listed, *own]:
            made.add_client_ca(certificate)
    made.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
    made.set_options(SSL.OP_NO_TICKET)


def _selector(
    protocols: Sequence[bytes], ciphers: Sequence[int]
) -> Callable[[SSL.Connection, list[bytes]], bytes]:
    """
    Choose the first of our protocols that the client offers.

    HTTP/2 needs TLS 1.2, and there a suite like those of our default (RFC 9113, section
    9.2).  Without one it is not chosen, and the client speaks HTTP/1.1.
    """
    refusal = SSL.Error([("SSL routines", "", "no application protocol")])
    modern = {"TLSv1.3"}
    if not set(DEFAULT_CIPHERS).isdisjoint(ciphers):
        modern.add("TLSv1.2")

    def select(connection: SSL.Connection, offered: list[bytes]) -> bytes:
        for protocol in protocols:
            if protocol not in offered:
                continue
            if protocol != b"h2" or connection.get_protocol_version_name() in modern:
                return protocol
        raise refusal  # RFC 7301, section 3.2: a fatal alert

    return select


def _by_name(contexts: Sequence[tuple[Pair, SSL.Context]]) -> dict[str, SSL.Context]:
    names: dict[str, SSL.Context] = {}
    for pair, made in contexts:
        for name in _names(pair.chain[0]):
            names.setdefault(name, made)
    return names


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return [str(name.value).lower() for name in common]
    return [name.lower() for name in extension.value.get_values_for_type(x509.DNSName)]


def _chooser(names: Mapping[str, SSL.Context]) -> Callable[[SSL.Connection], None]:
    def choose(connection: SSL.Connection) -> None:
        asked = (connection.get_servername() or b"").decode("latin-1").lower().rstrip(".")
        _, _, parent = asked.partition(".")
        chosen = names.get(asked) or names.get(f"*.{parent}")
        if chosen is not None:
            connection.set_context(chosen)

    return choose
