"""
The shape of one manipulation: a function from a backend's data to what is left of it.

Objects are exactly `dict` and lists exactly `list`.  A subclass of `dict` is a value that
cannot be entered: details of an error or an item of a feed, whose keys have an order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gatekeeper.message import JSON

__all__ = ["Change", "Data"]

Data: TypeAlias = dict[str, JSON] | None
"""What a response holds: an object, or None for a body that was ``null``."""

Change: TypeAlias = Callable[[Data], Data]
"""May change the data in place; what it gives back counts."""
