"""
Read what ``auth/revoker`` says, and derive the shape of the filters from it.

All settings are needed, and any mistake stops the start: a gateway that was told to refuse
revoked tokens must not accept them because of a typo.

Source: KrakenD documentation, "Revoking tokens"; specification of authentication, section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from math import ceil, log

from attrs import frozen

from gatekeeper.config.model import ServiceConfig
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems
from gatekeeper.revocation.hashing import FAMILIES

__all__ = ["LISTEN_NAMESPACE", "MAX_TOTAL_BYTES", "NAMESPACE", "Revocation", "listen_address"]

NAMESPACE = "auth/revoker"
LISTEN_NAMESPACE = "gatekeeper/revoker"
"""A namespace of our own, so that the file stays loadable by KrakenD."""

MAX_TOTAL_BYTES = 4 << 30
"""What the three filters may take together."""

_MAX_TTL_S = 10 * 365 * 86400
_LOOPBACK = "127.0.0.1"
_IGNORED = "revoke_server_"


@frozen
class Revocation:
    """
    The settings of the revoker.

    Attributes:
        elements: How many elements a filter should hold (``N``).
        probability: How often a token may be refused by accident then (``P``).
        hash_name: ``optimal`` or ``default``.
        ttl_s: Seconds between slides.
        port: Of the RPC server; 0 takes a free one.
        token_keys: Claims that are looked at, in this order.
    """

    elements: int
    probability: float
    hash_name: str
    ttl_s: int
    port: int
    token_keys: Sequence[str]

    @property
    def bits(self) -> int:
        """How many bits a filter has; the original's formula, rounding included."""
        return ceil(-(self.elements * log(self.probability)) / log(2.0 ** log(2.0)))

    @property
    def hashes(self) -> int:
        """How many hash values an element has."""
        return ceil(log(2.0) * self.bits / self.elements)

    @classmethod
    def read(cls, json: Reader) -> Revocation:
        """Read the settings; keys match in any letter case, as in the original."""
        members = {key: json.value(key) for key in json}
        json = Reader(members, json.pointer, json.problems, any_case=True)
        made = cls(
            elements=json.integer("N", minimum=1),
            probability=json.number("P"),
            hash_name=json.choice("hash_name", FAMILIES),
            ttl_s=json.integer("TTL", minimum=1, maximum=_MAX_TTL_S),
            port=json.integer("port", minimum=0, maximum=65535),
            token_keys=json.texts("token_keys"),
        )
        json.texts("headers", default=())  # read and unused, in the original as well
        made._check(json)
        return made

    def _check(self, json: Reader) -> None:
        if json.has("P") and not 0 < self.probability < 1:
            json.problem("P", f"expected a number between 0 and 1, found {self.probability}")
        elif self.elements > 0 and 0 < self.probability < 1 and self._bytes() > MAX_TOTAL_BYTES:
            json.problem("N", f"three filters would take {self._bytes():,} bytes of memory")
        if json.has("token_keys") and not self.token_keys:
            json.problem("token_keys", "expected at least one claim: nothing would be refused")
        for key in json:
            if key.lower().startswith(_IGNORED):
                message = f'"{key}" is a feature of KrakenD Enterprise: it is ignored'
                json.problem(key, message, fatal=False)

    def _bytes(self) -> int:
        return 3 * (self.bits + 7) // 8


def listen_address(service: ServiceConfig, problems: Problems) -> str:
    """
    Give the address on which the RPC server listens: loopback unless the file says otherwise.

    ``"gatekeeper/revoker": {"listen": "10.0.0.5"}``; the port is that of ``auth/revoker``.
    """
    found = service.extra_config.get(LISTEN_NAMESPACE)
    if found is None:
        return _LOOPBACK
    json = Reader(found.value, found.pointer, problems)
    json.known("listen")
    address = json.text("listen", default=_LOOPBACK)
    if not _is_address(address):
        json.problem("listen", f'expected an address such as "10.0.0.5", found "{address}"')
        return _LOOPBACK
    if not ip_address(address).is_loopback:
        message = f"whoever reaches {address} can revoke any token: the RPC has no authentication"
        json.problem("listen", message, fatal=False)
    return address


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
