"""The proxy namespace."""

from __future__ import annotations

from typing import Any

from tests.config.files import ConfigTestCase


class ProxyTests(ConfigTestCase):
    """Values that crash, and values that only look odd."""

    def both(self, proxy: Any) -> dict[str, Any]:
        extra = {"extra_config": {"proxy": proxy}}
        return {"version": 3, "endpoints": [{"endpoint": "/a", "backend": [extra], **extra}]}

    def test_refused(self) -> None:
        """What would crash at start or in a request is a problem at its place."""
        table: list[tuple[Any, str, str]] = [
            ({"combiner": 5}, "/combiner", "expected the name of a combiner, found 5"),
            ({"flatmap_filter": [{"type": "del"}, {"type": "move", "args": ["a"]}]},
             "/flatmap_filter/1", 'expected two paths in args of a flatmap "move", found 1'),
            ({"flatmap_filter": [{"type": "append"}]},
             "/flatmap_filter/0", 'expected two paths in args of a flatmap "append", found none'),
            ({"flatmap_filter": [{"type": "move", "args": ["a", 5]}]},
             "/flatmap_filter/0", 'expected two paths in args of a flatmap "move", found 2'),
            ({"flatmap_filter": [None]},
             "/flatmap_filter/0", "expected an operation with type and args, found null"),
        ]  # fmt: skip
        for proxy, below, message in table:
            endpoint = f"/endpoints/0/extra_config/proxy{below}: {message}"
            backend = f"/endpoints/0/backend/0/extra_config/proxy{below}: {message}"
            self.assertEqual(sorted(self.messages(self.both(proxy))), sorted([endpoint, backend]))

    def test_odd(self) -> None:
        """What is ignored stays ignored.  Cases flatmap-options and config-namespaces."""
        odd: tuple[Any, ...] = (
            ["static"], "x", None, {"combiner": "own"}, {"combiner": None},
            {"flatmap_filter": "del"},
            {"flatmap_filter": []}, {"flatmap_filter": ["del"]}, {"flatmap_filter": [{"type": 5}]},
            {"flatmap_filter": [{"type": "sort", "args": ["x"]}]}, {"sequential": "yes"},
            {"flatmap_filter": [{"args": ["x"]}]},
        )  # fmt: skip
        for proxy in odd:
            self.load(self.both(proxy))
