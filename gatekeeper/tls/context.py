"""
What the contexts of both sides have in common: versions, ciphers, curves, trust.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cryptography import x509
from OpenSSL import SSL, crypto

from gatekeeper.errors import Problems
from gatekeeper.tls.ciphers import DEFAULT_CIPHERS, cipher_names, curve_names
from gatekeeper.tls.files import Pair, UnusableFile, read_certificates
from gatekeeper.tls.untyped import untyped
from gatekeeper.tls.versions import limit_versions, needs_old_signatures

__all__ = ["context", "trust", "use_pair"]

_SSL: Any = SSL
"""What the published annotations of pyOpenSSL do not know."""

_OPTIONS: int = (
    SSL.OP_NO_COMPRESSION
    | _SSL.OP_NO_RENEGOTIATION
    | SSL.OP_CIPHER_SERVER_PREFERENCE
    | SSL.OP_SINGLE_DH_USE
    | SSL.OP_SINGLE_ECDH_USE
)


def context(
    versions: tuple[str, str],
    ciphers: Sequence[int],
    curves: Sequence[int],
    problems: Problems,
    pointer: str,
) -> SSL.Context:
    """
    Make a context that knows no certificate yet.

    Args:
        versions: The lowest and the highest, as configured.
        ciphers: Empty means our default: forward secrecy and authenticated encryption.
        curves: Empty means OpenSSL's choice, which includes the three of the original.
        problems: Gets what cannot be honoured.
        pointer: Of the block in the configuration.
    """
    made = SSL.Context(SSL.TLS_METHOD)
    made.set_options(_OPTIONS)
    made.set_mode(SSL.MODE_RELEASE_BUFFERS)
    limit_versions(made, *versions)
    _use_ciphers(made, versions[0], ciphers, problems, pointer)
    if curves:
        _use_curves(made, curves, problems, pointer)
    return made


def _use_ciphers(
    made: SSL.Context, lowest: str, numbers: Sequence[int], problems: Problems, pointer: str
) -> None:
    names = cipher_names(numbers or DEFAULT_CIPHERS)
    if not names:  # only suites of TLS 1.3, which need no choice, or none that exists
        limit_versions(made, "TLS13", "TLS13")
        problems.add(
            f"{pointer}/cipher_suites",
            "none of these suites is usable below TLS 1.3, so only TLS 1.3 is left",
            fatal=False,
        )
        return
    level = ["@SECLEVEL=0"] if needs_old_signatures(lowest) else []
    try:
        made.set_cipher_list(":".join([*names, *level]).encode())
    except SSL.Error:
        problems.add(f"{pointer}/cipher_suites", "OpenSSL knows none of these suites any more")


def _use_curves(
    made: SSL.Context, numbers: Sequence[int], problems: Problems, pointer: str
) -> None:
    names = ":".join(curve_names(numbers)).encode()
    # pyOpenSSL can set one curve only; the function for a list is in its binding.
    lib = _SSL._lib
    if not names or lib.SSL_CTX_set1_curves_list(untyped(made)._context, names) != 1:
        lib.ERR_clear_error()
        problems.add(f"{pointer}/curve_preferences", "OpenSSL cannot use these curves")


def use_pair(made: SSL.Context, pair: Pair) -> None:
    """
    Prove who we are with this pair.

    Raises:
        UnusableFile: OpenSSL refuses it, for example because the key is too short.
    """
    context = untyped(made)
    try:
        context.use_certificate(pair.chain[0])
        for certificate in pair.chain[1:]:
            context.add_extra_chain_cert(certificate)
        context.use_privatekey(pair.key)
    except SSL.Error as error:
        reasons = ", ".join(str(part[-1]) for part in error.args[0]) if error.args else "unknown"
        raise UnusableFile(f"OpenSSL refuses the certificate: {reasons}") from error


def trust(
    made: SSL.Context,
    files: Iterable[str],
    *,
    system_pool: bool,
    problems: Problems,
    pointer: str,
    also: Iterable[x509.Certificate] = (),
) -> list[x509.Certificate]:
    """
    Say who may vouch for the other side.

    Every listed certificate is an anchor, also an intermediate one, as in the original.  A
    file that cannot be read is a warning: nobody is trusted who should not be.

    Args:
        files: PEM files of authorities.
        system_pool: Trust those of the operating system as well (``SSL_CERT_FILE`` and
            ``SSL_CERT_DIR`` are honoured).
        also: Further anchors.

    Returns:
        The certificates of the files.
    """
    store = made.get_cert_store()
    if store is None:
        raise RuntimeError("a context without a store")
    if system_pool:
        made.set_default_verify_paths()
    listed = []
    for index, path in enumerate(files):
        try:
            listed += read_certificates(path)
        except UnusableFile as error:
            problems.add(f"{pointer}/ca_certs/{index}", f"ignored: {error}", fatal=False)
    for certificate in [*listed, *also]:
        store.add_cert(crypto.X509.from_cryptography(certificate))
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    return listed
