"""
Where the admin site listens.

Namespace ``gatekeeper/admin``, at service level, a key of our own:
``{"listen": "127.0.0.1:8091", "names": ["gateway.internal"], "disabled": false}``.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

from attrs import frozen

from gatekeeper.config.model import ServiceConfig
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems

__all__ = ["NAMESPACE", "AdminSettings"]

NAMESPACE = "gatekeeper/admin"


@frozen
class AdminSettings:
    """
    The settings of the admin site.

    Attributes:
        address, port: Where it listens.
        names: What it may be called in ``Host`` besides ``localhost`` and addresses.
        disabled: No admin site at all.
        configured: Whether the file says so; a busy port is then an error.
    """

    address: str = "127.0.0.1"
    port: int = 8091
    names: Sequence[str] = ()
    disabled: bool = False
    configured: bool = False

    @classmethod
    def of(cls, service: ServiceConfig, problems: Problems) -> AdminSettings:
        """Read what a configuration says, or give the defaults."""
        found = service.extra_config.get(NAMESPACE)
        if found is None:
            return cls()
        return cls.read(Reader(found.value, found.pointer, problems))

    @classmethod
    def read(cls, json: Reader) -> AdminSettings:
        """Read the settings; mistakes are reported to the reader."""
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
            configured=True,
        )
