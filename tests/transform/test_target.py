"""Tests for taking one object out of data."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.transform.target import target

DATA: dict[str, Any] = {
    "a": {"b": {"c": 1}, "e": 3},
    "l": [{"x": 1}],
    "s": "str",
    "n": None,
    "em": {},
    "k.dot": {"x": 1},
}

FOUND: list[tuple[str, dict[str, Any]]] = [
    ("a", {"b": {"c": 1}, "e": 3}),
    ("a.b", {"c": 1}),
    ("a.b.c", {}),
    ("a.b.c.d", {}),
    ("l", {}),
    ("l.0", {}),
    ("s", {}),
    ("s.x", {}),
    ("n", {}),
    ("n.x", {}),
    ("em", {}),
    ("zz", {}),
    ("zz.y", {}),
    ("k.dot", {}),
]


class TargetTests(SynchronousTestCase):
    """Only objects are found, and only objects are entered."""

    def test_table(self) -> None:
        """Each path gives the object it leads to, or an empty one."""
        for path, expected in FOUND:
            self.assertEqual(target(path)(DATA), expected, path)

    def test_null(self) -> None:
        """In a body that was null there is nothing: an empty object."""
        self.assertEqual(target("a")(None), {})
