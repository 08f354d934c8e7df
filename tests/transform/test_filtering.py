"""Tests for allow and deny."""

from __future__ import annotations

import copy
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.message import Number
from gatekeeper.transform.filtering import allow, deny

DATA: dict[str, Any] = {
    "a": {"b": {"c": 1, "d": 2}, "e": 3},
    "l": [{"x": 1, "y": 2}, {"x": 3}],
    "s": "str",
    "n": None,
    "em": {},
    "k.dot": Number("9.0"),
}

ALLOWED: list[tuple[list[str], dict[str, Any]]] = [
    (["s"], {"s": "str"}),
    (["s", "n"], {"s": "str", "n": None}),
    (["n"], {"n": None}),
    (["em"], {"em": {}}),
    (["a"], {"a": {"b": {"c": 1, "d": 2}, "e": 3}}),
    (["l"], {"l": [{"x": 1, "y": 2}, {"x": 3}]}),
    (["a.b.c"], {"a": {"b": {"c": 1}}}),
    (["a.b.c", "a.e", "s"], {"a": {"b": {"c": 1}, "e": 3}, "s": "str"}),
    (["a.b", "a.b.c"], {"a": {"b": {"c": 1}}}),
    (["a", "a.e"], {"a": {"e": 3}}),
    (["a.e", "a"], {"a": {"b": {"c": 1, "d": 2}, "e": 3}}),
    (["a.b.c", "a", "a.e"], {"a": {"e": 3}}),
    (["zz"], {}),
    (["a.zz", "a.b.zz"], {}),
    (["l.x"], {}),
    (["l.0"], {}),
    (["s.x"], {}),
    (["n.x"], {}),
    (["em.x"], {}),
    (["k.dot"], {}),
    (["S"], {}),
    ([""], {}),
]

DENIED: list[tuple[list[str], dict[str, Any]]] = [
    (["a", "l", "k", "zz"], {"s": "str", "n": None, "em": {}, "k.dot": "9.0"}),
    (
        ["a.b.c", "a.b.d", "l"],
        {"a": {"b": {}, "e": 3}, "s": "str", "n": None, "em": {}, "k.dot": "9.0"},
    ),
    (["a.b", "a.b.c", "l", "s", "n", "em"], {"a": {"e": 3}, "k.dot": "9.0"}),
    (["a.b.c", "a.b", "l", "s", "n", "em"], {"a": {"e": 3}, "k.dot": "9.0"}),
    (["a.b.c.x", "a", "l", "s", "n", "em"], {"k.dot": "9.0"}),
    (["l.x", "l.0", "s.x", "n.x", "em.x", "k.dot", "a.zz", ""], DATA),
]


class AllowTests(SynchronousTestCase):
    """What is named is kept."""

    def test_table(self) -> None:
        """Each list keeps what it names, and the data stay whole."""
        for paths, expected in ALLOWED:
            data = copy.deepcopy(DATA)
            self.assertEqual(allow(paths)(data), expected, paths)
            self.assertEqual(data, DATA)

    def test_numbers_keep_their_spelling(self) -> None:
        """A number is handed on, not read."""
        kept = allow(["total"])({"total": Number("49.90")})
        assert kept is not None
        self.assertIsInstance(kept["total"], Number)

    def test_nothing_to_keep(self) -> None:
        """Null stays null, an empty object stays empty."""
        self.assertIsNone(allow(["a"])(None))
        self.assertEqual(allow(["a"])({}), {})

    def test_other_values_are_not_entered(self) -> None:
        """A value that is no plain object, such as details of an error, has no fields."""

        class Details(dict[str, int]):
            pass

        self.assertEqual(allow(["error.code"])({"error": Details(code=1)}), {})


class DenyTests(SynchronousTestCase):
    """What is named is removed."""

    def test_table(self) -> None:
        """Each list removes what it names; emptied objects stay."""
        for paths, expected in DENIED:
            self.assertEqual(deny(paths)(copy.deepcopy(DATA)), expected, paths)

    def test_nothing_to_remove(self) -> None:
        """Null stays null, an empty object stays empty."""
        self.assertIsNone(deny(["a"])(None))
        self.assertEqual(deny(["a"])({}), {})
