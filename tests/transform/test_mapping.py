"""Tests for new names of fields."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.transform.mapping import mapping

MAPPED: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"s": "S"}, {"S": "str", "a": {"e": 3}, "n": None}),
    ({"s": "S", "a": "A.B.C"}, {"S": "str", "A": {"e": 3}, "n": None}),
    ({"s": "n"}, {"n": "str", "a": {"e": 3}}),
    ({"s": "s"}, {"a": {"e": 3}, "n": None}),
    ({"s": "s.x"}, {"a": {"e": 3}, "n": None}),
    ({"n": "null"}, {"s": "str", "a": {"e": 3}, "null": None}),
    ({"a.e": "z", "zz": "y"}, {"s": "str", "a": {"e": 3}, "n": None}),
]


class MappingTests(SynchronousTestCase):
    """Top-level fields get new names."""

    def test_table(self) -> None:
        """New names end at a dot, overwrite, and remove what is mapped onto itself."""
        for names, expected in MAPPED:
            data = {"s": "str", "a": {"e": 3}, "n": None}
            self.assertEqual(mapping(names)(data), expected, names)

    def test_null(self) -> None:
        """Null has no fields."""
        self.assertIsNone(mapping({"a": "b"})(None))
