"""What backends answer and clients post."""

from __future__ import annotations

import json

__all__ = ["FILES", "POSTED", "SCHEMA", "SIZES"]

SIZES = (300, 10_000, 100_000, 1_000_000, 10_000_000)

_SMALL = {
    "id": 4711,
    "name": "Green tea, 100 g",
    "price": 19.99,
    "tags": ["tea", "green", "loose"],
    "stock": {"warehouse": "north", "count": 12, "reserved": False},
    "description": "Steamed leaves from the first harvest; two minutes at seventy degrees are enough.",
    "links": {"self": "https://shop.example/items/4711"},
}

FILES: dict[str, bytes] = {
    "small.json": json.dumps(_SMALL).encode(),
    "other.json": json.dumps({"reviews": [5, 4, 5], "average": 4.67}).encode(),
    "third.json": json.dumps({"delivery": {"days": 2, "price": 3.5}}).encode(),
    "collection.json": json.dumps([{**_SMALL, "id": number} for number in range(140)]).encode(),
    **{f"body{size}.bin": b"x" * size for size in SIZES},
}

POSTED = json.dumps({
    "customer": "c-1047",
    "note": "Please ring twice. " * 12,
    "lines": [{"item": number, "count": 1 + number % 3, "price": 9.5} for number in range(15)],
}).encode()  # fmt: skip

SCHEMA = {
    "type": "object",
    "required": ["customer", "lines"],
    "properties": {
        "customer": {"type": "string", "pattern": "^c-[0-9]+$"},
        "note": {"type": "string", "maxLength": 1000},
        "lines": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["item", "count"],
                "properties": {
                    "item": {"type": "integer"},
                    "count": {"type": "integer", "minimum": 1},
                    "price": {"type": "number"},
                },
            },
        },
    },
}
