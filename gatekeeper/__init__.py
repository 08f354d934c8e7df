"""An API gateway on Twisted that runs KrakenD configuration files unchanged."""

from __future__ import annotations

__all__ = ["COMPATIBLE_WITH", "PRODUCT", "__version__"]

__version__ = "0.1.0"

PRODUCT = f"Gatekeeper/{__version__}"
"""What `User-Agent` and `X-Forwarded-Via` tell backends."""

COMPATIBLE_WITH = "2.13"
"""The KrakenD release whose configuration (version 3) is understood."""
