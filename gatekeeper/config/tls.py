"""
Read the blocks ``tls`` (clients to us) and ``client_tls`` (us to backends).

Two traps are kept because files rely on them: any ``client_tls`` block, even an empty one,
raises the minimum for backends to TLS 1.3; and versions that are not known mean TLS 1.3.

Source: KrakenD documentation, "TLS"; conformance cases ``tls-server``, ``tls-backend``
and ``refuse-listener``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gatekeeper.config.model import TLS, ClientTLS, KeyPair
from gatekeeper.config.pointer import below
from gatekeeper.config.reading import Node, Reading
from gatekeeper.config.weak import Unfit, decode, found, integer, text
from gatekeeper.message import JSON

__all__ = ["read_client_tls", "read_tls"]

_VERSIONS = {
    "SSL3.0": "TLS10",  # no library offers it any more
    "TLS10": "TLS10",
    "TLS11": "TLS11",
    "TLS12": "TLS12",
    "TLS13": "TLS13",
}
_PAIR = {"public_key": text, "private_key": text}
_CLIENT_PAIR = {"certificate": text, "private_key": text}

_IANA = "the number that IANA gave it: 4865 is TLS_AES_128_GCM_SHA256, 29 is X25519"


def read_tls(value: Mapping[str, JSON], pointer: str, reading: Reading) -> TLS | None:
    """
    Read how clients reach us; None when the block is disabled or unusable.

    A disabled block is not used, but what stands in it must have the right types all the same.
    """
    block = reading.decode("tls", value, pointer)
    listed = _pairs(block.get("keys"), block.place("keys"), _PAIR, reading)
    curves = _numbers(block, "curve_preferences", reading)
    ciphers = _numbers(block, "cipher_suites", reading)
    if block.get("disabled"):
        return None
    pairs = [*listed, *_legacy_pair(block)]
    if not pairs and block.get("keys"):  # none of them is an object, which was reported
        return None
    if not _complete(pairs, pointer, reading):
        return None
    least = "TLS12" if reading.version == 2 else "TLS13"
    oldest = _version(block, "min_version", least, reading)
    newest = _version(block, "max_version", "TLS13", reading)
    if oldest > newest:
        message = f"no TLS version is left between {oldest} and {newest}: no client can connect"
        reading.problems.add(pointer, message, '"min_version": "TLS12"', fatal=False)
    trusted = pairs if reading.version == 2 else listed
    return TLS(
        keys=tuple(pairs),
        min_version=oldest,
        max_version=newest,
        curves=curves,
        ciphers=ciphers,
        enable_mtls=block.get("enable_mtls", False),
        client_cas=(*block.get("ca_certs", ()), *(pair.certificate for pair in trusted)),
        disable_system_ca_pool=block.get("disable_system_ca_pool", False),
    )


def read_client_tls(value: Mapping[str, JSON], pointer: str, reading: Reading) -> ClientTLS:
    """Read how backends are reached, for a file that has the block."""
    block = reading.decode("client_tls", value, pointer)
    certificates = _pairs(
        block.get("client_certs"), block.place("client_certs"), _CLIENT_PAIR, reading
    )
    return ClientTLS(
        allow_insecure_connections=block.get("allow_insecure_connections", False),
        ca_certs=block.get("ca_certs", ()),
        disable_system_ca_pool=block.get("disable_system_ca_pool", False),
        min_version=_version(block, "min_version", "TLS13", reading),
        max_version=_version(block, "max_version", "TLS13", reading),
        curves=_numbers(block, "curve_preferences", reading),
        ciphers=_numbers(block, "cipher_suites", reading),
        client_certs=tuple(certificates),
    )


def _pairs(
    value: JSON, pointer: str, fields: Mapping[str, Callable[[JSON], Any]], reading: Reading
) -> list[KeyPair]:
    pairs = []
    for item, place in reading.items(value, pointer, "an object with two file names"):
        decoded, _ = decode(fields, item, place, reading.problems)
        pairs.append(KeyPair(*(decoded.get(name, "") for name in fields)))
    return pairs


def _legacy_pair(block: Node) -> list[KeyPair]:
    pair = KeyPair(block.get("public_key", ""), block.get("private_key", ""))
    return [pair] if pair.certificate or pair.private_key else []


def _complete(pairs: list[KeyPair], pointer: str, reading: Reading) -> bool:
    missing = [pair for pair in pairs if not (pair.certificate and pair.private_key)]
    if pairs and not missing:
        return True
    half = "private" if missing and missing[0].certificate else "public"
    reading.problems.add(
        pointer,
        f"{half} key not defined",
        '"keys": [{"public_key": "cert.pem", "private_key": "key.pem"}]',
    )
    return False


def _version(block: Node, key: str, default: str, reading: Reading) -> str:
    written = block.get(key, "")
    if not written:
        return default
    if written not in _VERSIONS:
        message = f"unknown TLS version {found(written)}, {default} is used"
        near = "TLS" + "".join(filter(str.isdigit, written))
        hint = f'"{near}"' if near in _VERSIONS else ""
        reading.problems.add(block.place(key), message, hint, fatal=False)
    return _VERSIONS.get(written, default)


def _numbers(block: Node, key: str, reading: Reading) -> tuple[int, ...]:
    value = block.get(key, [])
    numbers = []
    for position, item in enumerate(value if isinstance(value, list) else [value]):
        try:
            numbers.append(integer(item))
        except Unfit as unfit:
            place = below(block.place(key), position)
            reading.problems.add(place, unfit.message, _IANA)
    return tuple(numbers)
