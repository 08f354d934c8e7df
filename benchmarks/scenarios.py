"""What is measured: one endpoint of the common configuration for each scenario."""

from __future__ import annotations

import json
from typing import Any

from attrs import frozen

__all__ = ["BODIES", "SCENARIOS", "Scenario", "configuration"]

SMALL = {
    "id": 4711,
    "name": "Green tea, 100 g",
    "price": 19.99,
    "tags": ["tea", "green", "loose"],
    "stock": {"warehouse": "north", "count": 12, "reserved": False},
    "description": "Steamed leaves from the first harvest; two minutes at seventy degrees are enough.",
    "links": {"self": "https://shop.example/items/4711"},
}

BODIES = {
    "small.json": json.dumps(SMALL),
    "other.json": json.dumps({"reviews": [5, 4, 5], "average": 4.67}),
    "third.json": json.dumps({"delivery": {"days": 2, "price": 3.5}}),
    "collection.json": json.dumps([{**SMALL, "id": number} for number in range(140)]),
    "large.bin": "x" * 1_000_000,
}


@frozen
class Scenario:
    """
    One kind of request.

    Attributes:
        path: What wrk asks for.
        connections: How many clients, all keep-alive.
        expected: The status that counts as an answer.
    """

    name: str
    path: str
    connections: int = 64
    expected: int = 200


SCENARIOS = (
    Scenario("no-op", "/noop"),
    Scenario("json", "/json"),
    Scenario("json, allow", "/allow"),
    Scenario("merge of 3", "/merge"),
    Scenario("path parameter, 500 routes", "/route250/4711"),
    Scenario("48 KB collection", "/collection"),
    Scenario("1 MB stream", "/large", connections=16),
    Scenario("404", "/nowhere", expected=404),
    Scenario("1,000 clients", "/json", connections=1000),
)


def configuration(port: int, origin: str) -> dict[str, Any]:
    """Write the configuration that every gateway but nginx runs."""

    def get(path: str, *backends: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"endpoint": path, "backend": list(backends), **more}

    small = {"url_pattern": "/small.json"}
    return {
        "version": 3,
        "name": "benchmark",
        "port": port,
        "host": [origin],
        "timeout": "10s",
        "extra_config": {
            "router": {"disable_access_log": True},
            "telemetry/logging": {"level": "WARNING", "stdout": True},
            "gatekeeper/admin": {"disabled": True},
        },
        "endpoints": [
            get("/noop", small, output_encoding="no-op"),
            get("/json", small),
            get("/allow", {**small, "allow": ["id", "name", "stock.count"]}),
            get("/merge", small, {"url_pattern": "/other.json"}, {"url_pattern": "/third.json"}),
            get(
                "/collection",
                {"url_pattern": "/collection.json", "is_collection": True},
                output_encoding="json-collection",
            ),
            get("/large", {"url_pattern": "/large.bin"}, output_encoding="no-op"),
            *(get(f"/route{number}/{{id}}", small) for number in range(500)),
        ],
    }
