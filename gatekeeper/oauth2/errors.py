"""Say that there is no token."""

from __future__ import annotations

from gatekeeper.errors import GatekeeperError

__all__ = ["NoToken"]


class NoToken(GatekeeperError):
    """
    A token server gave no token.

    The text is the original's.  Clients may see it (``router.return_error_msg``) and logs
    have it, so whoever raises this leaves secrets out.
    """
