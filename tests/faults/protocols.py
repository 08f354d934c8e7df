"""What clients of the load can speak."""

from __future__ import annotations

from tests.faults.h2_client import open_h2
from tests.faults.load import Open, open_h1

__all__ = ["PROTOCOLS"]

PROTOCOLS: dict[str, tuple[Open, bool]] = {
    "h1": (open_h1, False),
    "h1-tls": (open_h1, True),
    "h2c": (open_h2, False),
    "h2-tls": (open_h2, True),
}
"""How a connection is opened, and whether with TLS."""
