"""
Translate the numbers of cipher suites and curves to OpenSSL's names.

The configuration writes them as IANA registers them.  Only suites up to TLS 1.2 can be
chosen; those of TLS 1.3 are fixed.

Source: IANA, "TLS Cipher Suites" and "TLS Supported Groups".
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["DEFAULT_CIPHERS", "cipher_names", "curve_names"]

DEFAULT_CIPHERS = (49199, 49195, 49200, 49196, 52392, 52393)

_CIPHERS = {
    0x000A: "DES-CBC3-SHA",
    0x002F: "AES128-SHA",
    0x0035: "AES256-SHA",
    0x003C: "AES128-SHA256",
    0x009C: "AES128-GCM-SHA256",
    0x009D: "AES256-GCM-SHA384",
    0xC009: "ECDHE-ECDSA-AES128-SHA",
    0xC00A: "ECDHE-ECDSA-AES256-SHA",
    0xC012: "ECDHE-RSA-DES-CBC3-SHA",
    0xC013: "ECDHE-RSA-AES128-SHA",
    0xC014: "ECDHE-RSA-AES256-SHA",
    0xC023: "ECDHE-ECDSA-AES128-SHA256",
    0xC027: "ECDHE-RSA-AES128-SHA256",
    0xC02B: "ECDHE-ECDSA-AES128-GCM-SHA256",
    0xC02C: "ECDHE-ECDSA-AES256-GCM-SHA384",
    0xC02F: "ECDHE-RSA-AES128-GCM-SHA256",
    0xC030: "ECDHE-RSA-AES256-GCM-SHA384",
    0xCCA8: "ECDHE-RSA-CHACHA20-POLY1305",
    0xCCA9: "ECDHE-ECDSA-CHACHA20-POLY1305",
}

_CURVES = {
    23: "P-256",
    24: "P-384",
    25: "P-521",
    29: "X25519",
    30: "X448",
    4587: "SecP256r1MLKEM768",
    4588: "X25519MLKEM768",
    4589: "SecP384r1MLKEM1024",
}


def cipher_names(numbers: Iterable[int]) -> list[str]:
    """Give the names of those suites that OpenSSL may still know, in the given order."""
    return [_CIPHERS[number] for number in numbers if number in _CIPHERS]


def curve_names(numbers: Iterable[int]) -> list[str]:
    """Give the names of those curves that OpenSSL may know, in the given order."""
    return [_CURVES[number] for number in numbers if number in _CURVES]
