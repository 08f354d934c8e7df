"""
Tokens that must never be believed, each with the configured algorithm that it attacks.

Most are made by somebody who knows everything public: the keys that verify, a good token, and
the format.  `CANARY` is where such a token wants a key to be fetched from.

Sources: RFC 8725; CVE-2015-9235, CVE-2016-5431 (key confusion), CVE-2018-0114 (embedded key),
CVE-2022-21449 (zero signatures), CVE-2022-29217, CVE-2024-54150, CVE-2025-59420 (``crit``).
"""

from __future__ import annotations

import base64
import hmac
import json
import zlib
from collections.abc import Iterator
from typing import TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.jose.tokens import (
    EC,
    JSON,
    NOW,
    RSA,
    b64,
    compact,
    ec_jwk,
    kid_of,
    raw,
    rsa_jwk,
    sign,
    token,
)

CANARY = "http://canary.example/keys"

Row: TypeAlias = tuple[str, str, str]
"""What it tries, the configured algorithm, the token."""

GOOD = {"sub": "ann", "exp": NOW + 60}
EVIL = {"sub": "root", "exp": NOW + 60}

_STRANGER = rsa.generate_private_key(65537, 2048)
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def attacks() -> list[Row]:
    """Give the whole table."""
    return [
        *_unsigned(),
        *_confused(),
        *_key_references(),
        *_rearranged(),
        *_ambiguous(),
        *_times(),
        *_extensions(),
        *_encrypted(),
        *_zeros(),
        *_spellings(),
    ]


def _unsigned() -> Iterator[Row]:
    """No signature, or none that was made with the key."""
    for name in ("none", "None", "NONE", "nOnE", "none ", " none", "", "n\\u006fne", "null"):
        text = json.dumps({"kid": "rs"})[:-1] + f', "alg": "{name}"}}'
        yield f"alg {name!r}, no signature", "RS256", token(EVIL, header=text, signature=b"")
        yield (
            f"alg {name!r}, old signature",
            "RS256",
            token(EVIL, header=text, signature=sign("RS256", b"x")),
        )
    for alg in (None, 5, ["RS256"], {"RS256": 1}, True):
        header = compact({"alg": alg, "kid": "rs"})
        yield f"alg is {alg!r}", "RS256", token(EVIL, header=header, signature=b"")
    yield "no alg", "RS256", token(EVIL, header='{"kid":"rs"}', signature=b"")
    for name in ("HS256", "RS256", "ES256", "EdDSA", "PS256"):
        yield f"{name} without signature", name, token(EVIL, name, signature=b"")
    yield "empty everything", "HS256", ".."


def _confused() -> Iterator[Row]:
    """A public key used as a shared secret, or one algorithm for another."""
    public = RSA.public_key()
    jwk = rsa_jwk(kid="rs")
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    secrets = {
        "PEM": pem,
        "PEM without its last line break": pem.rstrip(b"\n"),
        "PKCS 1 PEM": public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "PKCS 1 DER": public.public_bytes(Encoding.DER, PublicFormat.PKCS1),
        "JWK": json.dumps(jwk).encode(),
        "compact JWK": compact(jwk).encode(),
        "modulus": public.public_numbers().n.to_bytes(256),
        "base64url of the modulus": jwk["n"].encode(),
        "nothing": b"",
    }
    for name, secret in secrets.items():
        header = {"kid": "rs"}
        made = token(EVIL, "HS256", header, secret=secret)
        yield f"HS256 with the RSA key as {name}", "RS256", made
        yield f"the same where HS256 is right, {name}", "HS256", made
        signed = token(EVIL, "RS256", signature=b"").rstrip(".")
        forged = hmac.digest(secret, signed.encode(), "sha256")
        yield f"alg RS256 over an HMAC with {name}", "RS256", f"{signed}.{b64(forged)}"
    for one, other in (
        ("HS256", "HS384"), ("HS512", "HS256"), ("RS256", "RS384"), ("RS256", "PS256"),
        ("PS256", "RS256"), ("ES256", "ES384"), ("ES256", "RS256"), ("EdDSA", "HS256"),
    ):  # fmt: skip
        yield f"{other} where {one} is configured", one, token(EVIL, other)
        signed = token(EVIL, one, {"kid": kid_of(one)}, signature=b"").rstrip(".")
        made = sign(other, signed.encode())
        yield f"{one} said, {other} done", one, f"{signed}.{b64(made)}"
    yield "the kid of a key of another kind", "RS256", token(EVIL, "RS256", {"kid": "hs"})
    yield "the kid of a key on another curve", "ES256", token(EVIL, "ES256", {"kid": "es384"})
    signed = token(EVIL, "ES256", {"kid": "es384"}, signature=b"").rstrip(".")
    wide = raw(EC["P-384"], signed.encode(), hashes.SHA256())
    yield "a signature on another curve", "ES256", f"{signed}.{b64(wide)}"


