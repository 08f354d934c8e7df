"""
Where the admin site listens.

Namespace ``gatekeeper/admin``, at service level, a key of our own:
``{"listen": "127.0.0.1:8091", "names": ["gateway.internal"], "disabled": false}``.  Orders such
as a reload need a token: ``"token_file"``, ``"token"``, or the environment variable
``GATEKEEPER_ADMIN_TOKEN``; without one there are no orders.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path

from attrs import field, frozen

from gatekeeper.config.model import ServiceConfig
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems

__all__ = ["NAMESPACE", "VARIABLE", "AdminSettings"]

NAMESPACE = "gatekeeper/admin"
VARIABLE = "GATEKEEPER_ADMIN_TOKEN"


@frozen
class AdminSettings:
    """
    The settings of the admin site.

    Attributes:
        address, port: Where it listens.
        names: What it may be called in ``Host`` besides ``localhost`` and addresses.
        disabled: No admin site at all.
        token: What operators have to show with an order; empty: there are no orders.
        configured: Whether the file says so; a busy port is then an error.
    """

    address: str = "127.0.0.1"
    port: int = 8091
    names: Sequence[str] = ()
    disabled: bool = False
    token: str = field(default="", repr=False)
    configured: bool = False

    @classmethod
    def of(
        cls,
        service: ServiceConfig,
        problems: Problems,
        environ: Mapping[str, str] = os.environ,
    ) -> AdminSettings:
        """Read what a configuration says, or give the defaults."""
        found = service.extra_config.get(NAMESPACE)
        fallback = environ.get(VARIABLE, "").strip()
        if found is None:
            return cls(token=fallback)
        return cls.read(Reader(found.value, found.pointer, problems), fallback)

    @classmethod
    def read(cls, json: Reader, fallback: str = "") -> AdminSettings:
        """
        Read the settings; mistakes are reported to the reader.

        Args:
            fallback: The token, when the settings have none.
        """
        listen = json.text("listen", default="127.0.0.1:8091")
        address, _, port = listen.rpartition(":")
        address = address.strip("[]")
        try:
            ip_address(address)
            number = int(port)
        except ValueError:
            number = -1
        if not 0 <= number <= 65535:
            json.problem(
                "listen", f'expected an address such as "127.0.0.1:8091", found "{listen}"'
            )
            address, number = "127.0.0.1", 8091
        return cls(
            address=address,
            port=number,
            names=tuple(json.texts("names", default=())),
            disabled=json.boolean("disabled", default=False),
            token=_token(json) or fallback,
            configured=True,
        )


def _token(json: Reader) -> str:
    """Read the token, from a file if one is named; what is there must not be empty."""
    name = json.text("token_file", default="")
    if name:
        try:
            token = Path(name).read_text("utf-8").strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            json.problem("token_file", f"cannot read {name}: {str(reason).lower()}")
            return ""
        if not token:
            json.problem("token_file", f"{name} is empty")
        return token
    token = json.text("token", default="")
    if json.has("token") and not token:
        json.problem("token", "expected a text that is not empty")
    return token
