"""The backend of the demo: a shop with two items."""

from __future__ import annotations

import json
from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import Request, Site

__all__ = ["PORT", "shop"]

PORT = 8092

ITEMS: dict[str, dict[str, Any]] = {
    "7": {"id": 7, "name": "Green tea", "price": 4.90, "supplier": "not for clients"},
    "8": {"id": 8, "name": "Black tea", "price": 3.50, "supplier": "not for clients"},
}
STOCK = {"7": {"count": 12}, "8": {"count": 0}}


class _Table(Resource):
    """Rows by number; the table itself is a list."""

    isLeaf = True

    def __init__(self, rows: dict[str, dict[str, Any]]) -> None:
        super().__init__()
        self.rows = rows

    def render_GET(self, request: Request) -> bytes:
        """Give a row, or all."""
        request.setHeader(b"Content-Type", b"application/json")
        if not request.postpath:
            return json.dumps(list(self.rows.values())).encode()
        row = self.rows.get(request.postpath[0].decode("latin-1"))
        if row is None:
            request.setResponseCode(404)
            return b'{"error": "no such item"}'
        return json.dumps(row).encode()


def shop() -> Site:
    """Make the shop's site."""
    root: Any = Resource()
    root.putChild(b"items", _Table(ITEMS))
    root.putChild(b"stock", _Table(STOCK))
    site = Site(root)
    site.noisy = False
    return site