def _key_references() -> Iterator[Row]:
    """Keys that the token brings, or says where they are."""
    for kid in (
        "nope", "RS", "rs ", "", "../../../dev/null", "/proc/self/environ", "rs' OR '1'='1",
        "rs\u0000", CANARY, "file:///dev/null", "|id", "a" * 5000, "constructor", "__class__",
    ):  # fmt: skip
        yield f"kid {kid[:40]!r}", "RS256", _by_stranger({"kid": kid})
        yield (
            f"kid {kid[:40]!r} and an empty secret",
            "HS256",
            token(EVIL, "HS256", {"kid": kid}, secret=b""),
        )
    for kid in (5, ["rs"], {"rs": 1}, True):
        yield f"kid {kid!r}", "RS256", _by_stranger({"kid": kid})
    yield "no kid", "RS256", _by_stranger({"kid": None})
    stranger = rsa_jwk(_STRANGER, kid="rs")
    certificates = [base64.b64encode(b"certificate").decode()]
    brought: tuple[dict[str, JSON], ...] = (
        {"jku": CANARY},
        {"jku": CANARY + "#rs"},
        {"x5u": CANARY},
        {"x5c": certificates},
        {"x5c": certificates, "x5t": "rs"},
        {"jwk": stranger},
        {"jwk": stranger, "kid": "stranger"},
        {"jwk": stranger, "jku": CANARY, "x5u": CANARY},
        {"jwk": rsa_jwk(_STRANGER, private=True)},
        {"jwk": {"kty": "oct", "k": b64("evil")}},
        {"x5t": "rs", "x5t#S256": "rs"},
        {"url": CANARY, "iss": CANARY, "kid": CANARY},
    )
    for number, more in enumerate(brought):
        yield f"key #{number} by {', '.join(more)}", "RS256", _by_stranger(more)


def _by_stranger(more: dict[str, JSON]) -> str:
    """Sign with a key that nobody has configured."""
    signed = token(EVIL, "RS256", more, signature=b"").rstrip(".")
    return f"{signed}.{b64(_STRANGER.sign(signed.encode(), PKCS1v15(), hashes.SHA256()))}"


def _rearranged() -> Iterator[Row]:
    """Parts of good tokens in other places."""
    good, other = token(GOOD), token(EVIL, secret=b"somebody else's secret")
    head, payload, signature = good.split(".")
    evil = other.split(".")[1]
    for name, text in (
        ("another payload", f"{head}.{evil}.{signature}"),
        ("no payload", f"{head}..{signature}"),
        ("no header", f".{payload}.{signature}"),
        ("no signature", f"{head}.{payload}."),
        ("two parts", f"{head}.{payload}"),
        ("one part", head),
        ("four parts", f"{good}.{signature}"),
        ("a dot behind", f"{good}."),
        ("a dot before", f".{good}"),
        ("two dots", f"{head}..{payload}.{signature}"),
        ("turned round", f"{signature}.{payload}.{head}"),
        ("payload first", f"{payload}.{head}.{signature}"),
        ("header twice", f"{head}.{head}.{signature}"),
        ("half a signature", f"{head}.{payload}.{signature[:20]}"),
        ("one character less", good[:-1]),
        ("one character more", good + "A"),
        ("two signatures", f"{head}.{payload}.{signature}{signature}"),
        ("a million dots", "." * 1_000_000),
        ("dots in the middle", f"{head}{'.' * 10_000}{signature}"),
        ("a huge payload", f"{head}.{'A' * 1_000_000}.{signature}"),
        ("a huge header", f"{'A' * 1_000_000}.{payload}.{signature}"),
        ("a huge signature", f"{head}.{payload}.{'A' * 1_000_000}"),
        ("two tokens", f"{good},{good}"),
        ("JSON, flattened", json.dumps(
            {"protected": head, "payload": payload, "signature": signature}
        )),
        ("JSON, general", json.dumps(
            {"payload": payload, "signatures": [{"protected": head, "signature": signature}]}
        )),
    ):  # fmt: skip
        yield name, "HS256", text


