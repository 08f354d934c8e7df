"""Tests for the order of manipulations."""

from __future__ import annotations

import copy
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import Backend, Settings
from gatekeeper.errors import ConfigError
from gatekeeper.transform.change import Data
from gatekeeper.transform.manipulate import manipulation

DATA: dict[str, Any] = {"a": {"b": {"c": 1, "d": 2}, "e": 3}, "s": "str"}


def proxy(value: Any) -> dict[str, Settings]:
    return {"proxy": Settings(value, "/backend/0/extra_config/proxy")}


def flat(*operations: dict[str, Any]) -> dict[str, Settings]:
    return proxy({"flatmap_filter": list(operations)})


DROP = {"type": "del", "args": ["a"]}

ROWS: list[tuple[dict[str, Any], Data, Data]] = [
    (
        {"target": "a", "allow": ["b", "e"], "mapping": {"e": "E"}, "group": "g"},
        DATA,
        {"g": {"b": {"c": 1, "d": 2}, "E": 3}},
    ),
    (
        {"target": "a", "deny": ["b.c"], "mapping": {"b": "x"}, "group": "g"},
        DATA,
        {"g": {"x": {"d": 2}, "e": 3}},
    ),
    ({"allow": ["a", "s"], "deny": ["s"]}, DATA, DATA),
    ({"allow": ["S"], "mapping": {"s": "S"}}, DATA, {}),
    ({"allow": ["zz"], "group": "g"}, DATA, {"g": {}}),
    ({"group": "g"}, None, {"g": None}),
    ({"target": "a", "group": "g"}, None, {"g": {}}),
    ({"allow": ["a"], "deny": ["a"], "mapping": {"a": "b"}}, None, None),
    ({"extra_config": flat(DROP), "allow": ["a"], "mapping": {"s": "t"}}, DATA, {"s": "str"}),
    (
        {"extra_config": flat(DROP), "target": "a", "deny": ["e"], "group": "g"},
        {"a": {"a": 1, "e": 2}},
        {"g": {"e": 2}},
    ),
    ({"extra_config": flat({"type": "sort"}), "allow": ["s"]}, DATA, DATA),
    ({"extra_config": flat(), "allow": ["s"]}, DATA, {"s": "str"}),
    ({"extra_config": proxy({"flatmap_filter": "del"}), "allow": ["s"]}, DATA, {"s": "str"}),
    ({"extra_config": proxy("text"), "allow": ["s"]}, DATA, {"s": "str"}),
    ({"extra_config": flat(DROP), "group": "g"}, None, {"g": None}),
]


class ManipulationTests(SynchronousTestCase):
    """Target, filters or flatmap, mapping, group."""

    def test_table(self) -> None:
        """Settings together work in their fixed order."""
        for settings, data, expected in ROWS:
            change = manipulation(Backend(**settings), 3)
            assert change is not None
            self.assertEqual(change(copy.deepcopy(data)), expected, settings)

    def test_nothing(self) -> None:
        """A backend without manipulation costs nothing."""
        for config in ({}, proxy({"shadow": True}), flat()):
            self.assertIsNone(manipulation(Backend(extra_config=config), 3))

    def test_levels_of_deny(self) -> None:
        """Version 2 knows two levels: what is deeper removes its parent."""
        for version, expected in ((3, {"b": {"d": 2}, "e": 3}), (2, {"e": 3})):
            change = manipulation(Backend(deny=["a.b.c"]), version)
            assert change is not None
            result = change(copy.deepcopy(DATA))
            assert result is not None
            self.assertEqual(result["a"], expected)

    def test_operations_that_cannot_work(self) -> None:
        """They are found at start, with their place."""
        backend = Backend(extra_config=flat({"type": "move", "args": ["a"]}))
        error = self.assertRaises(ConfigError, manipulation, backend, 3)
        self.assertEqual(
            error.problems[0].pointer, "/backend/0/extra_config/proxy/flatmap_filter/0/args"
        )
