"""Tests for the tree that flatmap works on."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.transform.tree import Node

DATA: dict[str, Any] = {"a": {"b": 1}, "l": [{"x": 1}, {"y": 2}, 3], "e": {}, "n": None}


class NodeTests(SynchronousTestCase):
    """Labels, edges and what is made of them."""

    def setUp(self) -> None:
        self.root = Node("", DATA)

    def test_untouched(self) -> None:
        """What was not opened is given back as it is."""
        self.assertIs(self.root.expand(), DATA)

    def test_opened(self) -> None:
        """What was only looked at is equal to what it was."""
        for path in (["a", "b"], ["l", "*", "x"], ["e", "x"], ["n", "x"]):
            self.root.find(path)
        self.assertEqual(self.root.expand(), DATA)

    def test_find(self) -> None:
        """A path gives a value, None, or with a wildcard all that is behind it."""
        rows: list[tuple[list[str], Any]] = [
            (["a", "b"], 1),
            (["l", "0"], {"x": 1}),
            (["l", "*", "x"], [1, None, None]),
            (["*", "b"], [1, None, None, None]),
            (["e"], {}),
            (["n"], None),
            (["zz"], None),
            (["a", "b", "c"], None),
            (["e", "*"], None),
        ]
        for path, expected in rows:
            self.assertEqual(self.root.find(path), expected, path)

    def test_equal_labels(self) -> None:
        """The first is found, the later one wins in an object."""
        self.root.edges.append(Node("a", "late"))
        self.assertEqual(self.root.find(["a", "b"]), 1)
        self.assertEqual(self.root.expand()["a"], "late")

    def test_write(self) -> None:
        """Missing steps are made, other fields stay, a wildcard is a name."""
        self.root.write(["a"], {"c": 2})
        self.root.write(["x", "*"], [1])
        self.root.write(["n"], 5)
        self.assertEqual(self.root.find(["a"]), {"b": 1, "c": 2})
        self.assertEqual(self.root.find(["x"]), {"*": [1]})
        self.assertEqual(self.root.find(["n"]), 5)