def _ambiguous() -> Iterator[Row]:
    """Names that stand twice, and what is no object."""
    for header in (
        '{"alg":"HS256","alg":"none","kid":"hs"}',
        '{"alg":"none","alg":"HS256","kid":"hs"}',
        '{"alg":"HS256","kid":"nope","kid":"hs"}',
        '{"alg":"HS256","\\u006bid":"x","kid":"hs"}',
        '{"alg":"HS256","kid":"hs","x":{"a":1,"a":2}}',
        '{"alg":"HS256","kid":"hs",}',
        '{"alg":"HS256","kid":"hs"}{}',
        '[{"alg":"HS256","kid":"hs"}]',
        '{"ALG":"HS256","KID":"hs"}',
        "null",
        "",
    ):
        yield f"header {header}", "HS256", token(GOOD, header=header)
    for payload in (
        '{"sub":"ann","sub":"root"}',
        '{"exp":1,"exp":99999999999}',
        '{"sub":"ann","x":{"y":[{"a":1,"a":1}]}}',
        "[]", "null", "5", '"text"', "{", "", '{"a":NaN}', "{}x", "\ufeff{}",
        "[" * 5000 + "]" * 5000, '{"a":' * 500 + "1" + "}" * 500,
    ):  # fmt: skip
        yield f"payload {payload[:30]}", "HS256", token(payload)


def _times() -> Iterator[Row]:
    """Expired, not yet, impossible."""
    for claims in (
        {"exp": NOW - 2}, {"exp": 0}, {"exp": -1}, {"exp": -1e18}, {"exp": NOW - 1.5},
        {"exp": str(NOW + 60)}, {"exp": [NOW + 60]}, {"exp": {}}, {"exp": True}, {"exp": False},
        {"nbf": NOW + 5}, {"nbf": 1e18}, {"nbf": str(NOW)}, {"nbf": True},
        {"iat": NOW + 5}, {"iat": 1e18}, {"iat": []},
        {"exp": 2**63}, {"exp": 2**64}, {"exp": 10**400}, {"exp": -(10**400)},
        {"exp": 1e300}, {"nbf": -1e300}, {"iat": -(2**70)},
    ):  # fmt: skip
        yield f"times {str(claims)[:40]}", "HS256", token(claims)
    for text in ("1e999", "-1e999", "NaN", "Infinity", "-Infinity", "0x7fffffff", "1e400", "01"):
        for name in ("exp", "nbf", "iat"):
            yield f"{name} {text}", "HS256", token(f'{{"{name}":{text}}}')


def _extensions() -> Iterator[Row]:
    """Critical headers and payloads that are not encoded."""
    for more in (
        {"crit": ["exp"], "exp": 1},
        {"crit": ["http://example.com/x"]},
        {"crit": ["b64", "exp"]},
        {"crit": []},
        {"crit": "exp"},
        {"crit": {}},
        {"crit": None},
        {"crit": [5]},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"b64": "false"},
        {"b64": 0},
    ):
        yield f"header {more}", "HS256", token(GOOD, header=more)
    head = b64(compact({"alg": "HS256", "kid": "hs", "b64": False, "crit": ["b64"]}))
    signed = f"{head}.{compact(EVIL)}"
    yield "payload in clear", "HS256", f"{signed}.{b64(sign('HS256', signed.encode()))}"
    packed = b64(zlib.compress(compact(GOOD).encode()))
    signed = f"{b64(compact({'alg': 'HS256', 'kid': 'hs', 'zip': 'DEF'}))}.{packed}"
    yield "compressed payload", "HS256", f"{signed}.{b64(sign('HS256', signed.encode()))}"


def _encrypted() -> Iterator[Row]:
    """Tokens of five parts, nested or not."""
    for header in (
        {"alg": "dir", "enc": "A128GCM"},
        {"alg": "RSA-OAEP", "enc": "A256GCM", "zip": "DEF"},
        {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2**31, "p2s": "AA"},
        {"alg": "HS256", "enc": "A128GCM", "kid": "hs"},
    ):
        yield f"JWE {header['alg']}", "HS256", f"{b64(compact(header))}..AAAA.AAAA.AAAA"
        yield f"JWE {header['alg']} in three parts", "HS256", f"{b64(compact(header))}.AAAA.AAAA"


def _zeros() -> Iterator[Row]:
    """Signatures that naive arithmetic would accept."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for name, one, two in (
        ("zeros", 0, 0), ("zero and one", 0, 1), ("one and zero", 1, 0), ("ones", 1, 1),
        ("the order", order, order), ("the order and one", order + 1, 1), ("most", 2**256 - 1, 1),
    ):  # fmt: skip
        made = one.to_bytes(32) + two.to_bytes(32)
        yield f"ECDSA with {name}", "ES256", token(EVIL, "ES256", signature=made)
    signed = token(EVIL, "ES256", signature=b"").rstrip(".")
    der = EC["P-256"].sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
    yield "ECDSA in DER", "ES256", f"{signed}.{b64(der)}"
    good = raw(EC["P-256"], signed.encode(), hashes.SHA256())
    yield "ECDSA with a zero before", "ES256", f"{signed}.{b64(bytes(2) + good)}"
    yield "ECDSA turned round", "ES256", f"{signed}.{b64(good[32:] + good[:32])}"
    for size in (0, 32, 63, 64, 65):
        yield f"Ed25519, {size} zeros", "EdDSA", token(EVIL, "EdDSA", signature=bytes(size))
    for size in (0, 1, 255, 256, 257):
        yield f"RSA, {size} zeros", "RS256", token(EVIL, "RS256", signature=bytes(size))
        one = bytes(max(0, size - 1)) + b"\1"
        yield f"PSS, the number one in {size}", "PS256", token(EVIL, "PS256", signature=one)
    yield "ES256 by a private key that anybody can guess", "ES256", _guessed()


def _guessed() -> str:
    signed = token(EVIL, "ES256", {"jwk": ec_jwk()}, signature=b"").rstrip(".")
    guessed = ec.derive_private_key(1, ec.SECP256R1())
    return f"{signed}.{b64(raw(guessed, signed.encode(), hashes.SHA256()))}"


def _spellings() -> Iterator[Row]:
    """Other spellings of a good token's bytes."""
    good = token({"a": 12})
    head, payload, signature = good.split(".")
    assert len(payload) % 4 == 3
    assert len(signature) % 4 == 3
    for name, text in (
        ("loose bits in the signature", f"{head}.{payload}.{_loosened(signature)}"),
        ("loose bits in the payload", f"{head}.{_loosened(payload)}.{signature}"),
        ("padding in the middle", f"{head}.{payload[:4]}={payload[4:]}.{signature}"),
        ("padding before", f"{head}.{payload}.={signature}"),
        ("a percent sign", f"{head}.{payload}.%41{signature[1:]}"),
        ("a null byte", f"{head}.{payload}.{signature}\0"),
        ("a letter that looks alike", f"{head}.{payload}.{signature[:-1]}\u0410"),
        ("full width dots", good.replace(".", "\uff0e")),
        ("capitals", good.upper()),
        ("quotes", f'"{good}"'),
        ("rubbish characters", f"{head}.{payload}.{signature[:5]}!*{signature[5:]}"),
    ):
        yield name, "HS256", text
    binary = token(GOOD, "RS256")
    yield "the other alphabet", "RS256", binary.replace("-", "+").replace("_", "/")


def _loosened(part: str) -> str:
    """Set a bit that no byte uses."""
    return part[:-1] + _ALPHABET[_ALPHABET.index(part[-1]) | 1]
